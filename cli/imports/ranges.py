"""Salary ranges (CSV): a row a grade, country and currency, in full-time pay of a year."""

from pathlib import Path

from chassis.values import Money
from cli.imports.cells import CellIsUnreadable, as_amount, as_date
from cli.imports.mapping import PeopleMapping
from cli.imports.report import Remark, Request, Requests
from cli.imports.table import FileIsUnreadable, Row, read_table

COLUMNS = ("grade", "country", "currency", "effective_on", "minimum", "midpoint", "maximum")
# Our own files are written one way: days as YYYY-MM-DD, a point before the decimals.
FORM = PeopleMapping(columns={})


def read_ranges(path: Path) -> Requests:
    table = read_table(path)
    lacking = [name for name in COLUMNS if name not in table.columns]
    if lacking:
        raise FileIsUnreadable(f"{path.name} has no column {' and no column '.join(lacking)}")
    requests: list[Request] = []
    refused: list[Remark] = []
    seen: dict[tuple[str, ...], int] = {}
    for row in table.rows:
        try:
            body = _range(row)
            key = tuple(row.cells[name] for name in COLUMNS[:4])
            if key in seen:
                raise CellIsUnreadable("grade", key[0], f"row {seen[key]} sets the same range")
            seen[key] = row.line
        except CellIsUnreadable as problem:
            refused.append(Remark(row.line, problem.field, problem.found, problem.reason))
            continue
        requests.append(Request(row.line, "compensation", "POST", "/ranges", body))
    return Requests(len(table.rows), tuple(requests), tuple(refused))


def _range(row: Row) -> dict[str, object]:
    for name in COLUMNS:
        if not row.cells[name]:
            raise CellIsUnreadable(name, "nothing", "must be there")
    currency = row.cells["currency"]
    points = {name: as_amount(name, row.cells[name], currency, FORM) for name in COLUMNS[4:]}
    return {
        "grade": row.cells["grade"],
        "country": row.cells["country"],
        "currency": currency,
        "effective_on": as_date("effective_on", row.cells["effective_on"], FORM).isoformat(),
        **{name: _money(point) for name, point in points.items()},
    }


def _money(amount: Money) -> dict[str, object]:
    return {"minor": amount.minor, "currency": amount.currency}
