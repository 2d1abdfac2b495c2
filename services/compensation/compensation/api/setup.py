"""Ranges, merit matrices, bonus plans and pools: what awards are later calculated from."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from chassis.calls import Call, nobody, permits
from chassis.ids import stream_id
from chassis.problems import not_found
from chassis.store import Ref
from chassis.tokens import Page, fresh, paging
from compensation.api.bodies import MatrixBody, PlanBody, PoolBody, RangeBody
from compensation.domain import bonusplan, ranges
from compensation.domain import matrix as matrix_module
from compensation.domain import pool as pool_module
from compensation.domain.commands import DefineBonusPlan, DefineMatrix, FundPool, SetRange
from compensation.domain.terms import PoolId
from compensation.projections.pools import POOLS
from compensation.projections.ranges import RANGES

router = APIRouter(tags=["set-up"])


def setup_ref(category: str, *key: str) -> Ref:
    """The stream of something that has a natural key and belongs to no person."""
    stream = stream_id(category, *key)
    return Ref(category, stream, key=str(stream))


@router.post("/ranges")
async def set_range(
    body: RangeBody, call: Annotated[Call, Depends(permits("set_range", nobody))]
) -> dict[str, Any]:
    """Set the salary range of a grade, country and currency from a day on."""
    ref = setup_ref("range", body.grade, body.country, body.currency)
    command = SetRange(
        range=str(ref.id),
        grade=body.grade,
        country=body.country,
        currency=body.currency,
        effective_on=body.effective_on,
        minimum=body.minimum.money(),
        midpoint=body.midpoint.money(),
        maximum=body.maximum.money(),
        by=call.actor,
        at=call.at,
    )
    return await call.execute(ranges, ref, command)


@router.get("/ranges", dependencies=[Depends(fresh(RANGES))])
async def list_ranges(
    call: Annotated[Call, Depends(permits("read_setup", nobody))],
    page: Annotated[Page, Depends(paging)],
) -> dict[str, Any]:
    """Every range that was set, oldest first within grade, country and currency."""
    after_range, after_version = page.start(2)
    rows = await call.fetch(
        """SELECT range, version, grade, country, currency, effective_on, minimum_minor,
                  midpoint_minor, maximum_minor FROM salary_range
           WHERE $1::text IS NULL OR (range, version) > ($1, $2)
           ORDER BY range, version LIMIT $3""",
        after_range,
        after_version,
        page.limit + 1,
    )
    return page.answer(rows, "range", "version")


@router.put("/matrices/{matrix}")
async def define_matrix(
    matrix: str,
    body: MatrixBody,
    call: Annotated[Call, Depends(permits("define_matrix", nobody))],
) -> dict[str, Any]:
    """Define a merit matrix, or its next version; launched cycles keep the one they froze."""
    command = DefineMatrix(matrix, body.content(), call.actor, call.at)
    return await call.execute(matrix_module, setup_ref("matrix", matrix), command)


@router.put("/plans/{plan}")
async def define_plan(
    plan: str, body: PlanBody, call: Annotated[Call, Depends(permits("define_plan", nobody))]
) -> dict[str, Any]:
    """Define a bonus plan, or its next version; launched cycles keep the one they froze."""
    command = DefineBonusPlan(plan, body.content(), call.actor, call.at)
    return await call.execute(bonusplan, setup_ref("bonusplan", plan), command)


@router.put("/pools/{pool}")
async def fund_pool(
    pool: str,
    body: PoolBody,
    call: Annotated[Call, Depends(permits("fund_pool", nobody))],
) -> dict[str, Any]:
    """Say what a pool holds from now on; never less than what has been committed."""
    fund = body.fund.money()
    command = FundPool(PoolId(pool), body.component, body.entity, fund, call.actor, call.at)
    return await call.execute(pool_module, setup_ref("pool", pool), command)


_POOL = """SELECT pool, component, entity, currency, fund_minor, committed_minor,
                  fund_minor - committed_minor AS room_minor FROM pool"""


@router.get("/pools", dependencies=[Depends(fresh(POOLS))])
async def list_pools(
    call: Annotated[Call, Depends(permits("read_setup", nobody))],
) -> dict[str, Any]:
    """Every pool: what it holds, what is committed, what is left."""
    return {"items": await call.fetch(f"{_POOL} ORDER BY pool")}


@router.get("/pools/{pool}", dependencies=[Depends(fresh(POOLS))])
async def read_pool(
    pool: str, call: Annotated[Call, Depends(permits("read_setup", nobody))]
) -> dict[str, Any]:
    """One pool: what it holds, what is committed, what is left."""
    row = await call.fetchrow(f"{_POOL} WHERE pool = $1", pool)
    if row is None:
        raise not_found("pool")
    return row
