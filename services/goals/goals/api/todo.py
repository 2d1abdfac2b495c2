"""The route that says what somebody has to do about plans, and by when."""

from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from chassis.access import visible
from chassis.calls import Call, in_query, permits
from chassis.policy import allow
from chassis.store import Connection
from chassis.tokens import fresh
from goals.projections.jobs import first_days, manager_at
from goals.projections.objectives import period_on
from goals.projections.plans import PLANS, planned, unsigned

router = APIRouter(tags=["todo"])

DUE = timedelta(days=30)  # from the first day of the period: the practice of the field


@router.get("/todo", dependencies=[Depends(fresh(PLANS))])
async def todo(
    call: Annotated[Call, Depends(permits("read_todo", in_query("person")))],
    person: Annotated[str, Query(min_length=1, max_length=100)],
) -> dict[str, Any]:
    """What the person has to propose or sign: for themself, and for those they manage now."""
    today = call.at.date()
    async with call.store.pool.acquire() as connection:
        managed = await visible(connection, person, allow("report"), call.at)
        own = [person] if await manager_at(connection, person, call.at) else []
        persons = [*own, *managed]
        missing = await _to_propose(connection, person, persons, today)
        plans = await unsigned(connection, persons)
    return {"items": [*missing, *(_to_sign(p, person) for p in plans if _waits_for(p, person))]}


async def _to_propose(
    connection: Connection, person: str, persons: list[str], today: date
) -> list[dict[str, Any]]:
    """Either party may begin, so it is due from both, once there are objectives to serve."""
    period = await period_on(connection, today)
    if period is None:
        return []
    first, last = period
    have = await planned(connection, persons, today)
    began = await first_days(connection, persons)
    return [
        {
            "person": person,
            "what": "propose_plan",
            "title": f"Propose a plan for {first} to {last}",
            "due": max(first, began.get(each, first)) + DUE,
            "stream": None,
            "command": "goals.propose_plan",
            "about": each,
            "arguments": {"person": each, "period_start": first, "period_end": last},
        }
        for each in persons
        if each not in have
    ]


def _waits_for(plan: dict[str, Any], person: str) -> bool:
    return not plan["employee_signed" if plan["person"] == person else "manager_signed"]


def _to_sign(plan: dict[str, Any], person: str) -> dict[str, Any]:
    amendment = plan["status"] == "amended"
    what = "sign_amendment" if amendment else "sign_plan"
    return {
        "person": person,
        "what": what,
        "title": f"Sign the {'amendment of the ' if amendment else ''}plan {plan['period']}",
        "due": plan["effective_on"] if amendment else plan["period_start"] + DUE,
        "stream": plan["plan"],
        "command": f"goals.{what}",
        "about": plan["person"],
        "arguments": {
            "person": plan["person"],
            "period": plan["period"],
            "content_hash": plan["content_hash"],
        },
    }
