"""The routes that erase a person: one proposes, another confirms, then the key is destroyed."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict

from chassis.calls import Call, in_path, permits
from chassis.ids import stream_id
from chassis.store import Ref
from people.domain import person as person_module
from people.domain.commands import ConfirmErasure, ProposeErasure
from people.domain.events import ErasureReason, PersonId

router = APIRouter(tags=["people"])


class ErasureBody(BaseModel):
    """A code, not a text: what is said here outlives the person's key."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    reason: ErasureReason


@router.post("/people/{person}/erasure/propose")
async def propose_erasure(
    person: str,
    body: ErasureBody,
    call: Annotated[Call, Depends(permits("propose_erasure", in_path("person")))],
) -> dict[str, Any]:
    """Propose to erase a person; nothing is destroyed before another administrator confirms."""
    command = ProposeErasure(PersonId(person), body.reason, by=call.actor, at=call.at)
    return await call.execute(person_module, _ref(person), command)


@router.post("/people/{person}/erasure/confirm")
async def confirm_erasure(
    person: str,
    call: Annotated[Call, Depends(permits("confirm_erasure", in_path("person")))],
) -> dict[str, Any]:
    """Destroy the person's key, for good; other processes may open texts for a minute more.

    A repeat destroys again what a crash between record and key may have left.
    """
    command = ConfirmErasure(PersonId(person), by=call.actor, at=call.at)
    answer = await call.execute(person_module, _ref(person), command)
    await call.store.keys.destroy(person)
    return answer


def _ref(person: str) -> Ref:
    return Ref("person", stream_id("person", person), person)
