"""Compensation cycles: launch, commit to the pools, release to payroll, and how far each is."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends

from chassis.calls import Call, nobody, permits
from chassis.execute import execute, execute_together, load_state
from chassis.ids import derived_id, stream_id
from chassis.problems import not_found, undefined
from chassis.store import Ref
from chassis.tokens import fresh
from compensation.api.answers import as_json
from compensation.api.bodies import LaunchBody, ReleaseBody, SelectionBody
from compensation.api.bulk import Bulk, Row, selected
from compensation.api.setup import setup_ref
from compensation.domain import award, bonusplan, commit, compcycle, matrix, pool, release
from compensation.domain.commands import (
    AnnounceRelease,
    CommitAwards,
    LaunchCycle,
    ReleaseAward,
    ReleasedFact,
)
from compensation.domain.terms import AwardId, CycleId, CycleTerms, PoolId, PoolUse
from compensation.projections.award_facts import ref_of
from compensation.projections.awards import AWARDS
from compensation.projections.cycles import CYCLES
from compensation.projections.releases import RELEASES

router = APIRouter(tags=["cycles"])

_CHUNK = 100  # awards that are committed to their pools in one decision


def cycle_ref(cycle: str) -> Ref:
    return setup_ref("compcycle", cycle)


@router.post("/cycles")
async def launch_cycle(
    body: LaunchBody, call: Annotated[Call, Depends(permits("launch_cycle", nobody))]
) -> dict[str, Any]:
    """Launch pay for an appraisal cycle: matrix, plan, pools and period are frozen by hash."""
    terms = await _terms(call, body)
    command = LaunchCycle(CycleId(body.cycle), terms, call.actor, call.at)
    return await call.execute(compcycle, cycle_ref(body.cycle), command)


async def _terms(call: Call, body: LaunchBody) -> CycleTerms:
    table = await load_state(call.store, matrix, setup_ref("matrix", body.matrix))
    if table.content is None:
        raise undefined("matrix", body.matrix)
    plan = await load_state(call.store, bonusplan, setup_ref("bonusplan", body.plan))
    if plan.content is None:
        raise undefined("plan", body.plan)
    return CycleTerms(
        period_start=body.period_start,
        period_end=body.period_end,
        increase_on=body.increase_on,
        matrix=body.matrix,
        matrix_version=table.version,
        matrix_hash=table.hash,
        matrix_by=table.by,
        matrix_content=table.content,
        plan=body.plan,
        plan_version=plan.version,
        plan_hash=plan.hash,
        plan_by=plan.by,
        plan_content=plan.content,
        pools=tuple([await _pool_use(call, code) for code in body.pools]),
    )


async def _pool_use(call: Call, code: str) -> PoolUse:
    state = await load_state(call.store, pool, setup_ref("pool", code))
    if state.fund is None:
        raise undefined("pools", code)
    return PoolUse(PoolId(code), state.component, state.fund.currency, state.entity)


@router.get("/cycles/{cycle}", dependencies=[Depends(fresh(CYCLES, AWARDS, RELEASES))])
async def read_cycle(
    cycle: str, call: Annotated[Call, Depends(permits("read_setup", nobody))]
) -> dict[str, Any]:
    """The frozen terms, how many awards are in which status, and what was released where."""
    row = await call.fetchrow(
        "SELECT cycle, terms::text, terms_hash, launched_by FROM launched_cycle WHERE cycle = $1",
        cycle,
    )
    if row is None:
        raise not_found("cycle")
    counts = await call.fetch(
        "SELECT status, count(*) FROM award WHERE cycle = $1 GROUP BY status ORDER BY status", cycle
    )
    released = await call.fetch(
        "SELECT entity, number, count, totals FROM release WHERE cycle = $1 ORDER BY entity", cycle
    )
    return {
        **row,
        "terms": as_json(row["terms"]),
        "awards": {found["status"]: found["count"] for found in counts},
        "released": [{**found, "totals": as_json(found["totals"])} for found in released],
    }


@router.post("/cycles/{cycle}/commit", dependencies=[Depends(fresh(AWARDS))])
async def commit_awards(
    cycle: str,
    body: SelectionBody,
    call: Annotated[Call, Depends(permits("commit_awards", nobody))],
) -> dict[str, Any]:
    """Charge calculated awards, and those refused before, to the pools of the cycle.

    An award that does not fit is refused whole and waits with the reason.
    """
    state = await load_state(call.store, compcycle, cycle_ref(cycle))
    if state.terms is None:
        raise not_found("cycle")
    rows, remaining = await selected(call, cycle, body, ["calculated", "refused"])
    bulk = Bulk(call)
    for start in range(0, len(rows), _CHUNK):
        await _commit_chunk(bulk, cycle, state.terms, rows[start : start + _CHUNK])
    return bulk.answer(remaining)


async def _commit_chunk(bulk: Bulk, cycle: str, terms: CycleTerms, rows: list[Row]) -> None:
    """One decision over all the pools of the cycle and some awards: all of it, or none."""
    call, pools = bulk.call, [use.pool for use in terms.pools]
    command = CommitAwards(CycleId(cycle), call.actor, call.at)
    refs = [ref_of(row["award"], row["person"]) for row in rows]
    targets = [(pool, setup_ref("pool", code)) for code in pools] + [(award, r) for r in refs]

    def decide(states: Any) -> list[Any]:
        known = dict(zip(pools, states[: len(pools)], strict=True))
        found = commit.commit_awards(command, terms, known, states[len(pools) :])
        return [*(found.pools.get(code, []) for code in pools), *found.awards]

    chunk = derived_id(UUID(int=0), " ".join(row["award"] for row in rows))
    context = bulk.context(f"commit:{chunk}")
    bulk.reached(await execute_together(call.store, targets, decide, context))
    for row, ref in zip(rows, refs, strict=True):
        after = await load_state(call.store, award, ref)
        why = [{"reason": r.reason, "component": r.component} for r in after.refusals]
        result = {"award": row["award"], "person": row["person"], "outcome": after.status}
        bulk.results.append(result | ({"refusals": why} if why else {}))


@router.post("/cycles/{cycle}/release", dependencies=[Depends(fresh(AWARDS))])
async def release_awards(
    cycle: str,
    body: ReleaseBody,
    call: Annotated[Call, Depends(permits("release_awards", nobody))],
) -> dict[str, Any]:
    """Release the entity's approved awards and announce to payroll all that was released so far."""
    chosen = SelectionBody(**body.model_dump())
    rows, remaining = await selected(call, cycle, chosen, ["approved"])
    bulk = Bulk(call)
    await bulk.each(rows, "released", lambda a: ReleaseAward(a, call.actor, call.at))
    await _announce(bulk, cycle, body.entity, rows)
    return bulk.answer(remaining)


