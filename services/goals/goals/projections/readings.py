"""The read model of progress: every reading, and which one stands in for which."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from chassis.record import Consumer, Record
from chassis.store import Connection
from goals.domain.events import ProgressCorrected, ProgressRecorded


async def apply(connection: Connection, records: Sequence[Record]) -> None:
    rows = [
        _row(r, r.event)
        for r in records
        if isinstance(r.event, ProgressRecorded | ProgressCorrected)
    ]
    if not rows:
        return
    await connection.execute(
        """INSERT INTO reading (reading, plan, person, goal, value, as_of, source, recorded_by,
                                note, corrects, recorded_at)
           SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::numeric[],
               $6::date[], $7::text[], $8::text[], $9::text[], $10::uuid[], $11::timestamptz[])""",
        *zip(*rows, strict=True),
    )
    corrections = [(row[9], row[0]) for row in rows if row[9] is not None]
    await connection.executemany(
        "UPDATE reading SET corrected_by = $2 WHERE reading = $1", corrections
    )


READINGS = Consumer(name="readings", version=1, source="own", apply=apply, tables=("reading",))


def _row(record: Record, e: ProgressRecorded | ProgressCorrected) -> tuple[Any, ...]:
    correction = e if isinstance(e, ProgressCorrected) else None
    return (
        UUID(e.reading),
        UUID(e.plan),
        e.person,
        e.goal,
        e.value,
        e.as_of,
        e.source if isinstance(e, ProgressRecorded) else "correction",
        e.by,
        e.note if isinstance(e, ProgressRecorded) else e.reason,
        UUID(correction.corrects) if correction else None,
        record.recorded_at,
    )


async def readings_of(connection: Connection, person: str) -> list[dict[str, Any]]:
    """All readings, corrected ones too, by goal and day; a value is a decimal text."""
    rows = await connection.fetch(
        """SELECT reading::text, plan::text, goal, value::text, as_of::text, source, recorded_by,
                  note, corrects::text, corrected_by::text, recorded_at
           FROM reading WHERE person = $1 ORDER BY plan, goal, as_of, recorded_at""",
        person,
    )
    return [dict(row) for row in rows]
