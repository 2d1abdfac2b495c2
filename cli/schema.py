"""JSON Schema as OpenAPI documents use it: which fields there are and what a text means there."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from cli.console import Failed
from cli.moments import instant_of


class Unfitting(Failed):
    """A text cannot be what the schema wants; says what is allowed."""


@dataclass(frozen=True)
class Schema:
    """A schema together with the document that its references point into."""

    document: Mapping[str, Any]
    content: Mapping[str, Any]

    def resolved(self) -> "Schema":
        """Without a reference, and without the null of an optional value."""
        content = self.content
        while "$ref" in content:
            target: Any = self.document
            for part in content["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            content = target
        for union in ("anyOf", "oneOf"):
            options = [o for o in content.get(union, ()) if o.get("type") != "null"]
            if len(options) == 1:
                return Schema(self.document, options[0]).resolved()
        if len(content.get("allOf", ())) == 1:
            return Schema(self.document, content["allOf"][0]).resolved()
        return Schema(self.document, content)

    @property
    def nullable(self) -> bool:
        options = [*self.content.get("anyOf", ()), *self.content.get("oneOf", ())]
        return any(option.get("type") == "null" for option in options)

    def options(self) -> list["Schema"]:
        content = self.resolved().content
        both = [*content.get("anyOf", ()), *content.get("oneOf", ())]
        return [Schema(self.document, option) for option in both if option.get("type") != "null"]

    def kinds(self) -> set[str]:
        """The JSON types that a value may have."""
        found = self.resolved()
        if "type" in found.content:
            kind = found.content["type"]
            return {kind} if isinstance(kind, str) else set(kind)
        if "enum" in found.content or "const" in found.content:
            return {"string"}
        return {kind for option in found.options() for kind in option.kinds()}

    def choices(self) -> list[Any]:
        found = self.resolved().content
        if "const" in found:
            return [found["const"]]
        if "enum" in found:
            return list(found["enum"])
        return [choice for option in self.options() for choice in option.choices()]

    def properties(self) -> dict[str, "Schema"]:
        """The fields of an object; of several kinds of object, those of all of them."""
        found = self.resolved()
        if "properties" in found.content:
            inner = found.content["properties"]
            return {name: Schema(self.document, content) for name, content in inner.items()}
        return {n: s for option in found.options() for n, s in option.properties().items()}

    def required(self) -> set[str]:
        return set(self.resolved().content.get("required", ()))

    def items(self) -> "Schema":
        return Schema(self.document, self.resolved().content.get("items", {}))

    def is_money(self) -> bool:
        return self.properties().keys() == {"minor", "currency"}

    def is_object(self) -> bool:
        return "object" in self.kinds()

    def fields(self) -> Iterator["Field"]:
        """The top-level fields of a body."""
        required = self.required()
        for name, schema in self.properties().items():
            words = str(schema.content.get("description", ""))
            yield Field(name, "body", name in required, schema, words)

    def in_words(self) -> str:
        """What a value looks like, for the help."""
        found = self.resolved().content
        choices = self.choices()
        if choices:
            return " | ".join(map(str, choices))
        if self.is_money():
            return 'amount, as "1234.50 EUR"'
        kinds = self.kinds()
        if "array" in kinds:
            inner = self.items()
            return f"list of {inner.in_words()}" if inner.content else "list"
        if "object" in kinds:
            names = self.properties()
            return "{" + ", ".join(names) + "}" if names else "JSON object"
        text = {"date": "YYYY-MM-DD", "date-time": "instant", "uuid": "id"}.get(
            str(found.get("format"))
        )
        kind = text or _kind_in_words(kinds)
        return kind + _limits(self)


@dataclass(frozen=True)
class Field:
    """Something that an operation takes: where it goes and what may be in it."""

    name: str
    place: Literal["path", "query", "body"]
    required: bool
    schema: Schema
    words: str = ""

    @property
    def default(self) -> object:
        return self.schema.content.get("default")


def value_of(text: str, schema: Schema, place: str) -> Any:
    """The JSON value that a typed text stands for.  Raises Unfitting."""
    kinds, choices = schema.kinds(), schema.choices()
    if text == "null" and (schema.nullable or not kinds):
        return None
    if text[:1] in "[{" and (kinds & {"array", "object"} or not kinds):
        return _parsed(text, place)
    if choices:
        fitting = [choice for choice in choices if str(choice) == text]
        if not fitting:
            raise Unfitting(f"{place}: found {text!r}; allowed: {', '.join(map(str, choices))}")
        return fitting[0]
    if schema.is_money():
        return _money(text, place)
    if "array" in kinds:
        parts = [part.strip() for part in text.split(",")] if text else []
        return [value_of(part, schema.items(), place) for part in parts]
    if "object" in kinds and "string" not in kinds:
        raise Unfitting(f"{place}: found text; allowed: {schema.in_words()} as JSON, or @file.json")
    if schema.resolved().content.get("format") == "date-time":
        return instant_of(text)
    return _scalar(text, kinds, place)


def _scalar(text: str, kinds: set[str], place: str) -> Any:
    # A decimal travels as text, so that it stays what was typed.
    if "string" in kinds:
        return text
    if "integer" in kinds:
        if not re.fullmatch(r"[+-]?\d+", text):
            raise Unfitting(f"{place}: found {text!r}; allowed: a whole number")
        return int(text)
    if "number" in kinds:
        try:
            return str(Decimal(text))
        except InvalidOperation:
            raise Unfitting(f"{place}: found {text!r}; allowed: a number") from None
    if "boolean" in kinds:
        words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
        if text.lower() not in words:
            raise Unfitting(f"{place}: found {text!r}; allowed: true or false")
        return words[text.lower()]
    return text


def _parsed(text: str, place: str) -> Any:
    try:
        return json.loads(text, parse_float=str)
    except ValueError as error:
        raise Unfitting(f"{place}: not JSON, {error}") from None


def _money(text: str, place: str) -> dict[str, object]:
    from chassis.values import from_major

    found = re.fullmatch(r"(?:([A-Za-z]{3}) *)?([+-]?[\d_,']+(?:\.\d+)?) *([A-Za-z]{3})?", text)
    code = (found[1] or found[3] or "").upper() if found else ""
    if found is None or not code:
        raise Unfitting(f'{place}: found {text!r}; allowed: an amount as "1234.50 EUR"')
    try:
        money = from_major(Decimal(re.sub(r"[_,']", "", found[2])), code)
    except ValueError as error:
        raise Unfitting(f"{place}: {error}") from None
    return {"minor": money.minor, "currency": money.currency}


def _kind_in_words(kinds: set[str]) -> str:
    if {"number", "string"} <= kinds or kinds == {"number"}:
        return "decimal"
    for kind, word in (("integer", "whole number"), ("boolean", "true | false")):
        if kinds == {kind}:
            return word
    return "text" if "string" in kinds else "any value"


def _limits(schema: Schema) -> str:
    """`, 1 to 200 characters` or `, 0 to 100`."""
    found = schema.resolved().content
    for option in (found, *(option.content for option in schema.options())):
        low = option.get("minimum", option.get("exclusiveMinimum"))
        high = option.get("maximum", option.get("exclusiveMaximum"))
        if low is not None and high is not None:
            return f", {low:g} to {high:g}"
        if low is not None:
            return f", {'above' if 'exclusiveMinimum' in option else 'at least'} {low:g}"
        if high is not None:
            return f", at most {high:g}"
    if "string" not in schema.kinds() or "number" in schema.kinds():
        return ""
    least, most = found.get("minLength"), found.get("maxLength")
    if most is not None:
        return f", {least or 0} to {most} characters"
    return f" like {found['pattern']}" if "pattern" in found else ""
