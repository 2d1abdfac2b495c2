"""`key=value` words into what an operation takes: path, query and body, nested fields and files."""

import difflib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cli.console import Failed
from cli.operations import Operation
from cli.schema import Field, Schema, Unfitting, value_of

# Fields that name a person: an employee number or a name is looked up, at any depth.
PERSONS = frozenset(
    "person manager employee actor receiver giver rater approver on_behalf_of".split()
)
Resolve = Callable[[str], str]


@dataclass
class Given:
    """What the words say."""

    path: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)


def given(operation: Operation, words: Sequence[str], resolve: Resolve) -> Given:
    """Sorts the words into path, query and body.

    Failed for a word that is no key=value, an unknown, unfitting or missing field; all that is
    wrong is said at once.
    """
    found, wrong = Given(), []
    if any(field.name == "employee_no" for field in operation.fields):
        # A row of an extract names its manager by employee number too.
        resolve = str
    for word in words:
        try:
            _take(operation, word, found, resolve)
        except Unfitting as problem:
            wrong.append(str(problem))
    here = {**found.path, **found.query, **found.body}
    missing = [f.name for f in operation.fields if f.required and f.name not in here]
    unreadable = {sentence.partition(":")[0].partition(".")[0] for sentence in wrong}
    wrong += [f"{name}: missing" for name in missing if name not in unreadable]
    if wrong:
        lines = "\n".join(f"  {sentence}" for sentence in wrong)
        more = f"`./merit do {operation.full_name} --help` shows the fields."
        raise Failed(f"{operation.full_name} was not sent:\n{lines}\n{more}")
    return found


def _take(operation: Operation, word: str, found: Given, resolve: Resolve) -> None:
    if word.startswith("@"):
        content = from_file(word[1:])
        if not isinstance(content, dict):
            raise Unfitting(f"{word}: the file must hold the fields of the body by name")
        for name in content:
            _field(operation, name)
        found.body.update(content)
        return
    key, equals, text = word.partition("=")
    if not equals or not key:
        raise Unfitting(f"{word}: write it as key=value")
    first, *rest = key.split(".")
    wanted = _field(operation, first)
    if wanted.place == "body":
        _put(found.body, first, rest, wanted.schema, (text, key), resolve)
    elif rest:
        raise Unfitting(f"{key}: {first} has no fields inside")
    else:
        value = str(value_of(text, wanted.schema, key))
        place = found.path if wanted.place == "path" else found.query
        place[first] = resolve(value) if first in PERSONS else value


def _field(operation: Operation, name: str) -> Field:
    known = {field.name: field for field in operation.fields}
    if name not in known:
        raise Unfitting(f"{name}: there is no such field; {_instead(name, list(known))}")
    return known[name]


def _instead(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, 1)
    return f"did you mean {near[0]}?" if near else f"there are: {', '.join(known) or 'none'}"


def _put(
    into: dict[str, Any],
    name: str,
    rest: Sequence[str],
    schema: Schema,
    said: tuple[str, str],
    resolve: Resolve,
) -> None:
    """Sets `name`, or what the rest of the dotted key names inside it."""
    text, key = said
    if not rest:
        into[name] = _value(text, schema, key, name, resolve)
        return
    if rest[0].isdigit():
        _put_item(into, name, rest, schema, said, resolve)
        return
    inner = schema.properties()
    if rest[0] not in inner:
        raise Unfitting(f"{key}: there is no such field; {_instead(rest[0], list(inner))}")
    _put(into.setdefault(name, {}), rest[0], rest[1:], inner[rest[0]], said, resolve)


def _put_item(
    into: dict[str, Any],
    name: str,
    rest: Sequence[str],
    schema: Schema,
    said: tuple[str, str],
    resolve: Resolve,
) -> None:
    """`goals.0.title=…`: items are given in order, from 0."""
    items = into.setdefault(name, [])
    number = int(rest[0])
    if number > len(items):
        raise Unfitting(f"{said[1]}: item {len(items)} comes first")
    held = {"item": items[number]} if number < len(items) else {}
    _put(held, "item", rest[1:], schema.items(), said, resolve)
    items[number:] = [held["item"], *items[number + 1 :]]


def _value(text: str, schema: Schema, key: str, name: str, resolve: Resolve) -> Any:
    if text.startswith("@@"):
        text = text[1:]
    elif text.startswith("@"):
        return from_file(text[1:], schema)
    value = value_of(text, schema, key)
    if name in PERSONS and isinstance(value, str):
        return resolve(value)
    return value


def from_file(name: str, schema: Schema | None = None) -> Any:
    """The value that a JSON or TOML file holds; any other file is a text."""
    from cli.imports.documents import read_document
    from cli.imports.table import FileIsUnreadable

    path = Path(name)
    try:
        if path.suffix == ".toml":
            content: Any = read_document(path)
        else:
            content = path.read_text("utf-8-sig")
            if path.suffix == ".json":
                content = json.loads(content, parse_float=str)
    except OSError as problem:
        raise Unfitting(f"@{name}: {problem.strerror}") from None
    except (ValueError, FileIsUnreadable) as problem:
        raise Unfitting(f"@{name}: {problem}") from None
    if isinstance(content, dict) and schema is not None and "array" in schema.kinds():
        # A TOML file cannot be a list; one list in it is meant.
        lists = [value for value in content.values() if isinstance(value, list)]
        content = lists[0] if len(content) == len(lists) == 1 else content
    return plain(content)


def plain(value: Any) -> Any:
    """The value as JSON carries it: fractions and dates as text."""
    if isinstance(value, Mapping):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value if isinstance(value, str | int | bool | None) else str(value)
