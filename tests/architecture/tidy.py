"""The tidy test: sizes, docstrings, purity, stored names, nothing of one machine or registry.

`python -m tests.architecture.tidy` checks this clone.
"""

import ast
import gc
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.architecture import purity, stored
from tests.architecture.tree import Source, Tree

FILE_LINES = 400
FUNCTION_LINES = 50
# Written in pieces, so that this file does not find itself.
HOSTS = (
    "pypi" + ".org",
    "python" + "hosted",
    "npm" + "js.",
    "repo1." + "maven",
    "maven.apache" + ".org/maven2",
    "deb.debian" + ".org",
)
FOREIGN = re.compile(
    "|".join([*map(re.escape, HOSTS), r"(?<![\w.~-])/(?:ro" + r"ot|wo" + r"rk|ho" + r"me/\w+)/"])
    + r"|\.\./sh"
    + r"ared\b|\bsh"
    + r"ared/(?:design|domain)\b"
)


def violations(root: Path) -> list[str]:
    """Every untidiness as `path:line: sentence`."""
    tree = Tree(root)
    found = [sentence for source in tree.sources for sentence in of_source(source)]
    for service in tree.services:
        found += stored.of_service(tree, service)
    for name, text in tree.texts():
        found += foreign(name, text)
    return found


def of_source(source: Source) -> Iterator[str]:
    lines = source.text.count("\n")
    if lines > FILE_LINES:
        yield source.at(1, f"the file has {lines} lines, allowed are {FILE_LINES}")
    try:
        module = source.module
    except SyntaxError as error:
        yield source.at(error.lineno or 1, "the file is not Python")
        return
    if source.text.strip() and not starts_with_docstring(source):
        yield source.at(1, "the file does not start with a docstring that says what lives here")
    yield from long_functions(source, module)
    if source.in_domain:
        yield from purity.in_domain(source)
    if source.path == "chassis/values.py":
        yield from beyond_stdlib(source)


def starts_with_docstring(source: Source) -> bool:
    first = source.module.body[0] if source.module.body else None
    return ast.get_docstring(source.module) is not None and getattr(first, "lineno", 0) == 1


def long_functions(source: Source, module: ast.Module) -> Iterator[str]:
    for node in statements(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            lines = node.end_lineno - node.lineno + 1
            if lines > FUNCTION_LINES:
                sentence = f"{node.name} has {lines} lines, allowed are {FUNCTION_LINES}"
                yield source.at(node.lineno, sentence)


def statements(node: ast.AST) -> Iterator[ast.AST]:
    """Every statement within, without the expressions: these are most of a file."""
    for part in ("body", "orelse", "finalbody", "handlers", "cases"):
        for child in getattr(node, part, ()):
            yield child
            yield from statements(child)


def beyond_stdlib(source: Source) -> Iterator[str]:
    for node in ast.walk(source.module):
        for name in purity.imported(node):
            if name.split(".")[0] not in sys.stdlib_module_names:
                yield source.at(1, f"chassis.values imports {name}, not the standard library")


def foreign(name: str, text: str) -> Iterator[str]:
    for number, line in enumerate(text.splitlines(), start=1):
        if FOREIGN.search(line):
            yield f"{name}:{number}: names a registry's host or one machine's path"


if __name__ == "__main__":
    gc.disable()  # half of the time otherwise; a tree of parsed files is no garbage
    untidy = violations(Path(__file__).resolve().parents[2])
    print("\n".join(untidy))
    sys.exit(bool(untidy))
