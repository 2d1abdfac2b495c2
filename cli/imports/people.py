"""An HR extract (CSV) into what is wanted of each person; nothing here knows the service."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from chassis.values import Money
from cli.imports.cells import CellIsUnreadable, as_amount, as_date, as_share, shortened
from cli.imports.mapping import REQUIRED, PeopleMapping, PersonField
from cli.imports.report import Remark, Request
from cli.imports.table import FileIsUnreadable, Row, Table, read_table
from people.domain.names import Named, NameIsAmbiguous, Names, first_last
from people.domain.tree import in_cycles, top_down

ROWS_A_REQUEST = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """One row, read.  `manager` is an employee number, `manager_name` one that the file lacks."""

    row: int
    employee_no: str
    name: str
    hired_on: date
    left_on: date | None
    leave_reason: str
    manager: str | None
    manager_name: str | None
    unit: str
    entity: str
    job: str
    grade: str
    location: str
    fte: Decimal
    country: str
    annual: Money | None
    assigned_from: date | None
    paid_from: date | None

    def body(self) -> dict[str, object]:
        """The row as the service people takes it."""
        plain = {field.name: getattr(self, field.name) for field in fields(self)}
        days = ("hired_on", "left_on", "assigned_from", "paid_from")
        dates = {name: plain[name].isoformat() if plain[name] else None for name in days}
        pay = self.annual and {"minor": self.annual.minor, "currency": self.annual.currency}
        return {**plain, **dates, "fte": str(self.fte), "annual": pay}


@dataclass(frozen=True, slots=True)
class PeoplePlan:
    """A whole extract: managers before their reports, so that the order of rows never matters."""

    source: str
    rows: int
    wanted: tuple[Wanted, ...]
    refused: tuple[Remark, ...]
    noted: tuple[Remark, ...]
    repeated: int

    def requests(self, as_of: date, size: int = ROWS_A_REQUEST) -> list[Request]:
        """What to send, in this order and one after the other; the answers count by row."""
        return [
            Request(
                part[0].row,
                "people",
                "POST",
                "/people/import",
                {
                    "as_of": as_of.isoformat(),
                    "source": self.source,
                    "rows": [wanted.body() for wanted in part],
                },
            )
            for part in _parts(self.wanted, size)
        ]


def read_people(path: Path, mapping: PeopleMapping) -> PeoplePlan:
    """Every row read or refused with its reason; FileIsUnreadable if the file is no such table."""
    table = read_table(path, mapping.encoding, mapping.separator)
    _columns_are_there(path, table, mapping)
    refused: list[Remark] = []
    noted: list[Remark] = []
    read: list[Wanted] = []
    for row in table.rows:
        try:
            read.append(_wanted(row, mapping))
        except CellIsUnreadable as problem:
            refused.append(Remark(row.line, problem.field, problem.found, problem.reason))
    single = _without_repeats(read, refused)
    repeated = len(table.rows) - len(single) - len(refused)
    found = _with_managers(single, mapping, refused, noted)
    kept = _without_cycles(found, refused)
    return PeoplePlan(
        mapping.source, len(table.rows), tuple(kept), tuple(sorted(refused)), tuple(noted), repeated
    )


def _columns_are_there(path: Path, table: Table, mapping: PeopleMapping) -> None:
    lacking = sorted({name for name in mapping.columns.values() if name not in table.columns})
    if lacking:
        raise FileIsUnreadable(f"{path.name} has no column {' and no column '.join(lacking)}")


def _wanted(row: Row, mapping: PeopleMapping) -> Wanted:
    if not row.complete:
        raise CellIsUnreadable("row", "another number of cells than the header", "cannot be read")
    cells = _fields(row.cells, mapping)
    name = cells["name"]
    pay = cells["annual"]
    currency = cells["currency"].upper()
    if pay and not currency:
        raise CellIsUnreadable("currency", "nothing", "pay needs a currency")
    hired_on = as_date("hired_on", cells["hired_on"], mapping)
    left_on = _day("left_on", cells, mapping)
    if left_on is not None and left_on < hired_on:
        raise CellIsUnreadable("left_on", str(left_on), f"lies before the first day {hired_on}")
    return Wanted(
        row=row.line,
        employee_no=cells["employee_no"],
        name=first_last(name) if mapping.name_order == "last_first" else name,
        hired_on=hired_on,
        left_on=left_on,
        leave_reason=cells["leave_reason"] if left_on else "",
        manager=cells["manager_no"] or None,
        manager_name=cells["manager"] or None,
        unit=cells["unit"],
        entity=cells["entity"],
        job=cells["job"],
        grade=cells["grade"],
        location=cells["location"],
        fte=as_share("fte", cells["fte"] or "1", mapping),
        country=cells["country"].upper(),
        annual=as_amount("annual", pay, currency, mapping) if pay else None,
        assigned_from=_day("assigned_from", cells, mapping),
        paid_from=_day("paid_from", cells, mapping),
    )


def _fields(row: Mapping[str, str], mapping: PeopleMapping) -> dict[PersonField, str]:
    """Each field's text: from its column, translated, else the constant, else nothing."""
    cells: dict[PersonField, str] = {}
    for field in PersonField.__args__:  # type: ignore[attr-defined]  # a Literal lists its values
        column = mapping.columns.get(field)
        text = row[column] if column else ""
        words = mapping.translate.get(field)
        if text and words is not None:
            if text not in words:
                raise CellIsUnreadable(field, shortened(text), "the mapping does not translate it")
            text = words[text]
        cells[field] = text or mapping.constants.get(field, "")
    for field in REQUIRED:
        if not cells[field]:
            raise CellIsUnreadable(field, "nothing", "must be there")
    return cells


