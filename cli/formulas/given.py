"""What an analyst types for a formula: exact decimals, amounts, days and lists, no floats."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation, localcontext
from pathlib import Path
from typing import Any, Literal, TypeVar

from chassis.values import Money, from_major
from cli.console import Failed

T = TypeVar("T")
Kind = Literal[
    "decimal", "decimals", "whole", "money", "moneys", "day", "text", "texts", "pairs", "json"
]
CURRENCY = "EUR"


class Unreadable(Failed):
    """An input cannot be what the formula takes."""


@dataclass(frozen=True, slots=True)
class Input:
    """One input of a formula.  `default` "" leaves it out; None means that it must be given."""

    name: str
    kind: Kind
    meaning: str
    default: str | None = None
    also: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()

    @property
    def in_words(self) -> str:
        if self.choices:
            return " | ".join(self.choices)
        return _WORDS[self.kind]


_LISTS = ("decimals", "moneys", "texts", "pairs")
_WORDS: Mapping[Kind, str] = {
    "decimal": "number",
    "decimals": "numbers: 5,3 or [5, 3]",
    "whole": "whole number",
    "money": 'amount: 60000.50 or "60000 EUR"',
    "moneys": "amounts: 60000,52340.50",
    "day": "day: 2025-12-31",
    "text": "text",
    "texts": "texts: a,b,c",
    "pairs": 'pairs: 0:100,2:50 or {"0": 100, "2": 50}',
    "json": "JSON or @file",
}


class Values:
    """The inputs of one calculation, by name, each of the type that its kind says."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def has(self, name: str) -> bool:
        return name in self._values

    def decimal(self, name: str) -> Decimal:
        return _as(Decimal, self._value(name), name)

    def decimals(self, name: str) -> list[Decimal]:
        return [_as(Decimal, part, name) for part in _as(list, self._value(name), name)]

    def whole(self, name: str) -> int:
        return _as(int, self._value(name), name)

    def money(self, name: str) -> Money:
        return _as(Money, self._value(name), name)

    def moneys(self, name: str) -> list[Money]:
        return [_as(Money, part, name) for part in _as(list, self._value(name), name)]

    def day(self, name: str) -> date:
        return _as(date, self._value(name), name)

    def text(self, name: str) -> str:
        return _as(str, self._value(name), name)

    def texts(self, name: str) -> list[str]:
        return [_as(str, part, name) for part in _as(list, self._value(name), name)]

    def pairs(self, name: str) -> list[tuple[str, str]]:
        return [(str(key), str(value)) for key, value in _as(list, self._value(name), name)]

    def nested(self, name: str) -> list[Any]:
        """Numbers, or lists of them at any depth."""
        value = self._value(name)
        if not isinstance(value, list) or not _is_nested(value):
            raise ValueError(f"{name} is something else, allowed is a list such as [5, [3, 4]]")
        return value

    def json(self, name: str) -> Any:
        return self._value(name)

    def shown(self) -> dict[str, str]:
        """Each input as it was understood."""
        return {name: shown(value) for name, value in self._values.items()}

    def _value(self, name: str) -> Any:
        if name not in self._values:
            raise Unreadable(f"{name} is missing.")
        return self._values[name]


def _is_nested(value: object) -> bool:
    return isinstance(value, Decimal) or (isinstance(value, list) and all(map(_is_nested, value)))


def _as(kind: type[T], value: object, name: str) -> T:
    assert isinstance(value, kind), f"{name} is declared as another kind"
    return value


def read(inputs: Sequence[Input], words: Sequence[str]) -> Values:
    """The `key=value` words as the formula's inputs; Failed says everything that is wrong."""
    names = {name.casefold(): i for i in inputs for name in (i.name, *i.also)}
    typed: dict[str, str] = {}
    wrong: list[str] = []
    for word in words:
        key, equals, text = word.partition("=")
        found = names.get(key.strip().casefold().replace("-", "_"))
        if not equals:
            wrong.append(f"{word}: write it as key=value")
        elif found is None:
            wrong.append(f"{key}: there is no such input; there are: {_names(inputs)}")
        else:
            typed[found.name] = text.strip()
    wrong += [f"{i.name}: missing" for i in inputs if i.default is None and i.name not in typed]
    values: dict[str, Any] = {}
    currency = typed.get("currency", CURRENCY).upper()
    for given in inputs:
        text = typed.get(given.name, given.default or "")
        if text == "":
            if given.name in typed and given.kind in _LISTS:
                values[given.name] = []
            continue
        try:
            values[given.name] = _value(text, given, currency)
        except (ValueError, InvalidOperation) as problem:
            wrong.append(f"{given.name}: found {text!r}; allowed: {given.in_words} ({problem})")
        except OSError as problem:
            wrong.append(f"{given.name}: {problem}")
    if wrong:
        raise Unreadable("not calculated:\n" + "\n".join(f"  {line}" for line in wrong))
    return Values(values)


