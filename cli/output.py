"""Answers on standard output: one JSON document, or short aligned lines."""

import json
import re
import shutil
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from chassis.values import Money, UnknownCurrency
from cli.console import console

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document, for programs.")]
As = Annotated[
    str | None,
    typer.Option("--as", metavar="PERSON", help="Who asks: employee number, name, id or admin-1."),
]
GAP, WIDEST = 2, 140
LEAST_ROOM = 24  # below this, wrapping the last column reads worse than a long line
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")


def print_json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, default=str))


def print_table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Aligned columns; on a terminal the last one is wrapped to what is left of the line."""
    cells = [[in_words(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(headings, *cells, strict=True)]
    indent = sum(width + GAP for width in widths[:-1])
    room = shutil.get_terminal_size().columns - indent if sys.stdout.isatty() else 0
    if any(headings):
        console().print(_aligned(headings, widths), style="bold", markup=False)
    for *start, last in cells:
        lines = textwrap.wrap(last, room) if room >= LEAST_ROOM else [last]
        print(_aligned([*start, lines[0] if lines else ""], widths))
        for line in lines[1:]:
            print(" " * indent + line)


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True))
    return (" " * GAP).join(padded).rstrip()


def print_value(value: object) -> None:
    """Any JSON value as indented lines."""
    for line in _lines(value, ""):
        print(line)


def _lines(value: object, indent: str) -> Iterator[str]:
    if isinstance(value, Mapping) and not is_money(value):
        said = {name: inner for name, inner in value.items() if inner is not None}
        width = max((len(str(name)) for name in said), default=0)
        for name, inner in said.items():
            if _is_plain(inner):
                yield f"{indent}{name:<{width}}  {in_words(inner)}"
            else:
                yield f"{indent}{name}"
                yield from _lines(inner, indent + "  ")
    elif isinstance(value, list) and (rows := _flat_rows(value)):
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        yield from (indent + _aligned(row, widths) for row in rows)
    elif isinstance(value, list):
        for inner in value:
            lines = list(_lines(inner, indent + "  "))
            yield f"{indent}- {lines[0].strip()}" if lines else f"{indent}-"
            yield from lines[1:]
    else:
        yield f"{indent}{in_words(value)}"


def _flat_rows(items: list[Any]) -> list[list[str]]:
    """Headings and cells of a list of records, if they are alike and fit on lines; else nothing."""
    if not all(isinstance(item, Mapping) and not is_money(item) for item in items):
        return []
    names = list(items[0])
    alike = all(list(item) == names for item in items)
    if not alike or not all(_is_plain(value) for item in items for value in item.values()):
        return []
    rows = [names, *([in_words(value) for value in item.values()] for item in items)]
    width = sum(max(map(len, column)) + GAP for column in zip(*rows, strict=True))
    return rows if width <= WIDEST else []


def _is_plain(value: object) -> bool:
    if isinstance(value, Mapping):
        return is_money(value) or not value
    if isinstance(value, list):
        return all(not isinstance(inner, Mapping | list) for inner in value)
    return True


def is_money(value: object) -> bool:
    return isinstance(value, Mapping) and value.keys() == {"minor", "currency"}


def in_words(value: Any) -> str:
    """A JSON value in a cell: amounts in major units, instants to the second."""
    match value:
        case None:
            return "–"
        case bool():
            return "yes" if value else "no"
        case Mapping() if is_money(value):
            return money(value)
        case Mapping():
            return ", ".join(f"{name} {in_words(inner)}" for name, inner in value.items()) or "–"
        case list() | tuple():
            return ", ".join(in_words(inner) for inner in value) or "–"
        case str() if _INSTANT.match(value):
            return instant(value)
        case _:
            return str(value)


def money(value: Mapping[str, Any]) -> str:
    try:
        return str(Money(int(value["minor"]), str(value["currency"])))
    except (UnknownCurrency, ValueError, TypeError):
        return f"{value['minor']} {value['currency']}"


def instant(text: str) -> str:
    """`2026-11-21 10:15:02`, in UTC."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    except ValueError:
        return text
