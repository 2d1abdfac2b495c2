"""Routes about progress: readings and their corrections."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends

from chassis.calls import Call, in_path, permits
from chassis.execute import load_state
from chassis.ids import derived_id, stream_id
from chassis.store import Ref
from chassis.tokens import fresh
from goals.api.bodies import CorrectionBody, ReadingBody
from goals.api.plans import Period, plan_ref
from goals.domain import plan as plan_module
from goals.domain import progress as progress_module
from goals.domain.commands import Agreed, CorrectProgress, RecordProgress
from goals.domain.events import GoalId, PersonId, PlanId, ReadingId
from goals.projections.contracts import agreed_on
from goals.projections.readings import READINGS, readings_of

router = APIRouter(tags=["progress"])
Record = Annotated[Call, Depends(permits("record_progress", in_path("person")))]


def _progress_ref(person: str, plan: UUID) -> Ref:
    return Ref("progress", stream_id("progress", plan), person)


def _new_reading(call: Call, plan: UUID) -> ReadingId:
    """Follows from the idempotency key, so that a repeat names the same reading."""
    return ReadingId(str(derived_id(plan, f"{call.actor} {call.context.key}")))


async def _agreed(call: Call, person: str, period: str, day: date) -> Agreed | None:
    """The contract as it is this moment, and the goals of the revision that counted on the day."""
    ref = plan_ref(person, period)
    contract = (await load_state(call.store, plan_module, ref)).contract
    if contract is None:
        return None
    async with call.store.pool.acquire() as connection:
        earlier = await agreed_on(connection, ref.id, day)
    goals = {line.goal for line in contract.content.goals}
    return Agreed(
        frozenset(goals | (earlier.goals if earlier else set())),
        contract.period_start,
        contract.period_end,
    )


@router.post("/plans/{person}/{period}/readings")
async def record_progress(
    person: str, period: Period, body: ReadingBody, call: Record
) -> dict[str, Any]:
    """Record a reading of a goal of the contract."""
    plan = plan_ref(person, period).id
    command = RecordProgress(
        reading=_new_reading(call, plan),
        plan=PlanId(str(plan)),
        person=PersonId(person),
        agreed=await _agreed(call, person, period, body.as_of),
        goal=GoalId(body.goal),
        value=body.value,
        as_of=body.as_of,
        source=body.source,
        note=body.note,
        by=PersonId(call.actor),
        at=call.at,
    )
    answer = await call.execute(progress_module, _progress_ref(person, plan), command)
    return {**answer, "reading": command.reading}


@router.post("/plans/{person}/{period}/readings/{reading}/correct")
async def correct_progress(
    person: str, period: Period, reading: UUID, body: CorrectionBody, call: Record
) -> dict[str, Any]:
    """Put another reading in the place of an earlier one, which stays readable."""
    plan = plan_ref(person, period).id
    command = CorrectProgress(
        reading=_new_reading(call, plan),
        corrects=ReadingId(str(reading)),
        plan=PlanId(str(plan)),
        person=PersonId(person),
        agreed=await _agreed(call, person, period, body.as_of),
        value=body.value,
        as_of=body.as_of,
        reason=body.reason,
        by=PersonId(call.actor),
        at=call.at,
    )
    answer = await call.execute(progress_module, _progress_ref(person, plan), command)
    return {**answer, "reading": command.reading}


@router.get("/readings/{person}", dependencies=[Depends(fresh(READINGS))])
async def show_readings(
    person: str, call: Annotated[Call, Depends(permits("read_progress", in_path("person")))]
) -> dict[str, Any]:
    """All readings; one that was corrected names the reading that stands in for it."""
    async with call.store.pool.acquire() as connection:
        return {"items": await call.opened(await readings_of(connection, person))}
