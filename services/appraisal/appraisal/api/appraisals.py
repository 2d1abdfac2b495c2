"""Routes about appraisals: rate, share, hold the interview, acknowledge, reopen."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from appraisal.api.bodies import AcknowledgeBody, InterviewBody, RateBody, ReasonBody
from appraisal.domain import appraisal as appraisal_module
from appraisal.domain.commands import (
    Acknowledge,
    HoldInterview,
    Rate,
    RateSelf,
    Reopen,
    ShareResult,
)
from appraisal.domain.events import PersonId
from appraisal.projections.appraisals import (
    APPRAISALS,
    UNSHARED,
    appraisal_called,
    appraisals_of,
    due_from,
)
from appraisal.projections.heard import evidence_for, lines_of
from chassis.calls import Call, in_query, owner_of, permits
from chassis.execute import load_state
from chassis.problems import not_found
from chassis.store import Ref
from chassis.tokens import fresh
from chassis.values import Period

router = APIRouter(tags=["appraisals"])
Id = Annotated[str, Query(min_length=1, max_length=100)]


def _ref(call: Call, appraisal: UUID) -> Ref:
    assert call.subject is not None, "an appraisal's stream belongs to a person"
    return Ref("appraisal", appraisal, call.subject)


async def _period(call: Call, appraisal: UUID) -> Period:
    state = await load_state(call.store, appraisal_module, _ref(call, appraisal))
    if state.opened is None:
        raise not_found("appraisal")
    return Period(state.opened.period_start, state.opened.period_end)


@router.post("/appraisals/{appraisal}/rate-self")
async def rate_self(
    appraisal: UUID,
    body: RateBody,
    call: Annotated[Call, Depends(permits("rate_self", owner_of("appraisal")))],
) -> dict[str, Any]:
    """Rate yourself, line by line; it informs the manager and does not enter the score."""
    period = await _period(call, appraisal)
    async with call.store.pool.acquire() as connection:
        lines = await lines_of(connection, str(call.subject), period)
    command = RateSelf(body.lines(), body.comment, lines, PersonId(call.actor), call.at)
    return await call.execute(appraisal_module, _ref(call, appraisal), command)


@router.post("/appraisals/{appraisal}/rate")
async def rate(
    appraisal: UUID,
    body: RateBody,
    call: Annotated[Call, Depends(permits("rate", owner_of("appraisal")))],
) -> dict[str, Any]:
    """Rate the competencies; the score is computed from contract and readings as they are now."""
    period = await _period(call, appraisal)
    async with call.store.pool.acquire() as connection:
        evidence = await evidence_for(connection, str(call.subject), period)
    command = Rate(body.lines(), body.comment, evidence, PersonId(call.actor), call.at)
    return await call.execute(appraisal_module, _ref(call, appraisal), command)


@router.post("/appraisals/{appraisal}/share")
async def share_result(
    appraisal: UUID,
    call: Annotated[Call, Depends(permits("share_result", owner_of("appraisal")))],
) -> dict[str, Any]:
    """Show the employee their ratings and score."""
    command = ShareResult(PersonId(call.actor), call.at)
    return await call.execute(appraisal_module, _ref(call, appraisal), command)


@router.post("/appraisals/{appraisal}/hold-interview")
async def hold_interview(
    appraisal: UUID,
    body: InterviewBody,
    call: Annotated[Call, Depends(permits("hold_interview", owner_of("appraisal")))],
) -> dict[str, Any]:
    """Record the feedback interview; from now the employee's time to answer runs."""
    held_on = body.held_on or call.at.date()
    command = HoldInterview(held_on, body.agreed_points, PersonId(call.actor), call.at)
    return await call.execute(appraisal_module, _ref(call, appraisal), command)


@router.post("/appraisals/{appraisal}/acknowledge")
async def acknowledge(
    appraisal: UUID,
    body: AcknowledgeBody,
    call: Annotated[Call, Depends(permits("acknowledge", owner_of("appraisal")))],
) -> dict[str, Any]:
    """Accept the result, accept it with disagreement, or refuse it; then it is final."""
    command = Acknowledge(body.kind, body.comment, PersonId(call.actor), call.at)
    return await call.execute(appraisal_module, _ref(call, appraisal), command)


@router.post("/appraisals/{appraisal}/reopen")
async def reopen(
    appraisal: UUID,
    body: ReasonBody,
    call: Annotated[Call, Depends(permits("reopen", owner_of("appraisal")))],
) -> dict[str, Any]:
    """Reopen a final result as its next revision; what depends on it is suspended."""
    command = Reopen(body.reason, PersonId(call.actor), call.at)
    return await call.execute(appraisal_module, _ref(call, appraisal), command)


def seen_by(call: Call, row: dict[str, Any]) -> dict[str, Any]:
    """The appraisal as the reader may see it: one's own result only once it is shared."""
    if call.actor != row["person"] or row["shared"]:
        return row
    return {**row, **dict.fromkeys(UNSHARED)}


@router.get("/appraisals", dependencies=[Depends(fresh(APPRAISALS))])
async def list_appraisals(
    call: Annotated[Call, Depends(permits("read_appraisal", in_query("person")))], person: Id
) -> dict[str, Any]:
    """A person's appraisals, the latest period first."""
    async with call.store.pool.acquire() as connection:
        rows = await appraisals_of(connection, person)
    return {"items": await call.opened([seen_by(call, row) for row in rows])}


@router.get("/appraisals/{appraisal}", dependencies=[Depends(fresh(APPRAISALS))])
async def show_appraisal(
    appraisal: UUID,
    call: Annotated[Call, Depends(permits("read_appraisal", owner_of("appraisal")))],
) -> dict[str, Any]:
    """One appraisal with its ratings, score sheet, steps taken for others, and earlier results."""
    async with call.store.pool.acquire() as connection:
        row = await appraisal_called(connection, appraisal)
    if row is None:
        raise not_found("appraisal")
    results = await call.fetch(
        """SELECT revision, score::text, rating, answer, finalised_at FROM result
           WHERE appraisal = $1 ORDER BY revision""",
        appraisal,
    )
    advanced = await call.fetch(
        "SELECT step, by, reason, at FROM advanced WHERE appraisal = $1 ORDER BY at", appraisal
    )
    shown = {**seen_by(call, row), "results": results, "advanced": advanced}
    return await call.opened(shown)


_TASKS = {
    "open": ("rate_self", "Rate yourself", "self_due"),
    "rating": ("rate", "Rate", "manager_due"),
    "rated": ("share_result", "Share the result", "manager_due"),
    "shared": ("hold_interview", "Hold the feedback interview", "interview_due"),
    "interviewed": ("acknowledge", "Say whether you accept the result", "answer_due"),
}


@router.get("/todo", dependencies=[Depends(fresh(APPRAISALS))])
async def todo(
    call: Annotated[Call, Depends(permits("read_todo", in_query("person")))], person: Id
) -> dict[str, Any]:
    """What waits for the person, as employee and as manager."""
    async with call.store.pool.acquire() as connection:
        rows = await due_from(connection, person)
    return {"items": [_task(row, person) for row in rows]}


def _task(row: dict[str, Any], person: str) -> dict[str, Any]:
    what, title, due = _TASKS[row["status"]]
    return {
        "person": person,
        "what": what,
        "title": f"{title} ({row['cycle']})",
        "due": row[due],
        "stream": row["appraisal"],
        "command": f"appraisal.{what}",
        "about": row["person"],
        "arguments": {"appraisal": row["appraisal"]},
    }
