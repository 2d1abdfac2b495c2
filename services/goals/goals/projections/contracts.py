"""The read model of contracts: every revision that was ever in force, with its signed text."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson

from chassis.record import Consumer, Record
from chassis.store import Connection
from goals.domain.commands import Agreed
from goals.domain.events import ContractAmended, ContractIssued, GoalId
from goals.projections.plans import content_text


async def apply(connection: Connection, records: Sequence[Record]) -> None:
    rows = [
        _row(r, r.event) for r in records if isinstance(r.event, ContractIssued | ContractAmended)
    ]
    if rows:
        await connection.executemany(
            f"INSERT INTO contract VALUES ({', '.join(f'${n}' for n in range(1, 19))})", rows
        )


CONTRACTS = Consumer(name="contracts", version=1, source="own", apply=apply, tables=("contract",))


def _row(record: Record, e: ContractIssued | ContractAmended) -> tuple[Any, ...]:
    amended = e if isinstance(e, ContractAmended) else None
    return (
        UUID(e.plan),
        e.revision,
        e.person,
        e.manager,
        e.period,
        e.period_start,
        e.period_end,
        amended.effective_on if amended else e.period_start,
        e.job,
        e.job_version,
        content_text(e.content),
        e.content_hash,
        amended.previous_hash if amended else None,
        amended.reason if amended else None,
        e.employee_signed_at,
        e.manager_signed_at,
        record.recorded_at,
        record.position,
    )


async def revisions_of(
    connection: Connection, person: str, period: str | None, known_at: datetime
) -> list[dict[str, Any]]:
    """Every revision known at that instant, newest period and revision first."""
    rows = await connection.fetch(
        """SELECT plan::text, revision, person, manager, period, period_start, period_end,
                  effective_on, job, job_version, content, content_hash, previous_hash, reason,
                  employee_signed_at, manager_signed_at, recorded_at, position
           FROM contract WHERE person = $1 AND recorded_at <= $2
               AND ($3::text IS NULL OR period = $3)
           ORDER BY period_start DESC, plan, revision DESC""",
        person,
        known_at,
        period,
    )
    return [{**row, "content": orjson.loads(row["content"])} for row in rows]


async def agreed_on(connection: Connection, plan: UUID, day: date) -> Agreed | None:
    """What the plan's contract says about readings of that day: the goals of its revision then."""
    rows = await connection.fetch(
        """SELECT content, period_start, period_end, effective_on FROM contract
           WHERE plan = $1 ORDER BY revision DESC""",
        plan,
    )
    if not rows:
        return None
    row = next((r for r in rows if r["effective_on"] <= day), rows[-1])
    goals = frozenset(GoalId(line["goal"]) for line in orjson.loads(row["content"])["goals"])
    return Agreed(goals, row["period_start"], row["period_end"])
