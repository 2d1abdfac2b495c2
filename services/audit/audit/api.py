"""What an auditor asks: how much was witnessed, and each version of a stream."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends

from audit.projections.witnessed import summary, versions_of
from chassis.calls import Call, nobody, permits
from chassis.tokens import Page, paging

router = APIRouter(tags=["witness"])
Source = Literal["people", "goals", "feedback", "appraisal", "compensation", "payroll"]
Auditor = Annotated[Call, Depends(permits("read_witness", nobody))]


@router.get("/witness")
async def witnessed(call: Auditor) -> dict[str, Any]:
    """Per service: events and streams heard, the newest, and a digest of all streams' heads.

    The digest is SHA-256 over the last hash of every published stream in the order of their ids,
    so that it can be compared with what an exported history comes to.
    """
    async with call.store.pool.acquire() as connection, connection.transaction(readonly=True):
        return {"items": await summary(connection)}


@router.get("/witness/{source}/streams/{stream}")
async def witnessed_stream(
    source: Source, stream: UUID, call: Auditor, page: Annotated[Page, Depends(paging)]
) -> dict[str, Any]:
    """Each version of a stream as it came by: event, type, position, hashes; not what it says."""
    (after,) = page.start(1)
    async with call.store.pool.acquire() as connection:
        rows = await versions_of(connection, source, stream, after, page.limit + 1)
    return page.answer(rows, "version")
