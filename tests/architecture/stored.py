"""Every event has a stored name: written, unique, and saying whose event it is."""

import ast
from collections import Counter
from collections.abc import Iterator, Sequence

from tests.architecture.tree import Source, Tree


def of_service(tree: Tree, service: str) -> Iterator[str]:
    """What is wrong with the events of one service."""
    base = f"services/{service}/{service}/domain/"
    files = [s for s in tree.sources if s.path.startswith(base) and is_events(s.path, base)]
    if not files:
        return
    names = list(entries(files))
    if not names:
        yield f"{base}events.py:1: there is no STORED dictionary of stored names"
        return
    for (name, version), count in Counter((name, version) for name, version, _ in names).items():
        if count > 1:
            yield f"{base}events.py:1: the stored name {name} {version} is given {count} times"
        if not name.startswith(f"{service}."):
            yield f"{base}events.py:1: the stored name {name} does not start with {service}."
    stored = {class_name for _, _, class_name in names}
    for source in files:
        yield from unnamed(source, stored, mentioned(files))


def is_events(path: str, base: str) -> bool:
    rest = path.removeprefix(base)
    return rest == "events.py" or rest.startswith("events/") or rest.endswith("_events.py")


def entries(files: Sequence[Source]) -> Iterator[tuple[str, int, str]]:
    """Stored name, version and class of each entry of each dictionary called …STORED."""
    for source in files:
        for node in ast.walk(source.module):
            if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Dict):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                if any(isinstance(t, ast.Name) and t.id.endswith("STORED") for t in targets):
                    yield from entries_of(node.value)


def entries_of(stored: ast.Dict) -> Iterator[tuple[str, int, str]]:
    for key, value in zip(stored.keys, stored.values, strict=True):
        if isinstance(key, ast.Tuple) and isinstance(value, ast.Name):
            name, version = (ast.literal_eval(part) for part in key.elts)
            yield name, version, value.id


def mentioned(files: Sequence[Source]) -> set[str]:
    """Names that a class of these files uses: its parts are not events of their own."""
    return {
        inner.id
        for source in files
        for node in ast.walk(source.module)
        if isinstance(node, ast.ClassDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Name)
    }


def unnamed(source: Source, stored: set[str], parts: set[str]) -> Iterator[str]:
    for node in source.module.body:
        if not (isinstance(node, ast.ClassDef) and is_dataclass(node)):
            continue
        if node.name not in stored | parts:
            yield source.at(node.lineno, f"the event {node.name} has no stored name in STORED")


def is_dataclass(node: ast.ClassDef) -> bool:
    return any("dataclass" in ast.dump(decorator) for decorator in node.decorator_list)
