"""A merit matrix for `merit calc F41`: from a file, or typed as bands and percents."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

from cli.formulas.given import Values
from cli.imports.documents import read_document
from cli.imports.table import FileIsUnreadable
from compensation.domain import matrix
from compensation.domain.commands import DefineMatrix
from compensation.domain.terms import Band, Cell, MatrixContent, PositionKey

EXAMPLE = Path(__file__).parents[2] / "deploy" / "examples" / "matrix.toml"
# Bands where only the columns are given: below and from the midpoint on, or three of AD-41's.
_USUAL = {2: "[0,1) [1,)", 3: "[0,0.9) [0.9,1.1] (1.1,)"}
_INTERVAL = re.compile(r"([\[(])\s*([^,\s]*)\s*,\s*([^\])\s]*)\s*([\])])")
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def matrix_of(v: Values) -> MatrixContent:
    """The matrix as the service would take it; its rules refuse gaps, overlaps and bad cells."""
    content = _typed(v) if v.has("cells") else _from_file(v)
    matrix.decide(matrix.INITIAL, DefineMatrix("calc", content, "analyst", _LONG_AGO))
    return content


def _typed(v: Values) -> MatrixContent:
    rows: Any = v.json("cells")
    if not isinstance(rows, Mapping) or not all(isinstance(r, list) for r in rows.values()):
        raise ValueError('cells are something else, allowed is {"rating": [3, "6-8"], …}')
    columns = {len(row) for row in rows.values()}
    if len(columns) != 1:
        raise ValueError("each rating needs as many cells as there are bands")
    width = columns.pop()
    bands = read_bands(v.text("bands") if v.has("bands") else _USUAL.get(width, ""))
    if len(bands) != width:
        raise ValueError(f"{width} cells a rating and {len(bands)} bands, allowed are as many")
    cells = [
        _cell(rating, band.code, cell)
        for rating, row in rows.items()
        for band, cell in zip(bands, row, strict=True)
    ]
    return MatrixContent(cast(PositionKey, v.text("key")), bands, tuple(cells))


def read_bands(text: str) -> tuple[Band, ...]:
    """`[0,0.9) [0.9,1.1] (1.1,)`: a square bracket takes the end in."""
    return tuple(
        Band(f"{opened}{low},{high}{closed}", _end(low), opened == "[", _end(high), closed == "]")
        for opened, low, high, closed in _INTERVAL.findall(text)
    )


def _end(text: str) -> Decimal | None:
    return None if text.strip("+-").casefold() in ("", "inf", "∞") else Decimal(text)


def _cell(rating: str, band: str, cell: object) -> Cell:
    """`3`, `6-8` (the default is the middle) or `6/7/8` (minimum, default, maximum)."""
    numbers = [Decimal(part) for part in re.split(r"[-–/]", str(cell))]
    match numbers:
        case [one]:
            return Cell(rating, band, one, one, one)
        case [low, high]:
            return Cell(rating, band, low, (low + high) / 2, high)
        case [low, usual, high]:
            return Cell(rating, band, low, usual, high)
        case _:
            raise ValueError(f"a cell is {cell}, allowed is 3, 6-8 or 6/7/8")


def _from_file(v: Values) -> MatrixContent:
    path = Path(v.text("matrix").removeprefix("@")) if v.has("matrix") else EXAMPLE
    try:
        (entry, *_) = cast(list[dict[str, Any]], read_document(path)["matrix"])
        return _content(entry)
    except FileIsUnreadable as problem:
        raise ValueError(str(problem)) from None
    except (KeyError, TypeError, ArithmeticError) as problem:
        raise ValueError(f"{path.name} is no matrix as `import matrix` takes it") from problem


def _content(entry: Mapping[str, Any]) -> MatrixContent:
    bands = tuple(
        Band(
            band["code"],
            _decimal(band.get("low")),
            band.get("low_closed", True),
            _decimal(band.get("high")),
            band.get("high_closed", False),
        )
        for band in entry["bands"]
    )
    cells = tuple(
        Cell(
            cell["rating"],
            cell["band"],
            *(Decimal(str(cell[name])) for name in ("min_pct", "default_pct", "max_pct")),
        )
        for cell in entry["cells"]
    )
    return MatrixContent(entry.get("key", "compa_ratio"), bands, cells)


def _decimal(value: object) -> Decimal | None:
    return None if value is None else Decimal(str(value))
