"""Routes about job descriptions."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from chassis.calls import Call, nobody, permits
from chassis.ids import stream_id
from chassis.problems import not_found
from chassis.store import Ref
from chassis.tokens import Page, fresh, paging
from people.domain import job as job_module
from people.domain.commands import DescribeJob
from people.domain.events import ExpectedCompetency, JobCode, Responsibility
from people.projections.jobs import JOBS, job_described, jobs_after

router = APIRouter(tags=["jobs"])

Code = Annotated[str, Field(min_length=1, max_length=64)]
Words = Annotated[str, Field(min_length=1, max_length=500)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ResponsibilityBody(Strict):
    code: Code
    text: Words


class CompetencyBody(Strict):
    code: Code
    name: Words
    expected_level: Annotated[int, Field(ge=1, le=9)]


class JobBody(Strict):
    title: Annotated[str, Field(min_length=1, max_length=200)]
    grade: Code
    responsibilities: Annotated[tuple[ResponsibilityBody, ...], Field(max_length=50)] = ()
    competencies: Annotated[tuple[CompetencyBody, ...], Field(max_length=50)] = ()


@router.put("/jobs/{job}")
async def describe_job(
    job: str,
    body: JobBody,
    call: Annotated[Call, Depends(permits("describe_job", nobody))],
) -> dict[str, Any]:
    """Record what the job answers for; a change is the next version, the same again nothing."""
    stream = stream_id("job", job)
    command = DescribeJob(
        job=JobCode(job),
        title=body.title,
        grade=body.grade,
        responsibilities=tuple(Responsibility(r.code, r.text) for r in body.responsibilities),
        competencies=tuple(
            ExpectedCompetency(c.code, c.name, c.expected_level) for c in body.competencies
        ),
        by=call.actor,
        at=call.at,
    )
    return await call.execute(job_module, Ref("job", stream, str(stream)), command)


@router.get("/jobs", dependencies=[Depends(fresh(JOBS))])
async def list_jobs(
    call: Annotated[Call, Depends(permits("read_job", nobody))],
    page: Annotated[Page, Depends(paging)],
) -> dict[str, Any]:
    """The jobs by code, in their current version."""
    (after,) = page.start(1)
    async with call.store.pool.acquire() as connection:
        return page.answer(await jobs_after(connection, after, page.limit + 1), "job")


@router.get("/jobs/{job}", dependencies=[Depends(fresh(JOBS))])
async def show_job(
    job: str, call: Annotated[Call, Depends(permits("read_job", nobody))]
) -> dict[str, Any]:
    """The current description with responsibilities and expected competencies."""
    async with call.store.pool.acquire() as connection:
        found = await job_described(connection, job)
    if found is None:
        raise not_found("job")
    return found
