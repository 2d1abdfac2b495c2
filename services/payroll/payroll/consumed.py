"""What payroll hears from others: people's pay facts and leavers, compensation's releases."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from pydantic import BaseModel

from chassis.access_feed import ACCESS
from chassis.record import Consumer, Record
from chassis.store import Connection

Run = Callable[[Connection, Sequence[Record]], Awaitable[None]]


class Amount(BaseModel):
    minor: int
    currency: str


class PersonRegistered(BaseModel):
    """`name` is sealed."""

    person: str
    employee_no: str
    name: str


class PersonRenamed(BaseModel):
    """`name` is sealed."""

    person: str
    name: str


class PayRecorded(BaseModel):
    """Only that there is a newer fact counts here, not what it says."""

    person: str


class PersonLeft(BaseModel):
    """`effective_on` is the last day employed."""

    person: str
    effective_on: date


class PersonReturned(BaseModel):
    """`effective_on` is the first day back."""

    person: str
    effective_on: date


class ReleasedLine(BaseModel):
    component: str
    kind: str
    amount: Amount
    new_annual: Amount | None = None


class AwardReleased(BaseModel):
    award: str
    person: str
    cycle: str
    revision: int
    entity: str
    effective_on: date
    lines: tuple[ReleasedLine, ...]
    pay_version: int


class AwardSuspended(BaseModel):
    award: str


class AwardResumed(BaseModel):
    award: str


class AnnouncedAward(BaseModel):
    award: str
    version: int


class ReleaseAnnounced(BaseModel):
    """All that was released for the entity in the cycle so far."""

    cycle: str
    entity: str
    number: int
    count: int
    totals: tuple[Amount, ...]
    awards: tuple[AnnouncedAward, ...]


async def in_runs(
    connection: Connection, records: Sequence[Record], runs: Mapping[str, Run]
) -> None:
    """Apply neighbours of one type by one call, in the order in which they came."""
    for kind, run in groupby(records, key=lambda record: record.type):
        if kind in runs:
            await runs[kind](connection, list(run))


async def _registered(connection: Connection, records: Sequence[Record]) -> None:
    last = {r.event.person: r.event for r in records}
    await connection.execute(
        """INSERT INTO person SELECT * FROM unnest($1::text[], $2::text[], $3::text[])
           ON CONFLICT (person)
           DO UPDATE SET employee_no = excluded.employee_no, name = excluded.name""",
        list(last),
        [e.employee_no for e in last.values()],
        [e.name for e in last.values()],
    )


async def _renamed(connection: Connection, records: Sequence[Record]) -> None:
    last = {r.event.person: r.event.name for r in records}
    await connection.execute(
        """UPDATE person p SET name = t.name FROM unnest($1::text[], $2::text[]) AS t (person, name)
           WHERE p.person = t.person""",
        list(last),
        list(last.values()),
    )


async def _paid(connection: Connection, records: Sequence[Record]) -> None:
    newest = {r.event.person: r.version for r in records}
    await connection.execute(
        """INSERT INTO newest_pay SELECT * FROM unnest($1::text[], $2::integer[])
           ON CONFLICT (person) DO UPDATE SET version = excluded.version""",
        list(newest),
        list(newest.values()),
    )


async def _left(connection: Connection, records: Sequence[Record]) -> None:
    last = {r.event.person: r.event.effective_on for r in records}
    await connection.execute(
        """INSERT INTO leaver SELECT * FROM unnest($1::text[], $2::date[])
           ON CONFLICT (person) DO UPDATE SET left_on = excluded.left_on, returned_on = NULL""",
        list(last),
        list(last.values()),
    )


async def _returned(connection: Connection, records: Sequence[Record]) -> None:
    last = {r.event.person: r.event.effective_on for r in records}
    await connection.execute(
        """UPDATE leaver l SET returned_on = t.day
           FROM unnest($1::text[], $2::date[]) AS t (person, day) WHERE l.person = t.person""",
        list(last),
        list(last.values()),
    )


_PEOPLE: Mapping[str, Run] = {
    "people.PersonRegistered": _registered,
    "people.PersonRenamed": _renamed,
    "people.PayRecorded": _paid,
    "people.PersonLeft": _left,
    "people.PersonReturned": _returned,
}
_PERSON_TABLE = ("people.PersonRegistered", "people.PersonRenamed")
_PAY_TABLE = ("people.PayRecorded",)
_LEAVER_TABLE = ("people.PersonLeft", "people.PersonReturned")


async def apply_people(connection: Connection, records: Sequence[Record]) -> None:
    """Table by table, so that runs get long: events of different tables may change places."""
    for table in (_PERSON_TABLE, _PAY_TABLE, _LEAVER_TABLE):
        await in_runs(connection, [r for r in records if r.type in table], _PEOPLE)


async def _released(connection: Connection, records: Sequence[Record]) -> None:
    last = {r.event.award: r for r in records}
    await connection.execute(
        """INSERT INTO award SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[],
               $5::integer[], $6::integer[], $7::date[], $8::timestamptz[], $9::integer[])
           ON CONFLICT (award) DO UPDATE SET entity = excluded.entity,
               revision = excluded.revision, version = excluded.version,
               effective_on = excluded.effective_on, released_at = excluded.released_at,
               pay_version = excluded.pay_version""",
        *zip(*[_award_row(record) for record in last.values()], strict=True),
    )
    await connection.execute("DELETE FROM award_amount WHERE award = ANY ($1)", list(last))
    amounts = [
        (
            award,
            line.component,
            line.kind,
            line.amount.minor,
            line.amount.currency,
            line.new_annual and line.new_annual.minor,
        )
        for award, record in last.items()
        for line in record.event.lines
    ]
    if amounts:
        await connection.execute(
            """INSERT INTO award_amount SELECT * FROM unnest($1::text[], $2::text[], $3::text[],
                   $4::bigint[], $5::text[], $6::bigint[])""",
            *zip(*amounts, strict=True),
        )


def _award_row(record: Record) -> tuple[Any, ...]:
    e = record.event
    what = (e.award, e.person, e.cycle, e.entity, e.revision, record.version)
    return (*what, e.effective_on, record.recorded_at, e.pay_version)


async def _suspended(connection: Connection, records: Sequence[Record]) -> None:
    since = {r.event.award: r.recorded_at for r in records}
    await connection.execute(
        """INSERT INTO suspension SELECT * FROM unnest($1::text[], $2::timestamptz[])
           ON CONFLICT DO NOTHING""",
        list(since),
        list(since.values()),
    )


async def _resumed(connection: Connection, records: Sequence[Record]) -> None:
    await connection.execute(
        "DELETE FROM suspension WHERE award = ANY ($1)", [r.event.award for r in records]
    )


async def _announced(connection: Connection, records: Sequence[Record]) -> None:
    """Each announcement is the whole, so the last of an entity and cycle replaces the others."""
    last = {(r.event.entity, r.event.cycle): r.event for r in records}
    for e in last.values():
        await connection.execute(
            """INSERT INTO announcement VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (entity, cycle) DO UPDATE SET number = excluded.number,
                   count = excluded.count, totals = excluded.totals""",
            e.cycle,
            e.entity,
            e.number,
            e.count,
            json.dumps([total.model_dump() for total in e.totals]),
        )
        await connection.execute(
            "DELETE FROM announced_award WHERE entity = $1 AND cycle = $2", e.entity, e.cycle
        )
        await connection.execute(
            """INSERT INTO announced_award
               SELECT $1, $2, * FROM unnest($3::text[], $4::integer[])""",
            e.cycle,
            e.entity,
            [each.award for each in e.awards],
            [each.version for each in e.awards],
        )


_COMPENSATION: Mapping[str, Run] = {
    "compensation.AwardReleased": _released,
    "compensation.AwardSuspended": _suspended,
    "compensation.AwardResumed": _resumed,
    "compensation.ReleaseAnnounced": _announced,
}


async def apply_compensation(connection: Connection, records: Sequence[Record]) -> None:
    await in_runs(connection, records, _COMPENSATION)


PEOPLE = Consumer(
    name="people",
    version=1,
    source="people",
    models={
        "people.PersonRegistered": PersonRegistered,
        "people.PersonRenamed": PersonRenamed,
        "people.PayRecorded": PayRecorded,
        "people.PersonLeft": PersonLeft,
        "people.PersonReturned": PersonReturned,
    },
    apply=apply_people,
    tables=("person", "newest_pay", "leaver"),
)
COMPENSATION = Consumer(
    name="compensation",
    version=1,
    source="compensation",
    models={
        "compensation.AwardReleased": AwardReleased,
        "compensation.AwardSuspended": AwardSuspended,
        "compensation.AwardResumed": AwardResumed,
        "compensation.ReleaseAnnounced": ReleaseAnnounced,
    },
    apply=apply_compensation,
    tables=("award", "award_amount", "suspension", "announcement", "announced_award"),
)
CONSUMERS = (ACCESS, PEOPLE, COMPENSATION)
