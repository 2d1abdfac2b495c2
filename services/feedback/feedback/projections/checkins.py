"""The read model of check-ins: every wording, the last one being how it reads now."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from chassis.codec import instant_text
from chassis.record import Consumer, Record
from chassis.store import Connection
from feedback.domain.events import CheckInCorrected, CheckInLogged


async def apply(connection: Connection, records: Sequence[Record]) -> None:
    rows = []
    for record in records:
        match record.event:
            case CheckInLogged() as e:
                rows.append(_row(e, 1, None, record))
            case CheckInCorrected() as e:
                rows.append(_row(e, e.corrects + 1, e.reason, record))
            case _:
                pass
    if rows:
        await connection.execute(
            """INSERT INTO check_in SELECT * FROM unnest($1::text[], $2::integer[], $3::text[],
                   $4::text[], $5::date[], $6::text[], $7::integer[], $8::text[]::jsonb[],
                   $9::text[], $10::timestamptz[], $11::bigint[])""",
            *zip(*rows, strict=True),
        )


CHECK_INS = Consumer(name="check-ins", version=1, source="own", apply=apply, tables=("check_in",))


def _row(
    e: CheckInLogged | CheckInCorrected, wording: int, reason: str | None, record: Record
) -> tuple[Any, ...]:
    goals = json.dumps([asdict(remark) for remark in e.goals])
    said = (e.held_on, e.note, e.confidence, goals, reason)
    return (e.checkin, wording, e.person, e.by, *said, record.recorded_at, record.position)


async def check_ins_of(
    connection: Connection, person: str, before: int | None, limit: int
) -> list[dict[str, Any]]:
    """The person's check-ins, last logged first, each with its earlier wordings; texts are sealed.

    `position` says where the check-in was first logged.
    """
    rows = await connection.fetch(
        """WITH page AS (
               SELECT checkin, position AS logged FROM check_in
               WHERE person = $1 AND wording = 1 AND ($2::bigint IS NULL OR position < $2)
               ORDER BY position DESC LIMIT $3)
           SELECT c.*, page.logged FROM check_in c JOIN page USING (checkin)
           ORDER BY page.logged DESC, c.wording DESC""",
        person,
        before,
        limit,
    )
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        entry = _plain(dict(row))
        if entry["checkin"] in found:
            found[entry["checkin"]]["earlier"].append(entry)
        else:
            found[entry["checkin"]] = {**entry, "earlier": []}
    return list(found.values())


async def last_check_in(connection: Connection, person: str) -> date | None:
    """The day of the person's latest check-in."""
    day: date | None = await connection.fetchval(
        "SELECT max(held_on) FROM check_in WHERE person = $1", person
    )
    return day


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **row,
        "position": row.pop("logged"),
        "held_on": row["held_on"].isoformat(),
        "goals": json.loads(row["goals"]),
        "recorded_at": instant_text(row["recorded_at"]),
    }
