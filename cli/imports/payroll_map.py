"""The payroll map (CSV): payroll ids of people, and each legal entity's wage types."""

from pathlib import Path
from urllib.parse import quote

from chassis.ids import person_id
from cli.imports.cells import CellIsUnreadable
from cli.imports.report import Remark, Request, Requests
from cli.imports.table import FileIsUnreadable, Row, read_table

COMPONENTS = ("merit", "lump_sum", "bonus")
COLUMNS = (
    "kind",
    "entity",
    "employee_no",
    "payroll_id",
    "pay_group",
    "cost_centre",
    "component",
    "wage_type",
)
NEEDED = {
    "person": ("entity", "employee_no", "payroll_id", "pay_group", "cost_centre"),
    "wage_type": ("entity", "component", "wage_type"),
}


def read_payroll_map(path: Path) -> Requests:
    """Wage types first, one request an entity (at its first row), then one a person."""
    table = read_table(path)
    lacking = [name for name in COLUMNS if name not in table.columns]
    if lacking:
        raise FileIsUnreadable(f"{path.name} has no column {' and no column '.join(lacking)}")
    refused: list[Remark] = []
    people: dict[str, Request] = {}
    codes: dict[str, dict[str, str]] = {}
    first_rows: dict[str, int] = {}
    for row in table.rows:
        try:
            _complete(row)
            if row.cells["kind"] == "person":
                _person(row, people)
            else:
                entity = row.cells["entity"]
                first_rows.setdefault(entity, row.line)
                _wage_type(row, codes.setdefault(entity, {}))
        except CellIsUnreadable as problem:
            refused.append(Remark(row.line, problem.field, problem.found, problem.reason))
    wage_types = [
        Request(
            first_rows[entity],
            "payroll",
            "PUT",
            f"/wage-types/{quote(entity, safe='')}",
            dict(found),
            rows=len(found),
        )
        for entity, found in codes.items()
        if found
    ]
    return Requests(len(table.rows), (*wage_types, *people.values()), tuple(refused))


def _complete(row: Row) -> None:
    needed = NEEDED.get(row.cells["kind"])
    if needed is None:
        raise CellIsUnreadable("kind", row.cells["kind"], "must be person or wage_type")
    for name in needed:
        if not row.cells[name]:
            raise CellIsUnreadable(name, "nothing", "must be there")


def _person(row: Row, people: dict[str, Request]) -> None:
    cells = row.cells
    number = cells["employee_no"]
    if number in people:
        reason = f"row {people[number].row} maps this person too"
        raise CellIsUnreadable("employee_no", number, reason)
    others = ("payroll_id", "entity", "pay_group", "cost_centre")
    path = f"/payees/{person_id(number)}"
    body: dict[str, object] = {name: cells[name] for name in others}
    people[number] = Request(row.line, "payroll", "PUT", path, body, employee_no=number)


def _wage_type(row: Row, codes: dict[str, str]) -> None:
    component, code = row.cells["component"], row.cells["wage_type"]
    if component not in COMPONENTS:
        raise CellIsUnreadable("component", component, f"must be one of {', '.join(COMPONENTS)}")
    if component in codes:
        raise CellIsUnreadable("component", component, "the entity has a wage type for it already")
    codes[component] = code
