"""What a service recorded about a person, up to an instant; and what its operator looks at."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from chassis.calls import Call, in_path, nobody, permits
from chassis.codec import instant_text
from chassis.problems import Problem, not_found
from chassis.record import Consumer
from chassis.redrive import NothingParked, RedriveGivenUp, list_parked, redrive, skip
from chassis.tail import position_at
from chassis.tokens import Page, paging

Shows = Callable[[frozenset[str], str, Mapping[str, Any]], bool]
Operator = Annotated[Call, Depends(permits("operate", nobody))]


def history_routes(shows: Shows) -> APIRouter:
    """`shows`: whether a reader who holds these relations and roles sees an event."""
    router = APIRouter(tags=["history"])

    @router.get("/history/{person}")
    async def history(
        call: Annotated[Call, Depends(permits("read_history", in_path("person")))],
        page: Annotated[Page, Depends(paging)],
        as_of: Annotated[AwareDatetime | None, Query()] = None,
    ) -> dict[str, Any]:
        """The person's events in this service, oldest first, as known at `as_of` (default now).

        `position` is how far this service's history had come at that instant.
        """
        position = await _position(call, as_of)
        (after,) = page.start(1)
        rows = await call.fetch(
            """SELECT position, stream, version, type, data, meta, effective_at, recorded_at
               FROM event WHERE subject = $1 AND position > $2 AND position <= $3
               ORDER BY position LIMIT $4""",
            call.subject,
            after or 0,
            position,
            page.limit + 1,
        )
        answer = page.answer([_entry(row) for row in rows], "position")
        seen = [e for e in answer["items"] if shows(call.held, e["type"], e["data"])]
        return {
            "service": call.store.service,
            "person": call.subject,
            "as_of": instant_text(as_of or call.at),
            "position": position,
            "items": await call.opened(seen),
            "next": answer["next"],
        }

    return router


async def _position(call: Call, as_of: datetime | None) -> int:
    async with call.store.pool.acquire() as connection:
        if as_of is None:
            return int(await connection.fetchval("SELECT coalesce(max(position), 0) FROM event"))
        return await position_at(connection, as_of)


def _entry(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "position": row["position"],
        "stream": str(row["stream"]),
        "version": row["version"],
        "type": row["type"],
        "effective_at": instant_text(row["effective_at"]),
        "recorded_at": instant_text(row["recorded_at"]),
        "actor": orjson.loads(row["meta"])["actor"],
        "data": orjson.loads(row["data"]),
    }


class ParkedKey(BaseModel):
    """A closed key of one consumer; a reason is required to skip its first event."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    consumer: str = Field(max_length=200)
    key: str = Field(max_length=200)
    reason: str = Field(default="", max_length=500)


def operator_routes(
    consumers: Sequence[Consumer], unpublished: frozenset[str] = frozenset()
) -> APIRouter:
    """How far each consumer is, what is parked, and the two ways to deal with that."""
    router = APIRouter(tags=["operator"])
    known = {consumer.id: consumer for consumer in consumers}

    def find(consumer_id: str) -> Consumer:
        if consumer_id not in known:
            raise not_found("consumer")
        return known[consumer_id]

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
        own = await call.fetch("SELECT consumer, position FROM checkpoint ORDER BY consumer")
        heard = await call.fetch(
            """SELECT consumer, source, count(*) AS streams, sum(version) AS events
               FROM stream_version GROUP BY consumer, source ORDER BY consumer"""
        )
        waiting = await call.fetch("SELECT name, count(*) AS due FROM timer GROUP BY name")
        told = {"newest": newest, "own": own, "heard": heard}
        return {**told, "timers": waiting, "parked": parked}

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
