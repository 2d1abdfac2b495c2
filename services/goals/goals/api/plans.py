"""Routes about plans: put on the table, counter, sign, amend; and the contract that comes of it."""

import secrets
from datetime import date, datetime, timedelta
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Path, Query
from pydantic import AwareDatetime

from chassis.calls import Call, in_path, in_query, permits
from chassis.ids import stream_id
from chassis.problems import not_found, unavailable
from chassis.store import Ref
from chassis.tokens import fresh
from goals.api.bodies import AmendmentBody, PlanBody, ReasonBody, SignBody
from goals.consumed import job_on, manager_on
from goals.domain import plan as plan_module
from goals.domain.commands import (
    CounterPlan,
    Offer,
    ProposeAmendment,
    ProposePlan,
    RejectAmendment,
    SignAmendment,
    SignPlan,
    WithdrawPlan,
)
from goals.domain.content import content_hash
from goals.domain.events import PersonId, PlanContent, PlanId
from goals.projections.contracts import CONTRACTS, revisions_of
from goals.projections.objectives import objective_codes
from goals.projections.plans import PLANS, plans_of, unsigned

router = APIRouter(tags=["plans"])

DUE = timedelta(days=30)  # from the first day of the period: the practice of the field
Period = Annotated[str, Path(min_length=1, max_length=40, description="A name such as 2026.")]
Negotiate = Annotated[Call, Depends(permits("negotiate_plan", in_path("person")))]


def plan_ref(person: str, period: str) -> Ref:
    """One plan a person and period: its id follows from the two."""
    return Ref("plan", stream_id("plan", person, period), person)


async def _offer(call: Call, person: str, period: str, body: PlanBody) -> Offer:
    """The content with what it is checked against on this day."""
    today = call.at.date()
    async with call.store.pool.acquire() as connection:
        job = await job_on(connection, person, today)
        if job is None:
            raise unavailable("Not heard of yet", "The description of this job is not known yet.")
        manager = await manager_on(connection, person, today)
        objectives = await objective_codes(connection)
    return Offer(
        plan=PlanId(str(plan_ref(person, period).id)),
        person=PersonId(person),
        manager=manager,
        period_start=body.period_start,
        period_end=body.period_end,
        job=job,
        objectives=objectives,
        content=body.content(secrets.token_hex(16)),
        by=PersonId(call.actor),
        at=call.at,
    )


async def _manager(call: Call, person: str) -> PersonId | None:
    async with call.store.pool.acquire() as connection:
        return await manager_on(connection, person, call.at.date())


@router.post("/plans/{person}/{period}/propose")
async def propose_plan(
    person: str, period: Period, body: PlanBody, call: Negotiate
) -> dict[str, Any]:
    """Put a plan on the table; the answer names the hash that both have to sign."""
    offer = await _offer(call, person, period, body)
    answer = await call.execute(plan_module, plan_ref(person, period), ProposePlan(offer))
    return {**answer, "plan": offer.plan}


@router.post("/plans/{person}/{period}/counter")
async def counter_plan(
    person: str, period: Period, body: PlanBody, call: Negotiate
) -> dict[str, Any]:
    """Put other content on the table; earlier signatures no longer count."""
    offer = await _offer(call, person, period, body)
    answer = await call.execute(plan_module, plan_ref(person, period), CounterPlan(offer))
    return {**answer, "plan": offer.plan}


@router.post("/plans/{person}/{period}/sign")
async def sign_plan(person: str, period: Period, body: SignBody, call: Negotiate) -> dict[str, Any]:
    """Sign what is on the table; the second signature issues the performance contract."""
    command = SignPlan(
        await _manager(call, person), body.content_hash, PersonId(call.actor), call.at
    )
    return await call.execute(plan_module, plan_ref(person, period), command)


@router.post("/plans/{person}/{period}/withdraw")
async def withdraw_plan(
    person: str, period: Period, body: ReasonBody, call: Negotiate
) -> dict[str, Any]:
    """Take the proposal from the table."""
    command = WithdrawPlan(await _manager(call, person), body.reason, PersonId(call.actor), call.at)
    return await call.execute(plan_module, plan_ref(person, period), command)


@router.post("/plans/{person}/{period}/amend")
async def propose_amendment(
    person: str, period: Period, body: AmendmentBody, call: Negotiate
) -> dict[str, Any]:
    """Propose other content for an agreed contract, from a day on and with the reason."""
    offer = await _offer(call, person, period, body)
    command = ProposeAmendment(offer, body.effective_on, body.reason)
    return await call.execute(plan_module, plan_ref(person, period), command)


