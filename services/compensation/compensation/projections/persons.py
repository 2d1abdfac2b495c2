"""What people says of a person that pay depends on: employment, assignments and pay, over time."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from chassis.record import Record
from chassis.store import Connection
from chassis.values import Money
from compensation.domain.facts import AssignmentFact, EmploymentFact, PayFact
from compensation.projections.sources import read_source, source_of


class PersonRegistered(BaseModel):
    person: str
    hired_on: date


class PersonLeft(BaseModel):
    """`effective_on` is the last day employed."""

    person: str
    effective_on: date


class PersonReturned(BaseModel):
    person: str
    effective_on: date


class AssignmentChanged(BaseModel):
    person: str
    effective_on: date
    manager: str | None = None
    entity: str
    grade: str
    country: str


class Amount(BaseModel):
    """Money as it is published."""

    minor: int
    currency: str


class PayRecorded(BaseModel):
    """`annual` is base pay as contracted at `fte`."""

    person: str
    effective_on: date
    annual: Amount
    fte: Decimal


MODELS: dict[str, type[BaseModel]] = {
    "people.PersonRegistered": PersonRegistered,
    "people.PersonLeft": PersonLeft,
    "people.PersonReturned": PersonReturned,
    "people.AssignmentChanged": AssignmentChanged,
    "people.PayRecorded": PayRecorded,
}
TABLES = ("employment_fact", "assignment_fact", "pay_fact")

Row = tuple[Any, ...]


async def apply(connection: Connection, records: Sequence[Record]) -> None:
    """Add each record's fact; one statement per table and batch."""
    employment: list[Row] = []
    assignments: list[Row] = []
    pay: list[Row] = []
    for record in records:
        match record.event:
            case PersonRegistered() as e:
                employment.append(_employment(record, e.person, "hired", e.hired_on))
            case PersonLeft() as e:
                employment.append(_employment(record, e.person, "left", e.effective_on))
            case PersonReturned() as e:
                employment.append(_employment(record, e.person, "returned", e.effective_on))
            case AssignmentChanged() as e:
                source = source_of(record, "assignment", "people")
                when = (e.person, record.version, e.effective_on)
                assignments.append((*when, e.manager, e.entity, e.grade, e.country, source))
            case PayRecorded() as e:
                source = source_of(record, "pay", "people")
                when = (e.person, record.version, e.effective_on)
                pay.append((*when, e.annual.minor, e.annual.currency, e.fte, source))
            case _:
                continue
    await _insert(connection, _EMPLOYMENT, employment)
    await _insert(connection, _ASSIGNMENTS, assignments)
    await _insert(connection, _PAY, pay)


def _employment(record: Record, person: str, kind: str, on: date) -> Row:
    return (person, record.version, kind, on, source_of(record, "employment", "people"))


_EMPLOYMENT = """INSERT INTO employment_fact SELECT * FROM unnest(
    $1::text[], $2::integer[], $3::text[], $4::date[], $5::json[])"""
_ASSIGNMENTS = """INSERT INTO assignment_fact SELECT * FROM unnest($1::text[], $2::integer[],
    $3::date[], $4::text[], $5::text[], $6::text[], $7::text[], $8::json[])"""
_PAY = """INSERT INTO pay_fact SELECT * FROM unnest($1::text[], $2::integer[], $3::date[],
    $4::bigint[], $5::text[], $6::numeric[], $7::json[])"""


async def _insert(connection: Connection, statement: str, rows: Sequence[Row]) -> None:
    if rows:
        await connection.execute(statement, *zip(*rows, strict=True))


async def employment_of(connection: Connection, person: str) -> tuple[EmploymentFact, ...]:
    """In the order in which it was recorded."""
    rows = await connection.fetch(
        "SELECT kind, on_day, source FROM employment_fact WHERE person = $1 ORDER BY version",
        person,
    )
    return tuple(EmploymentFact(r["kind"], r["on_day"], read_source(r["source"])) for r in rows)


async def assignments_of(connection: Connection, person: str) -> tuple[AssignmentFact, ...]:
    rows = await connection.fetch(
        """SELECT effective_on, manager, entity, grade, country, source FROM assignment_fact
           WHERE person = $1 ORDER BY version""",
        person,
    )
    return tuple(
        AssignmentFact(
            effective_on=row["effective_on"],
            manager=row["manager"],
            entity=row["entity"],
            grade=row["grade"],
            country=row["country"],
            source=read_source(row["source"]),
        )
        for row in rows
    )


async def pay_of(connection: Connection, person: str) -> tuple[PayFact, ...]:
    rows = await connection.fetch(
        """SELECT effective_on, annual_minor, currency, fte, source FROM pay_fact
           WHERE person = $1 ORDER BY version""",
        person,
    )
    return tuple(
        PayFact(
            effective_on=row["effective_on"],
            annual=Money(row["annual_minor"], row["currency"]),
            fte=row["fte"],
            source=read_source(row["source"]),
        )
        for row in rows
    )
