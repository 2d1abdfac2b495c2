"""Timers: rows that become commands when the business clock reaches them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog

from chassis.gate import TRANSIENT
from chassis.store import Connection, Context, Store

_TICK_S = 0.2
_CLAIM = 50
log: Any = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Timer:
    """Something that has to happen at an instant.

    The id is derived from what set it, so that setting it twice is setting it once, and so that
    its command runs once even when it fires again after a crash.
    """

    id: UUID
    name: str
    subject: str
    due_at: datetime


Fire = Callable[[Store, Timer], Awaitable[None]]


async def set_timer(connection: Connection, timer: Timer) -> None:
    """Ring at `due_at`; a timer that is set already is left alone."""
    await connection.execute(
        """INSERT INTO timer (id, name, subject, due_at) VALUES ($1, $2, $3, $4)
           ON CONFLICT DO NOTHING""",
        timer.id,
        timer.name,
        timer.subject,
        timer.due_at,
    )


async def cancel_timer(connection: Connection, timer_id: UUID) -> None:
    await connection.execute("DELETE FROM timer WHERE id = $1", timer_id)


def timer_context(store: Store, timer: Timer) -> Context:
    """The context of the command that the timer stands for; the same one if it fires again."""
    return Context(actor=f"system:{store.service}", at=store.clock(), key=str(timer.id))


async def run_timers(store: Store, handlers: Mapping[str, Fire]) -> None:
    """Claim what is due and fire it; several processes share the work by SKIP LOCKED."""
    while True:
        if not await _fire_due(store, handlers):
            await asyncio.sleep(_TICK_S)


async def _fire_due(store: Store, handlers: Mapping[str, Fire]) -> int:
    now = store.clock()
    async with store.pool.acquire() as connection, connection.transaction():
        rows = await connection.fetch(
            """SELECT id, name, subject, due_at, attempts FROM timer
               WHERE due_at <= $1 AND coalesce(retry_at, due_at) <= $1 AND name = ANY ($2)
               ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED""",
            now,
            list(handlers),
            _CLAIM,
        )
        for row in rows:
            timer = Timer(row["id"], row["name"], row["subject"], row["due_at"])
            try:
                await handlers[timer.name](store, timer)
                await cancel_timer(connection, timer.id)
            except TRANSIENT:
                raise
            except Exception as error:
                log.error("timer failed", timer=timer.name, error=type(error).__name__)
                await connection.execute(
                    "UPDATE timer SET attempts = attempts + 1, retry_at = $2 WHERE id = $1",
                    timer.id,
                    now + timedelta(seconds=min(2 ** row["attempts"], 3600)),
                )
    return len(rows)
