"""Each award as it stands: status, amounts, what it waits for, what payroll was told."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields, replace
from datetime import datetime
from typing import Any, assert_never, get_args

import orjson

from chassis.record import Consumer, Record
from chassis.store import Connection
from compensation.domain.events import (
    AwardApproved,
    AwardCommitted,
    AwardCommunicated,
    AwardEvent,
    AwardOpened,
    AwardReleased,
    AwardResumed,
    AwardReturned,
    AwardSuspended,
    AwardWaiting,
    BonusCalculated,
    MeritCalculated,
    PoolRefused,
    RecalculationOrdered,
)

_AWARD_EVENTS = get_args(AwardEvent)


@dataclass(frozen=True, slots=True)
class AwardRow:
    """A row of the table, field for column.  `since`: when the status began."""

    award: str
    person: str
    cycle: str
    version: int
    status: str
    revision: int
    entity: str | None
    manager: str | None
    rating: str | None
    currency: str | None
    merit_minor: int | None
    lump_sum_minor: int | None
    bonus_minor: int | None
    new_annual_minor: int | None
    waiting_for: Sequence[str]
    refusals: str
    approved_by: str | None
    communicated_revision: int
    released_revision: int
    released_version: int
    on_hold: bool
    since: datetime
    pay_version: int


async def apply(connection: Connection, records: Sequence[Record]) -> None:
    """One read and one write per batch; in between the events are folded in order."""
    ours = [record for record in records if isinstance(record.event, _AWARD_EVENTS)]
    rows = await _rows(connection, {record.event.award for record in ours})
    for record in ours:
        event = record.event
        row = rows.get(event.award) or _new(event.award, event.person, event.cycle, record)
        rows[event.award] = _next(replace(row, version=record.version), event, record.recorded_at)
    await _write(connection, list(rows.values()))


def _new(award: str, person: str, cycle: str, record: Record) -> AwardRow:
    return AwardRow(
        award=award,
        person=person,
        cycle=cycle,
        version=0,
        status="waiting",
        revision=0,
        entity=None,
        manager=None,
        rating=None,
        currency=None,
        merit_minor=None,
        lump_sum_minor=None,
        bonus_minor=None,
        new_annual_minor=None,
        waiting_for=[],
        refusals="[]",
        approved_by=None,
        communicated_revision=0,
        released_revision=0,
        released_version=0,
        on_hold=False,
        since=record.recorded_at,
        pay_version=0,
    )


def _next(row: AwardRow, event: AwardEvent, at: datetime) -> AwardRow:
    match event:
        case AwardOpened() | RecalculationOrdered():
            return row
        case AwardWaiting():
            waiting = replace(row, status="waiting", refusals="[]", since=at)
            return replace(waiting, waiting_for=event.reasons)
        case MeritCalculated():
            return _calculated(row, event, at)
        case BonusCalculated():
            return replace(row, bonus_minor=event.amount.minor)
        case AwardCommitted():
            return replace(row, status="committed", refusals="[]", since=at)
        case PoolRefused():
            refusals = orjson.dumps(event.refusals).decode()
            return replace(row, status="refused", refusals=refusals, since=at)
        case AwardApproved():
            return replace(row, status="approved", approved_by=event.by, since=at)
        case AwardReturned():
            return replace(row, status="returned", since=at)
        case AwardCommunicated():
            return replace(row, communicated_revision=event.revision)
        case AwardReleased():
            released = replace(row, status="released", since=at, released_version=row.version)
            return replace(released, released_revision=event.revision, entity=event.entity)
        case AwardSuspended():
            return replace(row, status="suspended", on_hold=True, since=at)
        case AwardResumed():
            return replace(row, on_hold=False)
        case _:
            assert_never(event)


def _calculated(row: AwardRow, event: MeritCalculated, at: datetime) -> AwardRow:
    return replace(
        row,
        status="calculated",
        revision=event.revision,
        entity=event.entity,
        manager=event.manager,
        rating=event.rating,
        currency=event.amount.currency,
        merit_minor=event.amount.minor,
        lump_sum_minor=event.lump_sum.minor,
        new_annual_minor=event.new_annual.minor,
        waiting_for=[],
        refusals="[]",
        approved_by=None,
        since=at,
        pay_version=event.pay.version,
    )


async def _rows(connection: Connection, awards: set[str]) -> dict[str, AwardRow]:
    found = await connection.fetch("SELECT * FROM award WHERE award = ANY ($1)", list(awards))
    return {row["award"]: AwardRow(**dict(row)) for row in found}


_COLUMNS = [field.name for field in fields(AwardRow)]
_UPSERT = f"""INSERT INTO award SELECT * FROM json_populate_recordset(NULL::award, $1)
    ON CONFLICT (award) DO UPDATE SET {", ".join(f"{c} = excluded.{c}" for c in _COLUMNS[3:])}"""


async def _write(connection: Connection, rows: Sequence[AwardRow]) -> None:
    if rows:
        values = [dict(zip(_COLUMNS, _plain(row), strict=True)) for row in rows]
        await connection.execute(_UPSERT, orjson.dumps(values).decode())


def _plain(row: AwardRow) -> tuple[Any, ...]:
    values = astuple(row)
    place = _COLUMNS.index("refusals")
    return (*values[:place], orjson.Fragment(row.refusals), *values[place + 1 :])


AWARDS = Consumer(name="awards", version=1, source="own", apply=apply, tables=("award",))