def _names(inputs: Sequence[Input]) -> str:
    return ", ".join(given.name for given in inputs)


def _value(text: str, given: Input, currency: str) -> Any:
    if text.startswith("@") and given.kind == "json":
        text = Path(text[1:]).read_text("utf-8-sig")
    if given.choices and text not in given.choices:
        raise ValueError("another word")
    readers: Mapping[Kind, Callable[[], Any]] = {
        "decimal": lambda: number(text),
        "decimals": lambda: [number(part) for part in _parts(text)],
        "whole": lambda: int(text),
        "money": lambda: amount(_loaded(text), currency),
        "moneys": lambda: [amount(part, currency) for part in _parts(text)],
        "day": lambda: date.fromisoformat(text),
        "text": lambda: text,
        "texts": lambda: [str(part) for part in _parts(text)],
        "pairs": lambda: _pairs(text),
        "json": lambda: json.loads(text, parse_float=Decimal, parse_int=Decimal),
    }
    return readers[given.kind]()


def _loaded(text: str) -> Any:
    return json.loads(text, parse_float=str, parse_int=str) if text[:1] in "[{" else text


def _parts(text: str) -> list[Any]:
    if text.startswith("["):
        parts = json.loads(text, parse_float=str, parse_int=str)
        if not isinstance(parts, list):
            raise ValueError("not a list")
        return parts
    return [part.strip() for part in text.split(",")]


def _pairs(text: str) -> list[tuple[str, str]]:
    if text.startswith("{"):
        found = json.loads(text, parse_float=str, parse_int=str)
        return [(key, str(value)) for key, value in found.items()]
    split = [part.rpartition(":") for part in _parts(text)]
    if not all(key and value for key, _, value in split):
        raise ValueError("a pair is key:value")
    return [(key.strip(), value.strip()) for key, _, value in split]


def number(text: object) -> Decimal:
    """An exact decimal; `80%` is 0.8, and `184/365` a quotient to 60 digits."""
    top, slash, bottom = str(text).strip().replace("_", "").partition("/")
    try:
        value = Decimal(top.removesuffix("%").strip())
        with localcontext() as context:
            context.prec = 60
            value = value / Decimal(bottom) if slash else value
    except ArithmeticError:
        raise ValueError("not a number") from None
    if not value.is_finite():
        raise ValueError("not a finite number")
    return value / 100 if top.endswith("%") else value


def amount(given: Any, currency: str) -> Money:
    """Major units, of `currency` where none is named; or JSON as events have it, minor units."""
    if isinstance(given, Mapping):
        return Money(int(given["minor"]), str(given["currency"]))
    found = re.fullmatch(r"(?:([A-Za-z]{3}) *)?([+-]?[\d_ ]*\.?\d+) *([A-Za-z]{3})?", str(given))
    if found is None:
        raise ValueError("not an amount")
    code = (found[1] or found[3] or currency).upper()
    return from_major(Decimal(re.sub("[_ ]", "", found[2])), code)


def shown(value: Any) -> str:
    """A value as the calculation shows it."""
    match value:
        case Decimal():
            return plain(value)
        case tuple():
            return ":".join(shown(part) for part in value)
        case list():
            return ", ".join(shown(part) for part in value)
        case Mapping():
            return json.dumps(value, default=shown, ensure_ascii=False)
        case _:
            return str(value)


def plain(value: Decimal) -> str:
    """At most 28 significant digits, no exponent, no trailing zeros."""
    short = +value
    text = format(short.normalize() if short else Decimal(0), "f")
    return "0" if text in ("-0", "") else text
