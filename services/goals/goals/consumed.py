"""What goals hears from people: who has which job, what the jobs expect, and who may what."""

from collections.abc import Sequence
from datetime import date

import orjson
from pydantic import BaseModel

from chassis.access_feed import ACCESS
from chassis.record import Consumer, Record
from chassis.store import Connection
from goals.projections.jobs import keep_employments, keep_jobs


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
    job: str


async def apply(connection: Connection, records: Sequence[Record]) -> None:
    """Of several about the same job or the same first day, the last counts."""
    jobs = {r.event.job: r.event for r in records if isinstance(r.event, JobDescribed)}
    moves = {
        (r.event.person, r.event.effective_on): r.event.job
        for r in records
        if isinstance(r.event, AssignmentChanged)
    }
    described = [
        (j.job, j.job_version, j.title, _json(j.responsibilities), _json(j.competencies))
        for j in jobs.values()
    ]
    await keep_jobs(connection, described)
    await keep_employments(connection, [(*key, job) for key, job in moves.items()])


PEOPLE = Consumer(
    name="people",
    version=1,
    source="people",
    models={
        "people.JobDescribed": JobDescribed,
        "people.AssignmentChanged": AssignmentChanged,
    },
    apply=apply,
    tables=("job", "employment"),
)
CONSUMERS = (ACCESS, PEOPLE)


def _json(items: Sequence[BaseModel]) -> str:
    return orjson.dumps([item.model_dump() for item in items]).decode()
