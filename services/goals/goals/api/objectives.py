"""Routes about the organisation's objectives."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field

from chassis.calls import Call, nobody, permits
from chassis.ids import stream_id
from chassis.store import Ref
from chassis.tokens import Page, fresh, paging
from goals.domain import objective as objective_module
from goals.domain.commands import SetObjective
from goals.domain.events import ObjectiveCode, PersonId
from goals.projections.objectives import OBJECTIVES, objectives_after

router = APIRouter(tags=["objectives"])


class ObjectiveBody(BaseModel):
    """An objective of a unit in a period; `parent` is the objective that it serves."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    title: Annotated[str, Field(min_length=1, max_length=300)]
    theme: Annotated[str, Field(min_length=1, max_length=100)]
    unit: Annotated[str, Field(min_length=1, max_length=64)]
    parent: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    period_start: date
    period_end: date


@router.put("/objectives/{objective}")
async def set_objective(
    objective: Annotated[str, Path(max_length=64, description="A code that plans link to.")],
    body: ObjectiveBody,
    call: Annotated[Call, Depends(permits("set_objective", nobody))],
) -> dict[str, Any]:
    """Set an objective; the same again records nothing."""
    stream = stream_id("objective", objective)
    command = SetObjective(
        objective=ObjectiveCode(objective),
        title=body.title,
        theme=body.theme,
        unit=body.unit,
        parent=ObjectiveCode(body.parent) if body.parent else None,
        period_start=body.period_start,
        period_end=body.period_end,
        by=PersonId(call.actor),
        at=call.at,
    )
    return await call.execute(objective_module, Ref("objective", stream, str(stream)), command)


@router.get("/objectives", dependencies=[Depends(fresh(OBJECTIVES))])
async def list_objectives(
    call: Annotated[Call, Depends(permits("read_objectives", nobody))],
    page: Annotated[Page, Depends(paging)],
) -> dict[str, Any]:
    """The objectives by code."""
    (after,) = page.start(1)
    async with call.store.pool.acquire() as connection:
        return page.answer(await objectives_after(connection, after, page.limit + 1), "objective")
