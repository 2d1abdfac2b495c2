"""What goals hears from people: who works for whom in which job, and what the jobs expect."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import orjson
from pydantic import BaseModel

from chassis.access_feed import ACCESS
from chassis.record import Consumer, Record
from chassis.store import Connection
from goals.domain.commands import Job
from goals.domain.events import PersonId


class Responsibility(BaseModel):
    code: str
    text: str


class Competency(BaseModel):
    code: str
    name: str
    expected_level: int


class JobDescribed(BaseModel):
    job: str
    job_version: int
    title: str
    responsibilities: tuple[Responsibility, ...]
    competencies: tuple[Competency, ...]


class AssignmentChanged(BaseModel):
    person: str
    effective_on: date
    manager: str | None
    job: str


async def apply(connection: Connection, records: Sequence[Record]) -> None:
    jobs = {r.event.job: r.event for r in records if isinstance(r.event, JobDescribed)}
    moves = {
        (r.event.person, r.event.effective_on): r.event
        for r in records
        if isinstance(r.event, AssignmentChanged)
    }
    await connection.executemany(
        """INSERT INTO job VALUES ($1, $2, $3, $4, $5) ON CONFLICT (job) DO UPDATE SET
               job_version = $2, title = $3, responsibilities = $4, competencies = $5""",
        [
            (j.job, j.job_version, j.title, _json(j.responsibilities), _json(j.competencies))
            for j in jobs.values()
        ],
    )
    await connection.executemany(
        """INSERT INTO employment VALUES ($1, $2, $3, $4)
           ON CONFLICT (person, effective_on) DO UPDATE SET manager = $3, job = $4""",
        [(m.person, m.effective_on, m.manager, m.job) for m in moves.values()],
    )


PEOPLE = Consumer(
    name="people",
    version=1,
    source="people",
    models={
        "people.JobDescribed": JobDescribed,
        "people.AssignmentChanged": AssignmentChanged,
    },
    apply=apply,
)
CONSUMERS = (ACCESS, PEOPLE)


def _json(items: Sequence[BaseModel]) -> str:
    return orjson.dumps([item.model_dump() for item in items]).decode()


async def manager_on(connection: Connection, person: str, day: date) -> PersonId | None:
    """Who manages the person on that day, as heard so far."""
    manager = await connection.fetchval(
        """SELECT manager FROM employment WHERE person = $1 AND effective_on <= $2
           ORDER BY effective_on DESC LIMIT 1""",
        person,
        day,
    )
    return PersonId(manager) if manager else None


async def job_on(connection: Connection, person: str, day: date) -> Job | None:
    """The job description of the person's job on that day; None while it was not heard of."""
    row = await connection.fetchrow(
        """SELECT j.job, j.job_version, j.responsibilities, j.competencies
           FROM employment e JOIN job j ON j.job = e.job
           WHERE e.person = $1 AND e.effective_on <= $2 ORDER BY e.effective_on DESC LIMIT 1""",
        person,
        day,
    )
    if row is None:
        return None
    competencies: list[dict[str, Any]] = orjson.loads(row["competencies"])
    return Job(
        job=row["job"],
        job_version=row["job_version"],
        responsibilities=frozenset(r["code"] for r in orjson.loads(row["responsibilities"])),
        competencies=frozenset((c["code"], c["expected_level"]) for c in competencies),
    )