@router.post("/plans/{person}/{period}/sign-amendment")
async def sign_amendment(
    person: str, period: Period, body: SignBody, call: Negotiate
) -> dict[str, Any]:
    """Accept the amendment; it counts once both have."""
    command = SignAmendment(
        await _manager(call, person), body.content_hash, PersonId(call.actor), call.at
    )
    return await call.execute(plan_module, plan_ref(person, period), command)


@router.post("/plans/{person}/{period}/reject-amendment")
async def reject_amendment(
    person: str, period: Period, body: ReasonBody, call: Negotiate
) -> dict[str, Any]:
    """Refuse the amendment; the contract stays as it is."""
    command = RejectAmendment(
        await _manager(call, person), body.reason, PersonId(call.actor), call.at
    )
    return await call.execute(plan_module, plan_ref(person, period), command)


@router.get("/plans/{person}", dependencies=[Depends(fresh(PLANS))])
async def show_plans(
    person: str, call: Annotated[Call, Depends(permits("read_plans", in_path("person")))]
) -> dict[str, Any]:
    """The person's plans with what is on the table, its hash, and whose signature is missing."""
    async with call.store.pool.acquire() as connection:
        return {"items": await call.opened(await plans_of(connection, person))}


@router.get("/contracts/{person}", dependencies=[Depends(fresh(CONTRACTS))])
async def show_contract(
    person: str,
    call: Annotated[Call, Depends(permits("read_contract", in_path("person")))],
    on: Annotated[date | None, Query(description="A day; default today.")] = None,
    as_of: Annotated[AwareDatetime | None, Query(description="What was known then.")] = None,
) -> dict[str, Any]:
    """The contract for a day in the revision that counts then, its signed text and its revisions.

    `hash_matches` says whether the text that is shown is the one that was signed.
    """
    async with call.store.pool.acquire() as connection:
        revisions = await revisions_of(connection, person, as_of or call.at)
    found = _in_force(revisions, on or call.at.date())
    if found is None:
        raise not_found("contract")
    shown: dict[str, Any] = await call.opened(found)
    content = msgspec.convert(shown["content"], PlanContent, strict=False)
    matches = content_hash(content) == shown["content_hash"]
    known = [
        {key: r[key] for key in ("plan", "revision", "effective_on", "content_hash")}
        for r in revisions
    ]
    return {**shown, "hash_matches": matches, "revisions": known}


def _in_force(revisions: list[dict[str, Any]], day: date) -> dict[str, Any] | None:
    """The revision that counts on the day, else the newest that there is."""
    text = day.isoformat()
    counting = (r for r in revisions if r["effective_on"] <= text <= r["period_end"])
    return next(counting, revisions[0] if revisions else None)


@router.get("/todo", dependencies=[Depends(fresh(PLANS))])
async def todo(
    call: Annotated[Call, Depends(permits("read_todo", in_query("person")))],
    person: Annotated[str, Query(min_length=1, max_length=100)],
) -> dict[str, Any]:
    """What the person has to sign: their own plan, and those of the people they manage now."""
    async with call.store.pool.acquire() as connection:
        reports = await connection.fetch(
            """SELECT DISTINCT person FROM employment e WHERE manager = $1 AND effective_on = (
                   SELECT max(effective_on) FROM employment l
                   WHERE l.person = e.person AND l.effective_on <= $2)""",
            person,
            call.at.date(),
        )
        plans = await unsigned(connection, [person, *(row["person"] for row in reports)])
    items = [_task(plan, person) for plan in plans if _is_due_from(plan, person)]
    return {"items": items}


def _is_due_from(plan: dict[str, Any], person: str) -> bool:
    return not plan["employee_signed" if plan["person"] == person else "manager_signed"]


def _task(plan: dict[str, Any], person: str) -> dict[str, Any]:
    amendment = plan["status"] == "amended"
    begins = datetime.fromisoformat(plan["period_start"]).date()
    what = "sign_amendment" if amendment else "sign_plan"
    words = "the amendment of the plan" if amendment else "the plan"
    return {
        "person": person,
        "what": what,
        "title": f"Sign {words} from {plan['period_start']} to {plan['period_end']}",
        "due": None if amendment else (begins + DUE).isoformat(),
        "stream": plan["plan"],
        "command": f"goals.{what}",
        "about": plan["person"],
        "arguments": {"person": plan["person"], "content_hash": plan["content_hash"]},
    }
