"""What the routes share: whose entity an actor may work on, streams, and being up to date."""

import asyncio
import time
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from chassis.calls import Call
from chassis.ids import stream_id
from chassis.problems import denied, not_found, unavailable
from chassis.store import Connection, Ref
from payroll.projections.batches import BATCHES
from payroll.projections.payees import PAYEES

_WAIT_S, _POLL_S = 2.0, 0.02


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def batch_ref(batch: UUID) -> Ref:
    return Ref("batch", batch, str(batch))


def register_ref(entity: str) -> Ref:
    stream = stream_id("register", entity)
    return Ref("register", stream, str(stream))


async def covers_entity(call: Call, entity: str) -> bool:
    """Whether one of the actor's roles that the rule names covers the whole legal entity now."""
    rule = call.request.app.state.policy[call.action]
    found = await call.fetchrow(
        """SELECT FROM grants_at($1, $2)
           WHERE role = ANY ($3) AND population IN ('all', 'entity:' || $4::text) LIMIT 1""",
        call.actor,
        call.at,
        sorted(rule.allowed),
        entity,
    )
    return found is not None


async def require_entity(call: Call, entity: str) -> None:
    """403 unless the actor's role covers the entity: the rule alone asks for any grant of it."""
    if not await covers_entity(call, entity):
        raise denied(call.action)


async def covered_entities(call: Call, entities: Iterable[str]) -> list[str]:
    return [entity for entity in sorted(set(entities)) if await covers_entity(call, entity)]


async def require_batch(call: Call, batch: UUID) -> dict[str, Any]:
    """The batch's row; 404 without it, 403 if the actor's role does not cover its entity."""
    found = "SELECT * FROM batch WHERE batch = $1"
    row = await call.fetchrow(found, str(batch))
    if row is None:
        # It may have been prepared a moment ago.
        await up_to_date(call)
        row = await call.fetchrow(found, str(batch))
    if row is None:
        raise not_found("batch")
    await require_entity(call, row["entity"])
    return row


async def up_to_date(call: Call) -> None:
    """Wait up to 2 s until the own read models hold all that was recorded before; else 503."""
    newest = await call.store.pool.fetchval("SELECT coalesce(max(position), 0) FROM event")
    names = [consumer.id for consumer in (BATCHES, PAYEES)]
    deadline = time.monotonic() + _WAIT_S
    while (
        await call.store.pool.fetchval(
            "SELECT count(*) FROM checkpoint WHERE consumer = ANY ($1) AND position >= $2",
            names,
            newest,
        )
        < len(names)
        and newest > 0
    ):
        if time.monotonic() >= deadline:
            raise unavailable("Not there yet", "Payroll's own figures have not caught up yet.")
        await asyncio.sleep(_POLL_S)


async def log_looks(connection: Connection, call: Call, persons: Iterable[str]) -> None:
    """Keep that the actor saw the pay of these persons, before the answer is made."""
    others = sorted(set(persons) - {call.actor})
    await connection.execute(
        """INSERT INTO access_log (person, actor, action, at, correlation)
           SELECT person, $2, $3, $4, $5 FROM unnest($1::text[]) AS t (person)""",
        others,
        call.actor,
        call.action,
        call.at,
        call.context.correlation,
    )
