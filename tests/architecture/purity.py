"""What a domain may not do: import, wait, look at the clock, throw dice, use floats."""

import ast
import sys
from collections.abc import Iterator

from tests.architecture.tree import Source

OURS = "chassis.values"
# Standard library that reaches outside, or answers differently each time.
IMPURE = frozenset(
    "asyncio concurrent ctypes ftplib glob http io logging multiprocessing os pathlib pickle "
    "platform queue random secrets select selectors shelve shutil signal smtplib socket sqlite3 "
    "ssl subprocess sys tempfile threading time urllib warnings".split()
)
CLOCKS = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today")}
CHANCE = {"uuid1", "uuid4", "uuid6", "uuid7", "token_hex", "urandom"}
BUILTINS = {"open", "print", "input", "exec", "eval", "breakpoint", "float"}


def in_domain(source: Source) -> Iterator[str]:
    """Every impurity of one domain file."""
    assert source.service is not None
    for node in ast.walk(source.module):
        for sentence in (*imports(node, source.service), *calls(node), *shapes(node)):
            yield source.at(getattr(node, "lineno", 1), sentence)


def imports(node: ast.AST, service: str) -> Iterator[str]:
    for name in imported(node):
        top = name.split(".")[0]
        if name == OURS or name.startswith(f"{OURS}.") or is_under(name, f"{service}.domain"):
            continue
        if top not in sys.stdlib_module_names:
            yield f"the domain imports {name}; it may import the standard library and {OURS}"
        elif top in IMPURE:
            yield f"the domain imports {name}, which reaches outside"


def imported(node: ast.AST) -> list[str]:
    """The modules that an import statement names; `from chassis import x` is chassis.x."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            return [f"a relative {'.' * node.level}{base}"]
        if base in ("chassis",) or (base.count(".") == 0 and base not in sys.stdlib_module_names):
            return [f"{base}.{alias.name}" for alias in node.names]
        return [base]
    return []


def is_under(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def calls(node: ast.AST) -> Iterator[str]:
    if not isinstance(node, ast.Call):
        return
    if isinstance(node.func, ast.Name) and node.func.id in BUILTINS | CHANCE:
        yield f"the domain calls {node.func.id}()"
    if isinstance(node.func, ast.Attribute):
        owner = node.func.value
        holder = owner.id if isinstance(owner, ast.Name) else getattr(owner, "attr", "")
        if (holder, node.func.attr) in CLOCKS or node.func.attr in CHANCE:
            yield f"the domain calls {holder}.{node.func.attr}(); it comes in on the command"


def shapes(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith):
        yield "the domain awaits; awaiting happens in the shell"
    if isinstance(node, ast.Constant) and isinstance(node.value, float):
        yield f"the domain has the float {node.value}; amounts and scores are exact"
