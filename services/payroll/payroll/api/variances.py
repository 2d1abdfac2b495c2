"""Variances, and what is due in payroll."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from chassis.calls import Call, in_query, nobody, permits
from chassis.problems import not_found
from chassis.tokens import Page, fresh, paging
from payroll.api.scope import Strict, batch_ref, covered_entities, log_looks, require_batch
from payroll.domain import batch as batch_module
from payroll.domain.commands import ResolveVariance
from payroll.domain.events import BatchId, VarianceId
from payroll.projections.batches import BATCHES
from payroll.projections.shown import entities_known, variances_of
from payroll.projections.todo import due_for

router = APIRouter(dependencies=[Depends(fresh(BATCHES))])


class ResolveBody(Strict):
    reason: Annotated[str, Field(min_length=1, max_length=1000)]


@router.get("/variances", tags=["variances"])
async def list_variances(
    call: Annotated[Call, Depends(permits("read_batch", nobody))],
    page: Annotated[Page, Depends(paging)],
    only_open: Annotated[bool, Query()] = True,
) -> dict[str, Any]:
    """Where what was sealed and what was answered do not agree, newest first."""
    (before,) = page.start(1)
    async with call.store.pool.acquire() as connection:
        known = await entities_known(connection)
    entities = await covered_entities(call, known)
    async with call.store.pool.acquire() as connection:
        rows = await variances_of(connection, entities, before, page.limit + 1, only_open=only_open)
        await log_looks(connection, call, [row["person"] for row in rows[: page.limit]])
    return await call.opened(page.answer(rows, "position"))


@router.post("/variances/{variance}/resolve", tags=["variances"])
async def resolve_variance(
    variance: UUID,
    body: ResolveBody,
    call: Annotated[Call, Depends(permits("resolve_variance", nobody))],
) -> dict[str, Any]:
    """Say how a variance was settled with the payroll system; no amount changes here."""
    row = await call.fetchrow("SELECT batch FROM variance WHERE variance = $1", str(variance))
    if row is None:
        raise not_found("variance")
    batch = UUID(row["batch"])
    await require_batch(call, batch)
    command = ResolveVariance(
        BatchId(str(batch)), VarianceId(str(variance)), body.reason, call.actor, call.at
    )
    return await call.execute(batch_module, batch_ref(batch), command)


@router.get("/todo", tags=["todo"])
async def todo(
    call: Annotated[Call, Depends(permits("read_todo", in_query("person")))],
    person: Annotated[str, Query(min_length=1, max_length=100)],
) -> dict[str, Any]:
    """What waits for the person as a payroll officer: batches to seal or answer, variances."""
    async with call.store.pool.acquire() as connection:
        return {"items": await due_for(connection, person, call.at)}
