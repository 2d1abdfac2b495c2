"""JSON Schemas of events, made from the dataclasses that are stored and published."""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields
from typing import Any

from pydantic import TypeAdapter

from chassis.codec import Personal, personal_fields
from chassis.sealing import SEALED_PATTERN

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def event_schema(name: str, version: int, cls: Any) -> dict[str, Any]:
    """The JSON Schema of an event's data; personal texts are strings of the sealed form."""
    schema = TypeAdapter(cls).json_schema(mode="serialization")
    optional = {f.name for f in fields(cls) if f.default is not MISSING}
    schema["required"] = [n for n in schema.get("properties", {}) if n not in optional]
    for personal in personal_fields(cls):
        _mark(schema, personal)
    return {"$schema": _DIALECT, "$id": f"{name}.v{version}", **schema}


def _mark(schema: dict[str, Any], personal: Personal) -> None:
    node: Any = schema
    for step in personal.path:
        node = _resolve(schema, node)
        node = node["items"] if step == "*" else node["properties"][step]
    text = next((o for o in node.get("anyOf", []) if o.get("type") == "string"), node)
    text |= {"pattern": SEALED_PATTERN, "x-personal": personal.owner}


def _resolve(schema: Mapping[str, Any], node: Any) -> Any:
    """Follow a reference, or the one alternative that is not null."""
    if "anyOf" in node:
        node = next(option for option in node["anyOf"] if option.get("type") != "null")
    if reference := node.get("$ref"):
        node = schema["$defs"][reference.rsplit("/", 1)[1]]
    return node


def _nullable(node: Any) -> bool:
    return any(option.get("type") == "null" for option in node.get("anyOf", []))


def incompatible(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """What a reader or writer of the old schema would trip over in the new one, both ways.

    FULL compatibility: a field may be added if it has a default, and nothing else may change.
    """
    return list(_differences(old, new, old, new, "$"))


def _differences(
    old: Any, new: Any, old_root: Mapping[str, Any], new_root: Mapping[str, Any], at: str
) -> Iterator[str]:
    if _nullable(old) != _nullable(new):
        yield f"{at}: may be null was {_nullable(old)}, is {_nullable(new)}"
    old, new = _resolve(old_root, old), _resolve(new_root, new)
    for word in ("type", "enum", "const", "format", "pattern", "x-personal"):
        if old.get(word) != new.get(word):
            yield f"{at}: {word} was {old.get(word)}, is {new.get(word)}"
    before, after = old.get("properties", {}), new.get("properties", {})
    for name in before.keys() - after.keys():
        yield f"{at}.{name}: removed"
    added_required = set(new.get("required", [])) - set(old.get("required", []))
    for name in sorted(added_required):
        yield f"{at}.{name}: required now"
    for name in before.keys() & after.keys():
        yield from _differences(before[name], after[name], old_root, new_root, f"{at}.{name}")
    if "items" in old and "items" in new:
        yield from _differences(old["items"], new["items"], old_root, new_root, f"{at}[]")
