"""What batches hold: lists, lines, the file and its manifest."""

import json
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from chassis.calls import Call, in_query, nobody, permits
from chassis.problems import not_found
from chassis.tokens import Page, fresh, paging
from payroll.api.scope import covered_entities, log_looks, require_batch
from payroll.domain.events import BatchSealed
from payroll.projections.batches import BATCHES
from payroll.projections.files import manifest_text, sealed_file
from payroll.projections.shown import (
    batch_shown,
    batches_of,
    entities_known,
    line_counts,
    lines_of_batch,
    lines_of_person,
)

router = APIRouter(tags=["batches"], dependencies=[Depends(fresh(BATCHES))])


@router.get("/batches")
async def list_batches(
    call: Annotated[Call, Depends(permits("read_batch", nobody))],
    page: Annotated[Page, Depends(paging)],
) -> dict[str, Any]:
    """Batches of the legal entities that the actor's role covers, last prepared first."""
    (before,) = page.start(1)
    async with call.store.pool.acquire() as connection:
        known = await entities_known(connection)
    entities = await covered_entities(call, known)
    async with call.store.pool.acquire() as connection:
        rows = await batches_of(connection, entities, before, page.limit + 1)
    return await call.opened(page.answer(rows, "position"))


@router.get("/batches/{batch}")
async def batch(
    batch: UUID, call: Annotated[Call, Depends(permits("read_batch", nobody))]
) -> dict[str, Any]:
    """State, totals and control figures of a batch; how many lines are in which state."""
    row = await require_batch(call, batch)
    async with call.store.pool.acquire() as connection:
        counts = await line_counts(connection, str(batch))
        open_variances = await connection.fetchval(
            "SELECT count(*) FROM variance WHERE batch = $1 AND resolved_at IS NULL", str(batch)
        )
    shown = {**batch_shown(row), "line_states": counts, "open_variances": open_variances}
    return await call.opened(shown)


@router.get("/batches/{batch}/lines")
async def batch_lines(
    batch: UUID,
    call: Annotated[Call, Depends(permits("read_batch", nobody))],
    page: Annotated[Page, Depends(paging)],
) -> dict[str, Any]:
    """The lines of a batch with what became of each."""
    await require_batch(call, batch)
    (after,) = page.start(1)
    async with call.store.pool.acquire() as connection:
        rows = await lines_of_batch(connection, str(batch), after, page.limit + 1)
        await log_looks(connection, call, [row["person"] for row in rows[: page.limit]])
    return await call.opened(page.answer(rows, "line"))


@router.get("/batches/{batch}/file", response_class=Response)
async def batch_file(
    batch: UUID, call: Annotated[Call, Depends(permits("read_batch", nobody))]
) -> Response:
    """The CSV file of a sealed batch, the same bytes as in the outbox."""
    sealed, text = await _sealed(call, batch)
    async with call.store.pool.acquire() as connection:
        rows = await connection.fetch(
            "SELECT DISTINCT person FROM batch_line WHERE batch = $1", str(batch)
        )
        await log_looks(connection, call, [row["person"] for row in rows])
    headers = {"Content-Disposition": f'attachment; filename="{sealed.file}"'}
    return Response(text.encode(), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/batches/{batch}/manifest")
async def batch_manifest(
    batch: UUID, call: Annotated[Call, Depends(permits("read_batch", nobody))]
) -> dict[str, Any]:
    """The manifest of a sealed batch: counts, sums, hash total, SHA-256, number."""
    sealed, _ = await _sealed(call, batch)
    shown: dict[str, Any] = json.loads(manifest_text(sealed))
    return shown


@router.get("/lines")
async def list_lines(
    call: Annotated[Call, Depends(permits("read_lines", in_query("person")))],
    person: Annotated[str, Query(min_length=1, max_length=100)],
    page: Annotated[Page, Depends(paging)],
) -> dict[str, Any]:
    """What batches hold of one person, newest first."""
    (before,) = page.start(1)
    async with call.store.pool.acquire() as connection:
        rows = await lines_of_person(connection, person, before, page.limit + 1)
    return await call.opened(page.answer(rows, "position"))


async def _sealed(call: Call, batch: UUID) -> tuple[BatchSealed, str]:
    await require_batch(call, batch)
    async with call.store.pool.acquire() as connection:
        try:
            return await sealed_file(call.store, connection, batch)
        except LookupError:
            raise not_found("sealed batch") from None
