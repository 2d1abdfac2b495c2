"""Routes about plans: put on the table, counter, sign, withdraw, amend."""

import secrets
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path

from chassis.calls import Call, in_path, permits
from chassis.ids import stream_id
from chassis.problems import unavailable
from chassis.store import Ref, load
from chassis.tokens import fresh
from goals.api.bodies import AmendmentBody, ContentBody, PlanBody, ReasonBody, SignBody
from goals.domain import plan as plan_module
from goals.domain.commands import (
    CounterPlan,
    Offer,
    PlanCommand,
    ProposeAmendment,
    ProposePlan,
    RejectAmendment,
    SignAmendment,
    SignPlan,
    WithdrawPlan,
)
from goals.domain.events import AmendmentProposed, PersonId, PlanCountered, PlanId, PlanProposed
from goals.projections.jobs import job_on, manager_at
from goals.projections.objectives import objective_codes
from goals.projections.plans import PLANS, plans_of

router = APIRouter(tags=["plans"])

Period = Annotated[str, Path(min_length=1, max_length=40, description="A name such as 2026.")]
Negotiate = Annotated[Call, Depends(permits("negotiate_plan", in_path("person")))]


def plan_ref(person: str, period: str) -> Ref:
    """One plan a person and period: its id follows from the two."""
    return Ref("plan", stream_id("plan", person, period), person)


@router.post("/plans/{person}/{period}/propose")
async def propose_plan(
    person: str, period: Period, body: PlanBody, call: Negotiate
) -> dict[str, Any]:
    """Put a plan on the table; the answer names the hash that both have to sign."""
    ref, offer = plan_ref(person, period), await _offer(call, person, body)
    plan = PlanId(str(ref.id))
    command = ProposePlan(plan, period, body.period_start, body.period_end, offer)
    return await _put_on_table(call, ref, command)


@router.post("/plans/{person}/{period}/counter")
async def counter_plan(
    person: str, period: Period, body: PlanBody, call: Negotiate
) -> dict[str, Any]:
    """Put other content on the table; earlier signatures no longer count."""
    offer = await _offer(call, person, body)
    command = CounterPlan(body.period_start, body.period_end, offer)
    return await _put_on_table(call, plan_ref(person, period), command)


@router.post("/plans/{person}/{period}/sign")
async def sign_plan(person: str, period: Period, body: SignBody, call: Negotiate) -> dict[str, Any]:
    """Sign what is on the table; the second signature issues the performance contract."""
    manager = await _manager(call, person)
    command = SignPlan(manager, body.content_hash, PersonId(call.actor), call.at)
    return await call.execute(plan_module, plan_ref(person, period), command)


@router.post("/plans/{person}/{period}/withdraw")
async def withdraw_plan(
    person: str, period: Period, body: ReasonBody, call: Negotiate
) -> dict[str, Any]:
    """Take the proposal from the table."""
    manager = await _manager(call, person)
    command = WithdrawPlan(manager, body.reason, PersonId(call.actor), call.at)
    return await call.execute(plan_module, plan_ref(person, period), command)


@router.post("/plans/{person}/{period}/amend")
async def propose_amendment(
    person: str, period: Period, body: AmendmentBody, call: Negotiate
) -> dict[str, Any]:
    """Propose other content for a contract, from a day of its period on and with the reason."""
    offer = await _offer(call, person, body)
    command = ProposeAmendment(body.effective_on, body.reason, offer)
    return await _put_on_table(call, plan_ref(person, period), command)


@router.post("/plans/{person}/{period}/sign-amendment")
async def sign_amendment(
    person: str, period: Period, body: SignBody, call: Negotiate
) -> dict[str, Any]:
    """Accept the amendment; it counts once both have."""
    manager = await _manager(call, person)
    command = SignAmendment(manager, body.content_hash, PersonId(call.actor), call.at)
    return await call.execute(plan_module, plan_ref(person, period), command)


@router.post("/plans/{person}/{period}/reject-amendment")
async def reject_amendment(
    person: str, period: Period, body: ReasonBody, call: Negotiate
) -> dict[str, Any]:
    """Refuse the amendment, or take it back; the contract stays as it is."""
    manager = await _manager(call, person)
    command = RejectAmendment(manager, body.reason, PersonId(call.actor), call.at)
    return await call.execute(plan_module, plan_ref(person, period), command)


@router.get("/plans/{person}", dependencies=[Depends(fresh(PLANS))])
async def show_plans(
    person: str, call: Annotated[Call, Depends(permits("read_plans", in_path("person")))]
) -> dict[str, Any]:
    """The person's plans with what is on the table, its hash, and whose signature is missing."""
    async with call.store.pool.acquire() as connection:
        return {"items": await call.opened(await plans_of(connection, person))}


async def _manager(call: Call, person: str) -> PersonId | None:
    async with call.store.pool.acquire() as connection:
        return await manager_at(connection, person, call.at)


async def _offer(call: Call, person: str, body: ContentBody) -> Offer:
    """The content with what it is checked against at this moment."""
    async with call.store.pool.acquire() as connection:
        job = await job_on(connection, person, call.at.date())
        manager = await manager_at(connection, person, call.at)
        objectives = await objective_codes(connection)
    if job is None:
        raise unavailable("Not heard of yet", "The description of this job is not known yet.")
    return Offer(
        person=PersonId(person),
        manager=manager,
        job=job,
        objectives=objectives,
        content=body.content(secrets.token_hex(16)),
        by=PersonId(call.actor),
        at=call.at,
    )


async def _put_on_table(call: Call, ref: Ref, command: PlanCommand) -> dict[str, Any]:
    """The answer names the hash as it was stored: a repeat brings another salt along."""
    answer = await call.execute(plan_module, ref, command)
    async with call.store.pool.acquire() as connection:
        history = (await load(call.store, connection, ref.id)).events
    told = history[: answer["streams"][0]["version"]]
    offers = (PlanProposed, PlanCountered, AmendmentProposed)
    offered = next(event for event in reversed(told) if isinstance(event, offers))
    return {**answer, "plan": offered.plan, "content_hash": offered.content_hash}
