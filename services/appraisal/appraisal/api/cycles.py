"""Routes about schemes and cycles."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends

from appraisal.api.bodies import AdvanceBody, CycleBody, SchemeBody
from appraisal.consumed import APPRAISALS, CYCLES, appraisal_ref
from appraisal.domain import appraisal as appraisal_module
from appraisal.domain import cycle as cycle_module
from appraisal.domain import scheme as scheme_module
from appraisal.domain.commands import (
    AdvanceStep,
    CloseCycle,
    DefineScheme,
    KnownScheme,
    OpenCycle,
)
from appraisal.domain.errors import AppraisalRuleBroken
from appraisal.domain.events import CycleId, PersonId, SchemeId
from appraisal.projections.appraisals import status_of
from appraisal.projections.heard import without_contract
from appraisal.projections.setup import cycle_called, cycles_after, schemes_after
from chassis.calls import Call, nobody, permits
from chassis.execute import execute, load_state
from chassis.ids import derived_id, stream_id
from chassis.problems import not_found, sentence
from chassis.store import Context, Ref
from chassis.tokens import Page, fresh, paging

router = APIRouter(tags=["cycles"])
Status = Annotated[Call, Depends(permits("read_cycle_status", nobody))]


def _ref(category: str, code: str) -> Ref:
    stream = stream_id(category, code)
    return Ref(category, stream, str(stream))


@router.put("/schemes/{scheme}")
async def define_scheme(
    scheme: str, body: SchemeBody, call: Annotated[Call, Depends(permits("define_scheme", nobody))]
) -> dict[str, Any]:
    """Define a scoring scheme; a change is its next version, and open cycles keep theirs."""
    command = DefineScheme(SchemeId(scheme), body.content(), PersonId(call.actor), call.at)
    return await call.execute(scheme_module, _ref("scheme", scheme), command)


@router.get("/schemes", dependencies=[Depends(fresh(CYCLES))])
async def list_schemes(
    call: Annotated[Call, Depends(permits("read_setup", nobody))],
    page: Annotated[Page, Depends(paging)],
) -> dict[str, Any]:
    """The schemes in their newest versions."""
    (after,) = page.start(1)
    async with call.store.pool.acquire() as connection:
        return page.answer(await schemes_after(connection, after, page.limit + 1), "scheme")


@router.put("/cycles/{cycle}")
async def open_cycle(
    cycle: str, body: CycleBody, call: Annotated[Call, Depends(permits("open_cycle", nobody))]
) -> dict[str, Any]:
    """Open an appraisal cycle: everybody of its population with a contract gets an appraisal."""
    known = await load_state(call.store, scheme_module, _ref("scheme", body.scheme))
    scheme = known and KnownScheme(
        known.scheme, known.scheme_version, known.content, known.content_hash
    )
    command = OpenCycle(
        cycle=CycleId(cycle),
        title=body.title,
        period_start=body.period_start,
        period_end=body.period_end,
        scheme=scheme,
        population=body.population,
        self_due=body.self_due,
        manager_due=body.manager_due,
        interview_due=body.interview_due,
        acknowledge_days=body.acknowledge_days,
        by=PersonId(call.actor),
        at=call.at,
    )
    return await call.execute(cycle_module, _ref("cycle", cycle), command)


@router.post("/cycles/{cycle}/close")
async def close_cycle(
    cycle: str, call: Annotated[Call, Depends(permits("close_cycle", nobody))]
) -> dict[str, Any]:
    """Close a cycle: nobody is appraised in it any more who is not already."""
    command = CloseCycle(CycleId(cycle), PersonId(call.actor), call.at)
    return await call.execute(cycle_module, _ref("cycle", cycle), command)


@router.get("/cycles", dependencies=[Depends(fresh(CYCLES))])
async def list_cycles(
    call: Annotated[Call, Depends(permits("read_setup", nobody))],
    page: Annotated[Page, Depends(paging)],
) -> dict[str, Any]:
    """The cycles with their terms."""
    (after,) = page.start(1)
    async with call.store.pool.acquire() as connection:
        return page.answer(await cycles_after(connection, after, page.limit + 1), "cycle")


@router.get("/cycles/{cycle}/status", dependencies=[Depends(fresh(CYCLES, APPRAISALS))])
async def cycle_status(cycle: str, call: Status) -> dict[str, Any]:
    """Who is at which step, whom it waits for, who is late; and who has no appraisal, and why."""
    async with call.store.pool.acquire() as connection:
        found = await cycle_called(connection, cycle)
        if found is None:
            raise not_found("cycle")
        items = await status_of(connection, cycle, call.at.date())
        lacking = await without_contract(connection, found, call.at.date())
    visible = set(await call.visible())
    items = [item for item in items if item["person"] in visible]
    steps: dict[str, dict[str, int]] = {}
    for item in items:
        step = steps.setdefault(item["step"], {"count": 0, "late": 0})
        step["count"] += 1
        step["late"] += item["late"]
    waiting = [{"person": p, "reason": "no_contract"} for p in lacking if p in visible]
    return {
        "cycle": cycle,
        "title": found["title"],
        "closed": found["closed"],
        "steps": steps,
        "late": sum(step["late"] for step in steps.values()),
        "items": items,
        "waiting": waiting,
    }


@router.post("/cycles/{cycle}/advance", dependencies=[Depends(fresh(APPRAISALS))])
async def advance_step(
    cycle: str, body: AdvanceBody, call: Annotated[Call, Depends(permits("advance_step", nobody))]
) -> dict[str, Any]:
    """Act for people at a step, on the record and with the reason; a result for each.

    Without `appraisals` it is everybody at the step whose due day is over.
    """
    async with call.store.pool.acquire() as connection:
        if await cycle_called(connection, cycle) is None:
            raise not_found("cycle")
        items = await status_of(connection, cycle, call.at.date())
    visible = set(await call.visible())
    named = None if body.appraisals is None else set(body.appraisals)
    results = []
    for item in items:
        wanted = item["late"] if named is None else item["appraisal"] in named
        if wanted and item["step"] == body.step and item["person"] in visible:
            results.append(await _advance(call, cycle, item, body))
    return {"step": body.step, "results": results}


async def _advance(
    call: Call, cycle: str, item: dict[str, Any], body: AdvanceBody
) -> dict[str, Any]:
    """A broken rule is this row's result, and the rest goes on."""
    key = str(derived_id(UUID(item["appraisal"]), f"{call.actor} {call.context.key}"))
    context = Context(call.actor, call.at, key, call.context.fingerprint)
    command = AdvanceStep(body.step, body.reason, PersonId(call.actor), call.at)
    row = {"appraisal": item["appraisal"], "person": item["person"]}
    try:
        ref = appraisal_ref(cycle, item["person"])
        answer = await execute(call.store, appraisal_module, ref, command, context)
    except AppraisalRuleBroken as broken:
        return {**row, "outcome": "refused", "rule": sentence(type(broken)), "detail": str(broken)}
    return {**row, "outcome": "advanced" if answer.events else "unchanged"}
