"""Feeds the access tables from what people records about assignments, leavers and grants."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from pydantic import BaseModel

from chassis.record import Consumer, Record
from chassis.store import Connection


class PersonRegistered(BaseModel):
    """From here on the person is heard of, wherever they will work."""

    person: str
    hired_on: date


class AssignmentChanged(BaseModel):
    """Where a person works from that day on."""

    person: str
    effective_on: date
    manager: str | None = None
    unit: str
    entity: str


class PersonLeft(BaseModel):
    """`effective_on` is the last day employed."""

    person: str
    effective_on: date


class PersonReturned(BaseModel):
    """Employed again from that day; an AssignmentChanged says where."""

    person: str
    effective_on: date


class RoleGranted(BaseModel):
    """A role beyond the line, over a population, until its last day."""

    grant: str
    actor: str
    role: str
    population: str
    valid_from: date
    valid_to: date | None = None


class RoleRevoked(BaseModel):
    """The grant ends with that day."""

    grant: str
    actor: str
    role: str
    population: str
    valid_to: date


async def apply(connection: Connection, records: Sequence[Record]) -> None:
    """Add each record's fact; one statement per table and batch."""
    persons, grants = [], []
    for record in records:
        if row := _person_fact(record):
            persons.append(row)
        elif row := _grant_fact(record):
            grants.append(row)
    await _insert(connection, _PERSONS, persons)
    await _insert(connection, _GRANTS, grants)


_PERSONS = """INSERT INTO person_fact SELECT * FROM unnest($1::text[], $2::integer[], $3::text[],
    $4::text[], $5::text[], $6::text[], $7::date[], $8::timestamptz[])"""
_GRANTS = """INSERT INTO grant_fact SELECT * FROM unnest($1::text[], $2::integer[], $3::text[],
    $4::text[], $5::text[], $6::date[], $7::date[], $8::timestamptz[])"""


async def _insert(connection: Connection, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
    if columns := list(zip(*rows, strict=True)):
        await connection.execute(statement, *columns)


def _person_fact(record: Record) -> tuple[Any, ...] | None:
    event, place = record.event, (None, None, None)
    match record.type:
        case "people.PersonRegistered":
            kind, begins = "registered", event.hired_on
        case "people.AssignmentChanged":
            kind, begins = "assigned", event.effective_on
            place = (event.manager, event.unit, event.entity)
        case "people.PersonLeft":
            kind, begins = "left", event.effective_on + timedelta(days=1)
        case "people.PersonReturned":
            kind, begins = "returned", event.effective_on
        case _:
            return None
    return (event.person, record.version, kind, *place, begins, record.recorded_at)


def _grant_fact(record: Record) -> tuple[Any, ...] | None:
    event = record.event
    match record.type:
        case "people.RoleGranted":
            begins = event.valid_from
        case "people.RoleRevoked":
            begins = None
        case _:
            return None
    what = (event.grant, event.role, event.population)
    return (event.actor, record.version, *what, begins, event.valid_to, record.recorded_at)


ACCESS = Consumer(
    name="access",
    version=1,
    source="people",
    models={
        "people.PersonRegistered": PersonRegistered,
        "people.AssignmentChanged": AssignmentChanged,
        "people.PersonLeft": PersonLeft,
        "people.PersonReturned": PersonReturned,
        "people.RoleGranted": RoleGranted,
        "people.RoleRevoked": RoleRevoked,
    },
    apply=apply,
    tables=("person_fact", "grant_fact"),
)
"""What every service but people hears; people itself feeds the same tables from its own store."""

OWN_ACCESS = replace(ACCESS, source="own", models={})
