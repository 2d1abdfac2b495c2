"""What an operator looks at and does: positions, parked keys, redrive and skip."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from chassis.calls import Call, nobody, permits
from chassis.problems import Problem, not_found
from chassis.record import Consumer
from chassis.redrive import NothingParked, RedriveGivenUp, list_parked, redrive, skip
from chassis.relay import republish
from chassis.seal_relay import CHECKPOINT, republish_seals
from chassis.seals import make_seal
from chassis.status import look_once

Operator = Annotated[Call, Depends(permits("operate", nobody))]


class ParkedKey(BaseModel):
    """A closed key of one consumer; a reason is required to skip its first event."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    consumer: str = Field(max_length=200)
    key: str = Field(max_length=200)
    reason: str = Field(default="", max_length=500)


def position_routes(unpublished: frozenset[str]) -> APIRouter:
    """How far the store is, and everybody who reads from it or writes to it."""
    router = APIRouter(tags=["operator"])

    @router.get("/positions")
    async def positions(call: Operator) -> dict[str, Any]:
        """Positions of this store, its consumers behind it, and of what is heard from others."""
        newest = await call.fetchrow(
            """SELECT coalesce(max(e.position), 0) AS position, count(e.position) AS events,
                      count(*) FILTER (WHERE s.category <> ALL ($1)) AS published
               FROM event e JOIN stream s ON s.id = e.stream""",
            sorted(unpublished),
        )
        parked = await call.store.pool.fetchval("SELECT count(*) FROM parked")
        own = await call.fetch(
            """SELECT consumer, position FROM checkpoint
               WHERE shard = 0 AND consumer <> $1 ORDER BY consumer""",
            CHECKPOINT,
        )
        heard = await call.fetch(
            """SELECT consumer, source, count(*) AS streams, sum(version) AS events
               FROM stream_version GROUP BY consumer, source ORDER BY consumer"""
        )
        waiting = await call.fetch("SELECT name, count(*) AS due FROM timer GROUP BY name")
        told = {"newest": newest, "own": own, "heard": heard}
        return {**told, "timers": waiting, "parked": parked}

    return router


def status_routes(consumers: Sequence[Consumer]) -> APIRouter:
    """How the service stands."""
    router = APIRouter(tags=["operator"])

    @router.get("/status")
    async def status(call: Operator) -> dict[str, Any]:
        """Position, lag per consumer, relay, parked keys, horizon, timers and the last seal."""
        return asdict(await look_once(call.store, consumers))

    return router


def seal_routes() -> APIRouter:
    """A seal now, instead of at the next minute."""
    router = APIRouter(tags=["operator"])

    @router.post("/seals")
    async def seal_history(call: Operator) -> dict[str, Any]:
        """Seal what came since the last seal; `seal` is null when nothing did."""
        seal = await make_seal(call.store)
        return {"seal": seal and seal.as_json(call.store.service)}

    return router


def relay_routes() -> APIRouter:
    """Sending history again."""
    router = APIRouter(tags=["operator"])

    @router.post("/republish")
    async def republish_history(call: Operator) -> dict[str, int]:
        """Send every event and every seal to Kafka again; consumers drop what they know."""
        await republish_seals(call.store)
        return {"events": await republish(call.store)}

    return router


def parking_routes(consumers: Sequence[Consumer]) -> APIRouter:
    """What is parked, and the two ways to deal with that."""
    router = APIRouter(tags=["operator"])
    known = {consumer.id: consumer for consumer in consumers}

    def find(consumer_id: str) -> Consumer:
        if consumer_id not in known:
            raise not_found("consumer")
        return known[consumer_id]

    @router.get("/parked")
    async def parked(call: Operator) -> dict[str, Any]:
        """Closed keys, each with its first event's error and how many events wait behind it."""
        async with call.store.pool.acquire() as connection:
            return {"items": await list_parked(connection)}

    @router.post("/parked/redrive")
    async def redrive_key(call: Operator, body: ParkedKey) -> dict[str, int]:
        """Send a key's parked events through again, in order; `applied` of them went through."""
        try:
            return {"applied": await redrive(call.store, find(body.consumer), body.key)}
        except (NothingParked, RedriveGivenUp) as error:
            raise Problem(409, "urn:merit:not-redriven", "Not redriven", str(error)) from error

    @router.post("/parked/skip")
    async def skip_event(call: Operator, body: ParkedKey) -> dict[str, str]:
        """Leave a key's first parked event out for good, on the record."""
        if not body.reason:
            raise Problem(422, "urn:merit:invalid-request", "A reason is required")
        try:
            who, why = call.actor, body.reason
            await skip(call.store, find(body.consumer), body.key, who, why, call.at)
        except NothingParked as error:
            raise Problem(409, "urn:merit:nothing-parked", "Nothing parked", str(error)) from error
        return {"skipped": body.key}

    return router
