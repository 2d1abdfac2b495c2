"""The read model of jobs: what each expects, who has which and who manages whom, as heard."""

from collections.abc import Sequence
from datetime import date, datetime

import orjson

from chassis.store import Connection
from goals.domain.commands import Job
from goals.domain.events import PersonId

JobRow = tuple[str, int, str, str, str]
EmploymentRow = tuple[str, date, str]


async def keep_jobs(connection: Connection, rows: Sequence[JobRow]) -> None:
    """Rows of job, version, title, and the responsibilities and competencies as JSON."""
    await connection.executemany(
        """INSERT INTO job VALUES ($1, $2, $3, $4, $5) ON CONFLICT (job) DO UPDATE SET
               job_version = $2, title = $3, responsibilities = $4, competencies = $5""",
        rows,
    )


async def keep_employments(connection: Connection, rows: Sequence[EmploymentRow]) -> None:
    """Rows of person, first day and job."""
    await connection.executemany(
        """INSERT INTO employment VALUES ($1, $2, $3)
           ON CONFLICT (person, effective_on) DO UPDATE SET job = $3""",
        rows,
    )


async def manager_at(connection: Connection, person: str, at: datetime) -> PersonId | None:
    """Who manages the person at that instant, by the same facts that access goes by."""
    manager = await connection.fetchval("SELECT manager FROM assignment_at($1, $2)", person, at)
    return PersonId(manager) if manager else None


async def job_on(connection: Connection, person: str, day: date) -> Job | None:
    """The job description of the person's job on that day; None while it was not heard of."""
    row = await connection.fetchrow(
        """SELECT j.job, j.job_version, j.responsibilities, j.competencies
           FROM (SELECT job FROM employment WHERE person = $1 AND effective_on <= $2
                 ORDER BY effective_on DESC LIMIT 1) e JOIN job j USING (job)""",
        person,
        day,
    )
    if row is None:
        return None
    return Job(
        job=row["job"],
        job_version=row["job_version"],
        responsibilities=frozenset(r["code"] for r in orjson.loads(row["responsibilities"])),
        competencies=frozenset(
            (c["code"], c["expected_level"]) for c in orjson.loads(row["competencies"])
        ),
    )


async def first_days(connection: Connection, persons: Sequence[str]) -> dict[str, date]:
    """When each of the persons began."""
    rows = await connection.fetch(
        """SELECT person, min(effective_on) AS began FROM employment WHERE person = ANY ($1)
           GROUP BY person""",
        list(persons),
    )
    return {row["person"]: row["began"] for row in rows}
