"""The read model of objectives."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from chassis.record import Consumer, Record
from chassis.store import Connection
from goals.domain.events import ObjectiveSet


async def apply(connection: Connection, records: Sequence[Record]) -> None:
    latest = {r.event.objective: r.event for r in records if isinstance(r.event, ObjectiveSet)}
    if not latest:
        return
    rows = [
        (o.objective, o.title, o.theme, o.unit, o.parent, o.period_start, o.period_end)
        for o in latest.values()
    ]
    await connection.execute(
        """INSERT INTO objective SELECT * FROM unnest($1::text[], $2::text[], $3::text[],
               $4::text[], $5::text[], $6::date[], $7::date[])
           ON CONFLICT (objective) DO UPDATE SET title = excluded.title, theme = excluded.theme,
               unit = excluded.unit, parent = excluded.parent,
               period_start = excluded.period_start, period_end = excluded.period_end""",
        *zip(*rows, strict=True),
    )


OBJECTIVES = Consumer(
    name="objectives", version=1, source="own", apply=apply, tables=("objective",)
)


async def objective_codes(connection: Connection) -> frozenset[str]:
    return frozenset(
        r["objective"] for r in await connection.fetch("SELECT objective FROM objective")
    )


async def period_on(connection: Connection, day: date) -> tuple[date, date] | None:
    """The period of most objectives that hold on the day."""
    row = await connection.fetchrow(
        """SELECT period_start, period_end FROM objective
           WHERE $1 BETWEEN period_start AND period_end GROUP BY period_start, period_end
           ORDER BY count(*) DESC, period_start LIMIT 1""",
        day,
    )
    return (row["period_start"], row["period_end"]) if row else None


async def objectives_after(
    connection: Connection, after: str | None, limit: int
) -> list[dict[str, Any]]:
    rows = await connection.fetch(
        """SELECT objective, title, theme, unit, parent, period_start::text, period_end::text
           FROM objective WHERE $1::text IS NULL OR objective > $1 ORDER BY objective LIMIT $2""",
        after,
        limit,
    )
    return [dict(row) for row in rows]
