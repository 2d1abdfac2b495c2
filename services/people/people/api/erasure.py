"""The route that erases a person: recorded first, then the person's key is destroyed."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict

from chassis.calls import Call, in_path, permits
from chassis.ids import stream_id
from chassis.store import Ref
from people.domain import person as person_module
from people.domain.commands import Erase
from people.domain.events import ErasureReason, PersonId

router = APIRouter(tags=["people"])


class EraseBody(BaseModel):
    """A code, not a text: what is said here outlives the person's key."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    reason: ErasureReason


@router.post("/people/{person}/erase")
async def erase_person(
    person: str,
    body: EraseBody,
    call: Annotated[Call, Depends(permits("erase_person", in_path("person")))],
) -> dict[str, Any]:
    """Destroy the person's key, for good; other processes may open texts for a minute more.

    A repeat destroys again what a crash between record and key may have left.
    """
    ref = Ref("person", stream_id("person", person), person)
    command = Erase(PersonId(person), body.reason, by=call.actor, at=call.at)
    answer = await call.execute(person_module, ref, command)
    await call.store.keys.destroy(person)
    return answer
