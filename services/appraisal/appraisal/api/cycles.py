"""Routes about schemes and cycles."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends

from appraisal.api.bodies import AdvanceBody, CycleBody, SchemeBody
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
from appraisal.domain.events import CycleId, CycleOpened, PersonId, SchemeId
from appraisal.projections.appraisals import APPRAISALS, appraisal_ref, status_of
from appraisal.projections.heard import without_contract
from appraisal.projections.setup import CYCLES, cycle_called, cycles_after, schemes_after
from chassis.calls import Call, nobody, permits
from chassis.execute import execute, load_state
from chassis.ids import stream_id
from chassis.problems import denied, not_found, sentence
from chassis.store import Answer, Ref
from chassis.tokens import Page, after_token, fresh, paging

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
    await _check_covered(call, body.population)
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
    state = await load_state(call.store, cycle_module, _ref("cycle", cycle))
    if isinstance(state, CycleOpened):
        await _check_covered(call, state.population)
    command = CloseCycle(CycleId(cycle), PersonId(call.actor), call.at)
    return await call.execute(cycle_module, _ref("cycle", cycle), command)


async def _check_covered(call: Call, population: str) -> None:
    """An HR partner acts for the population that is theirs."""
    async with call.store.pool.acquire() as connection:
        covered = await connection.fetchval(
            """SELECT EXISTS (SELECT FROM grants_at($1, $2) g
                              WHERE g.role = 'hrbp' AND g.population IN ('all', $3))""",
            call.actor,
            call.at,
            population,
        )
    if not covered:
        raise denied(call.action)


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
    return {
        "cycle": cycle,
        "title": found["title"],
        "closed": found["closed"],
        "steps": steps,
        "late": sum(step["late"] for step in steps.values()),
        "items": items,
        "waiting": [each for each in lacking if each["person"] in visible],
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
    items = [item for item in items if item["person"] in visible]
    if body.appraisals is None:
        chosen = [item for item in items if item["late"] and item["step"] == body.step]
    else:
        chosen = [item for item in items if item["appraisal"] in set(body.appraisals)]
    bulk = Bulk(call)
    for item in chosen:
        await bulk.advance(cycle, item, body)
    known = {item["appraisal"] for item in items}
    unknown = [each for each in body.appraisals or () if each not in known]
    return bulk.answer(body.step, unknown)


@dataclass
class Bulk:
    """What came of each appraisal, and the newest position that they reached."""

    call: Call
    results: list[dict[str, Any]] = field(default_factory=list)
    last: Answer | None = None

    async def advance(self, cycle: str, item: dict[str, Any], body: AdvanceBody) -> None:
        """A broken rule is this row's result, and the rest goes on."""
        key = f"{self.call.context.key}:{item['appraisal']}"
        context = replace(self.call.context, key=key)
        command = AdvanceStep(body.step, body.reason, PersonId(self.call.actor), self.call.at)
        row = {"appraisal": item["appraisal"], "person": item["person"]}
        ref = appraisal_ref(cycle, item["person"])
        try:
            answer = await execute(self.call.store, appraisal_module, ref, command, context)
        except AppraisalRuleBroken as broken:
            told = {"rule": sentence(type(broken)), "detail": str(broken)}
            self.results.append({**row, "outcome": "refused", **told})
            return
        if self.last is None or answer.position >= self.last.position:
            self.last = answer
        self.results.append({**row, "outcome": "advanced" if answer.events else "unchanged"})

    def answer(self, step: str, unknown: Sequence[str]) -> dict[str, Any]:
        missing = [
            {"appraisal": each, "person": None, "outcome": "refused", "rule": "Not in this cycle"}
            for each in unknown
        ]
        after = after_token(self.call.store.service, self.last) if self.last else None
        return {"step": step, "results": [*self.results, *missing], "after": after}