def _day(
    field: PersonField, cells: Mapping[PersonField, str], mapping: PeopleMapping
) -> date | None:
    return as_date(field, cells[field], mapping) if cells[field] else None


def _without_repeats(read: Sequence[Wanted], refused: list[Remark]) -> list[Wanted]:
    """One row a person: the same said again is dropped, two that differ are both refused."""
    by_number: dict[str, list[Wanted]] = {}
    for wanted in read:
        by_number.setdefault(wanted.employee_no, []).append(wanted)
    single = []
    for rows in by_number.values():
        differs = {name for other in rows[1:] for name in _differences(rows[0], other)}
        if not differs:
            single.append(rows[0])
            continue
        lines = " and ".join(str(wanted.row) for wanted in rows)
        names = ", ".join(sorted(differs))
        reason = f"rows {lines} are the same person and differ in {names}"
        refused += [Remark(w.row, "employee_no", w.employee_no, reason) for w in rows]
    return single


def _differences(one: Wanted, other: Wanted) -> list[str]:
    return [
        field.name
        for field in fields(one)
        if field.name != "row" and getattr(one, field.name) != getattr(other, field.name)
    ]


def _with_managers(
    read: Sequence[Wanted], mapping: PeopleMapping, refused: list[Remark], noted: list[Remark]
) -> list[Wanted]:
    names = Names(Named(wanted.employee_no, wanted.name) for wanted in read)
    not_people = {name.casefold() for name in mapping.not_people}
    found = []
    for wanted in read:
        name = wanted.manager_name
        if wanted.manager or not name:
            found.append(replace(wanted, manager_name=None))
        elif name.casefold() in not_people:
            noted.append(Remark(wanted.row, "manager", name, "no person, so nobody is above"))
            found.append(replace(wanted, manager_name=None))
        else:
            try:
                number = names.find(
                    first_last(name) if mapping.name_order == "last_first" else name
                )
            except NameIsAmbiguous as problem:
                refused.append(Remark(wanted.row, "manager", name, str(problem)))
                continue
            missing = name if number is None else None
            found.append(replace(wanted, manager=number, manager_name=missing))
    return found


def _without_cycles(read: Sequence[Wanted], refused: list[Remark]) -> list[Wanted]:
    """Managers before their reports, without whoever manages themself over one or more steps."""
    by_number = {wanted.employee_no: wanted for wanted in read}
    managers = {number: wanted.manager for number, wanted in by_number.items()}
    cycles = in_cycles(managers)
    for number in cycles:
        wanted = by_number.pop(number)
        found = wanted.manager or ""
        reason = (
            "manages themself" if found == number else "the managers above lead back to this person"
        )
        refused.append(Remark(wanted.row, "manager", found, reason))
    order = top_down({number: managers[number] for number in by_number})
    return [by_number[number] for number in order]


def _parts(wanted: Sequence[Wanted], size: int) -> Iterator[Sequence[Wanted]]:
    for start in range(0, len(wanted), size):
        yield wanted[start : start + size]
