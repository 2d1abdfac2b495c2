"""What waits: awards for a missing input, people for somebody's decision."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from chassis.access import standing
from chassis.calls import Call, in_query, nobody, permits
from chassis.tokens import Page, fresh, paging
from compensation.api.answers import as_json
from compensation.policy import POLICY
from compensation.projections.awards import AWARDS

router = APIRouter(tags=["waiting"])


@router.get("/waiting", dependencies=[Depends(fresh(AWARDS))])
async def list_waiting(
    call: Annotated[Call, Depends(permits("read_waiting", nobody))],
    page: Annotated[Page, Depends(paging)],
    cycle: Annotated[str | None, Query(max_length=100)] = None,
) -> dict[str, Any]:
    """Awards that do not go on by themselves, and why: a missing input, a pool, an appraisal, or a
    pay fact that is newer than what was calculated with, which a recalculation takes in.

    Whom this service has not heard of yet waits too, for those whose role covers everybody.
    """
    (after,) = page.start(1)
    rows = await call.fetch(
        f"""SELECT award, person, cycle, status, waiting_for, refusals, since,
                   {_NEWER_PAY} AS newer_pay FROM award a
            WHERE (status IN ('waiting', 'refused', 'suspended', 'returned')
                   OR status <> 'released' AND {_NEWER_PAY})
              AND (person = ANY ($1) OR NOT is_known(person, $6) AND EXISTS (
                  SELECT FROM grants_at($2, $6) g
                  WHERE g.population = 'all' AND g.role = ANY ($7)))
              AND person <> $2 AND ($3::text IS NULL OR cycle = $3)
              AND ($4::text IS NULL OR award > $4)
            ORDER BY award LIMIT $5""",
        await call.visible(),
        call.actor,
        cycle,
        after,
        page.limit + 1,
        call.at,
        sorted(POLICY[call.action].allowed),
    )
    return page.answer([_waiting(row) for row in rows], "award")


# Joined when read: pay is heard from people, the award comes from the own store.
_NEWER_PAY = """(a.revision > 0 AND EXISTS (
    SELECT FROM pay_fact p WHERE p.person = a.person AND p.version > a.pay_version))"""


def _waiting(row: dict[str, Any]) -> dict[str, Any]:
    refusals = as_json(row.pop("refusals"))
    reasons = list(row.pop("waiting_for"))
    reasons += [f"{refusal['reason']}: {refusal['component']}" for refusal in refusals]
    if row["status"] == "suspended":
        reasons.append("appraisal_reopened")
    if row["status"] == "returned":
        reasons.append("returned_for_recalculation")
    if row.pop("newer_pay"):
        reasons.append("newer_pay_fact")
    return {**row, "reasons": reasons}


@router.get("/todo", dependencies=[Depends(fresh(AWARDS))])
async def read_todo(
    person: Annotated[str, Query(max_length=100)],
    call: Annotated[Call, Depends(permits("read_todo", in_query("person")))],
) -> dict[str, Any]:
    """What is due from the person: awards to communicate, and by their roles to decide."""
    async with call.store.pool.acquire() as connection:
        roles = (await standing(connection, person, None, call.at)).held
    items = [_to_communicate(person, row) for row in await _uncommunicated(call, person)]
    steps = [("comp", ("calculated",), "commit_awards", "Commit {n} awards to the pools")]
    steps += [("fin", ("committed",), "approve_awards", "Approve {n} committed awards")]
    steps += [("comp", ("approved",), "release_awards", "Release {n} approved awards")]
    for role, statuses, command, title in steps:
        if role in roles:
            items += await _role_items(call, person, statuses, (command, title))
    return {"items": items}


async def _uncommunicated(call: Call, manager: str) -> list[dict[str, Any]]:
    return await call.fetch(
        """SELECT award, person, cycle FROM award WHERE manager = $1
             AND status IN ('approved', 'released') AND communicated_revision < revision
           ORDER BY award""",
        manager,
    )


def _to_communicate(person: str, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "person": person,
        "what": "communicate_award",
        "title": f"Communicate the award of {row['cycle']}",
        "about": row["person"],
        "due": None,
        "stream": row["award"],
        "command": "compensation.communicate_award",
    }


async def _role_items(
    call: Call, person: str, statuses: tuple[str, ...], step: tuple[str, str]
) -> list[dict[str, Any]]:
    command, title = step
    rows = await call.fetch(
        """SELECT cycle, count(*) AS n FROM award WHERE status = ANY ($1) AND person <> $2
           GROUP BY cycle ORDER BY cycle""",
        list(statuses),
        person,
    )
    return [
        {
            "person": person,
            "what": command,
            "title": f"{title.format(n=row['n'])} of {row['cycle']}",
            "due": None,
            "stream": row["cycle"],
            "command": f"compensation.{command}",
        }
        for row in rows
    ]