async def _announce(bulk: Bulk, cycle: str, entity: str, just: list[Row]) -> None:
    """Also what an earlier request released and could not announce any more."""
    call = bulk.call
    stream = stream_id("release", cycle, entity)
    ref = Ref("release", stream, key=str(stream))
    known = (await load_state(call.store, release, ref)).awards
    projected = await call.fetch(
        """SELECT award, person, released_version FROM award
           WHERE cycle = $1 AND entity = $2 AND released_version > 0""",
        cycle,
        entity,
    )
    behind = [r for r in projected if r["released_version"] > known.get(r["award"], (0,))[0]]
    facts = []
    for row in {row["award"]: row for row in (*just, *behind)}.values():
        state = await load_state(call.store, award, ref_of(row["award"], row["person"]))
        if state.released_total is not None and state.released_entity == entity:
            award_id = AwardId(row["award"])
            facts.append(ReleasedFact(award_id, state.released_version, state.released_total))
    command = AnnounceRelease(
        release=str(stream),
        cycle=CycleId(cycle),
        entity=entity,
        released=tuple(facts),
        by=call.actor,
        at=call.at,
    )
    if facts:
        last = ",".join(f"{fact.award}{fact.version}" for fact in facts)
        context = bulk.context(f"announce:{derived_id(stream, last)}")
        bulk.reached(await execute(call.store, release, ref, command, context))
