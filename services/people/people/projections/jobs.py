"""The read model of job descriptions: the current version of each."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from chassis.record import Consumer, Record
from chassis.store import Connection
from people.domain.events import JobDescribed


async def apply(connection: Connection, records: Sequence[Record]) -> None:
    jobs = {r.event.job: r.event for r in records if isinstance(r.event, JobDescribed)}
    if not jobs:
        return
    rows = [
        (
            event.job,
            event.job_version,
            event.title,
            event.grade,
            json.dumps([asdict(part) for part in event.responsibilities]),
            json.dumps([asdict(part) for part in event.competencies]),
        )
        for event in jobs.values()
    ]
    await connection.execute(
        """INSERT INTO job SELECT * FROM unnest($1::text[], $2::integer[], $3::text[], $4::text[],
               $5::text[]::jsonb[], $6::text[]::jsonb[])
           ON CONFLICT (job) DO UPDATE SET job_version = excluded.job_version,
               title = excluded.title, grade = excluded.grade,
               responsibilities = excluded.responsibilities,
               competencies = excluded.competencies""",
        *zip(*rows, strict=True),
    )


JOBS = Consumer(name="jobs", version=1, source="own", apply=apply, tables=("job",))


async def jobs_after(connection: Connection, after: str | None, limit: int) -> list[dict[str, Any]]:
    rows = await connection.fetch(
        """SELECT job, job_version, title, grade FROM job
           WHERE $1::text IS NULL OR job > $1 ORDER BY job LIMIT $2""",
        after,
        limit,
    )
    return [dict(row) for row in rows]


async def job_described(connection: Connection, job: str) -> dict[str, Any] | None:
    row = await connection.fetchrow("SELECT * FROM job WHERE job = $1", job)
    return None if row is None else _whole(dict(row))


def _whole(row: dict[str, Any]) -> dict[str, Any]:
    parts = {name: json.loads(row[name]) for name in ("responsibilities", "competencies")}
    return {**row, **parts}
