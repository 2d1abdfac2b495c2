"""The read model that projections and consumers are measured with: points added up per goal."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
from pydantic import BaseModel

from chassis.record import Record
from chassis.settings import Settings
from chassis.store import Connection

Report = tuple[UUID, str, int, datetime]

_ADD = """INSERT INTO goal_points
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::int[], $4::bigint[], $5::timestamptz[])
    ON CONFLICT (goal) DO UPDATE SET reports = goal_points.reports + excluded.reports,
        points = goal_points.points + excluded.points,
        last_reported = greatest(goal_points.last_reported, excluded.last_reported)"""


class Reported(BaseModel):
    """What a consumer in another service reads of the event."""

    person: str
    goal: UUID
    points: int


async def add(connection: Connection, reports: Iterable[Report]) -> None:
    """Grouped here, one statement for the batch."""
    found: dict[UUID, tuple[str, int, int, datetime]] = {}
    for goal, person, points, at in reports:
        _, count, total, last = found.get(goal, (person, 0, 0, at))
        found[goal] = person, count + 1, total + points, max(last, at)
    columns = zip(*found.values(), strict=True)
    await connection.execute(_ADD, list(found), *map(list, columns))


async def apply(connection: Connection, records: Sequence[Record]) -> None:
    await add(
        connection, [(r.event.goal, r.event.person, r.event.points, r.recorded_at) for r in records]
    )


async def clear(settings: Settings, statements: str) -> None:
    """As the owner of the tables: what the service's role may not do."""
    connection = await asyncpg.connect(settings.dsn(settings.database("measured")))
    try:
        await connection.execute("TRUNCATE goal_points; " + statements)
    finally:
        await connection.close()


async def counted(connection: Connection) -> int:
    found = await connection.fetchval("SELECT coalesce(sum(reports), 0) FROM goal_points")
    return int(found)
