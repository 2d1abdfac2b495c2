"""CSV files as HR systems write them: any usual encoding, any usual separator, untidy cells."""

import codecs
import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_SEPARATORS = ",;\t|"


class FileIsUnreadable(Exception):
    """The file as a whole cannot be read; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """Cells by column, without blanks around them; `line` is where the row begins, header = 1."""

    line: int
    cells: Mapping[str, str]
    complete: bool


@dataclass(frozen=True, slots=True)
class Table:
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def read_table(path: Path, encoding: str | None = None, separator: str | None = None) -> Table:
    """All rows of the file; what is not said about its form is found out."""
    text = _text(path, encoding)
    first_line = next((line for line in text.splitlines() if line.strip()), "")
    if not first_line:
        raise FileIsUnreadable(f"{path.name} is empty")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator or _guess(first_line))
    try:
        lines = list(_numbered(reader))
    except csv.Error as problem:
        raise FileIsUnreadable(f"{path.name} line {reader.line_num}: {problem}") from problem
    (_, header), *rest = lines
    columns = tuple(tidy(name) for name in header)
    twice = sorted({name for name in columns if name and columns.count(name) > 1})
    if twice:
        raise FileIsUnreadable(f"{path.name} has the column {twice[0]!r} twice")
    return Table(columns, tuple(_row(columns, line, cells) for line, cells in rest))


def tidy(text: str) -> str:
    """The text with single blanks inside and none around."""
    return " ".join(text.replace("\N{NO-BREAK SPACE}", " ").split())


def _text(path: Path, encoding: str | None) -> str:
    try:
        content = path.read_bytes()
    except OSError as problem:
        raise FileIsUnreadable(f"{path}: {problem.strerror}") from problem
    tried = [encoding] if encoding else _encodings(content)
    for name in tried:
        try:
            return content.decode(name)
        except LookupError as problem:
            raise FileIsUnreadable(f"{name!r} is no encoding") from problem
        except UnicodeDecodeError:
            continue
    raise FileIsUnreadable(f"{path.name} is not written in {' or '.join(tried)}")


def _encodings(content: bytes) -> list[str]:
    marked = [name for mark, name in _BYTE_ORDER_MARKS.items() if content.startswith(mark)]
    return marked or ["utf-8", "cp1252"]


def _guess(first_line: str) -> str:
    return max(_SEPARATORS, key=first_line.count)


def _numbered(reader: "csv.Reader") -> Iterator[tuple[int, list[str]]]:  # type: ignore[name-defined]
    start = 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield start, cells
        start = reader.line_num + 1


def _row(columns: tuple[str, ...], line: int, cells: list[str]) -> Row:
    values = [tidy(cell) for cell in cells]
    extra = any(values[len(columns) :])
    padded = values + [""] * (len(columns) - len(values))
    complete = len(values) >= len(columns) and not extra
    return Row(line, dict(zip(columns, padded, strict=False)), complete)
