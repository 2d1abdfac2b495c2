"""What a service recorded about a person, up to an instant."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime

from chassis.calls import Call, in_path, permits
from chassis.codec import instant_text
from chassis.tail import position_at
from chassis.tokens import Page, paging

Shows = Callable[[frozenset[str], str, Mapping[str, Any]], bool]


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
