"""A part of the toy as a process: `parts api`, `relay`, `consumer`, `projection`, `listener`.

The listener is the consumer without its reaction, which would count more.
Every part but the API would lead the relay if nobody else did, as workers do.
"""

import sys
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from chassis.calls import Call, nobody, permits
from chassis.service import run
from tests.chassis.toy import KAFKA, SERVICE, Count, ref, tally

PARTS = ("api", "relay", "consumer", "projection")
HEARD_BY = {
    "api": SERVICE.consumers,
    "relay": [],
    "consumer": [c for c in SERVICE.consumers if c.source == "toy"],
    "listener": [KAFKA],
    "projection": [c for c in SERVICE.consumers if c.source == "own"],
}
router = APIRouter()


class CountBody(BaseModel):
    """Which number comes next for whom."""

    person: str
    number: int


@router.post("/counts")
async def count(
    body: CountBody, call: Annotated[Call, Depends(permits("count", nobody))]
) -> dict[str, Any]:
    """Count on."""
    return await call.execute(tally, ref(body.person), Count(body.person, body.number))


if __name__ == "__main__":
    part = sys.argv.pop(1)
    sys.argv += ["--role", "api" if part == "api" else "worker"]
    run(replace(SERVICE, routers=[router], consumers=HEARD_BY[part]))
