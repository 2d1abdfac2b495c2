"""One award: reading it, approving, returning, recalculating and communicating it."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from chassis.access import log_access
from chassis.calls import Call, nobody, owner_of, permits
from chassis.problems import not_found
from chassis.store import Ref
from chassis.tokens import Page, fresh, paging
from compensation.api.answers import as_json, money
from compensation.api.bodies import ApproveBody, EmptyBody, ReasonBody
from compensation.domain import award as award_module
from compensation.domain.commands import (
    ApproveAward,
    CommunicateAward,
    RecalculateAward,
    ReturnAward,
)
from compensation.domain.terms import AwardId, CycleId, PersonId
from compensation.projections.award_facts import gather
from compensation.projections.awards import AWARDS
from compensation.projections.calculations import CALCULATIONS

router = APIRouter(tags=["awards"])


def _ref(award_id: str, call: Call) -> Ref:
    assert call.subject is not None, "owner_of found the person"
    return Ref("award", UUID(award_id), key=call.subject)


@router.get("/awards/mine", dependencies=[Depends(fresh(AWARDS, CALCULATIONS))])
async def read_own_awards(
    call: Annotated[Call, Depends(permits("read_own_awards", nobody))],
) -> dict[str, Any]:
    """The actor's own awards, as far as they were communicated."""
    rows = await call.fetch(
        """SELECT award FROM award WHERE person = $1 AND communicated_revision > 0
           ORDER BY cycle""",
        call.actor,
    )
    return {"items": [await communicated(call, row["award"]) for row in rows]}


async def communicated(call: Call, award_id: str) -> dict[str, Any]:
    """The award in the revision that the person was told; later ones are not theirs to see yet.

    Raises 404 when they were told nothing.
    """
    rows = await call.fetch(
        """SELECT a.award, a.cycle, c.component, c.revision, c.content::text
           FROM award a JOIN award_calculation c
             ON c.award = a.award AND c.revision = a.communicated_revision
           WHERE a.award = $1 ORDER BY c.component""",
        award_id,
    )
    if not rows:
        raise not_found("award")
    found = {row["component"]: as_json(row["content"]) for row in rows}
    merit, bonus = found["merit"], found["bonus"]
    return {
        "award": award_id,
        "person": merit["person"],
        "cycle": merit["cycle"],
        "revision": merit["revision"],
        "rating": merit["rating"],
        "effective_on": merit["effective_on"],
        "merit": merit["amount"],
        "lump_sum": merit["lump_sum"],
        "new_annual": merit["new_annual"],
        "bonus": bonus["amount"],
    }


@router.get("/awards", dependencies=[Depends(fresh(AWARDS))])
async def list_awards(
    call: Annotated[Call, Depends(permits("read_awards", nobody))],
    page: Annotated[Page, Depends(paging)],
    cycle: Annotated[str, Query(max_length=100)],
    status: Annotated[str | None, Query(max_length=20)] = None,
) -> dict[str, Any]:
    """A cycle's awards of everybody whose pay the actor may see; each look is kept.

    One's own is never among them: it is at /awards/mine once it was communicated.
    """
    (after,) = page.start(1)
    rows = await call.fetch(
        """SELECT * FROM award WHERE cycle = $1 AND person = ANY ($2) AND person <> $3
             AND ($4::text IS NULL OR status = $4) AND ($5::text IS NULL OR award > $5)
           ORDER BY award LIMIT $6""",
        cycle,
        await call.visible("read_award"),
        call.actor,
        status,
        after,
        page.limit + 1,
    )
    answer = page.answer([shown(row) for row in rows], "award")
    async with call.store.pool.acquire() as connection:
        for item in answer["items"]:
            await log_access(connection, call.context, item["person"], "read_award")
    return answer


@router.get("/awards/{award}", dependencies=[Depends(fresh(AWARDS, CALCULATIONS))])
async def read_award(
    award: str, call: Annotated[Call, Depends(permits("read_award", owner_of("award")))]
) -> dict[str, Any]:
    """An award as it stands; one's own only in the revision that was communicated."""
    if call.subject == call.actor:
        return await communicated(call, award)
    row = await call.fetchrow("SELECT * FROM award WHERE award = $1", award)
    if row is None:
        raise not_found("award")
    return shown(row)


def shown(row: dict[str, Any]) -> dict[str, Any]:
    currency = row["currency"]
    amounts = {
        name: money(row.pop(f"{name}_minor"), currency)
        for name in ("merit", "lump_sum", "bonus", "new_annual")
    }
    return {**row, **amounts, "refusals": as_json(row["refusals"])}


@router.post("/awards/{award}/approve")
async def approve_award(
    award: str,
    body: ApproveBody,
    call: Annotated[Call, Depends(permits("approve_award", owner_of("award")))],
) -> dict[str, Any]:
    """Approve as a second person; never one's own, nor what one launched or changed an input of."""
    command = ApproveAward(AwardId(award), body.revision, call.actor, call.at)
    return await call.execute(award_module, _ref(award, call), command)


@router.post("/awards/{award}/return")
async def return_award(
    award: str,
    body: ReasonBody,
    call: Annotated[Call, Depends(permits("return_award", owner_of("award")))],
) -> dict[str, Any]:
    """Send an award back with a reason; it goes on with a recalculation."""
    command = ReturnAward(AwardId(award), body.reason, call.actor, call.at)
    return await call.execute(award_module, _ref(award, call), command)


@router.post("/awards/{award}/recalculate")
async def recalculate_award(
    award: str,
    body: ReasonBody,
    call: Annotated[Call, Depends(permits("recalculate_award", owner_of("award")))],
) -> dict[str, Any]:
    """Calculate again from what is known now, as the next revision, with the difference."""
    assert call.subject is not None, "owner_of found the person"
    row = await call.fetchrow("SELECT cycle FROM award WHERE award = $1", award)
    if row is None:
        raise not_found("award")
    async with call.store.pool.acquire() as connection:
        facts = await gather(connection, row["cycle"], call.subject)
    if facts is None:
        raise not_found("finalised appraisal")
    command = RecalculateAward(
        award=AwardId(award),
        person=PersonId(call.subject),
        cycle=CycleId(row["cycle"]),
        facts=facts,
        reason=body.reason,
        by=call.actor,
        at=call.at,
    )
    return await call.execute(award_module, _ref(award, call), command)


@router.post("/awards/{award}/communicate")
async def communicate_award(
    award: str,
    body: EmptyBody,
    call: Annotated[Call, Depends(permits("communicate_award", owner_of("award")))],
) -> dict[str, Any]:
    """Tell the person: from now on they see this revision."""
    command = CommunicateAward(AwardId(award), call.actor, call.at)
    return await call.execute(award_module, _ref(award, call), command)
