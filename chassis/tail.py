"""Follow the own store: one poll per process, and the consumers that read behind it."""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Any

import asyncpg
import structlog

from chassis import metrics
from chassis.gate import BEHIND, TRANSIENT, Passed, apply_or_park, closed_keys, lock_parking, park
from chassis.record import Consumer, Record, Undecodable, own_record
from chassis.store import Connection, Store, read_page, safe_position

_BUSY_S, _IDLE_S = 0.002, 0.05
_PAGE = 4000
_STRIKES = 2
GATE_LOOK_S, GATE_LIMIT_S = 0.4, 1.0
log: Any = structlog.get_logger()


class NotTheLeader(Exception):
    """Another process moved this checkpoint: whoever holds it now goes on."""


class Horizon:
    """How far the own store can be read without missing an event that is still being written."""

    def __init__(self) -> None:
        self.position = 0
        self._moved = asyncio.Condition()
        self._nudged = asyncio.Event()

    def nudge(self) -> None:
        """This process has just appended: look at once."""
        self._nudged.set()

    async def past(self, cursor: int) -> int:
        """The horizon, as soon as it lies beyond the cursor."""
        async with self._moved:
            await self._moved.wait_for(lambda: self.position > cursor)
            return self.position

    async def follow(self, store: Store) -> None:
        """Poll: 2 ms apart while events come, backing off to 50 ms when none do."""
        pause = _BUSY_S
        async with store.pool.acquire() as connection:
            while True:
                position = await safe_position(connection)
                if position != self.position:
                    pause = _BUSY_S
                    async with self._moved:
                        self.position = position
                        self._moved.notify_all()
                else:
                    pause = min(pause * 2, _IDLE_S)
                # Not wait_for: in Python 3.11 a nudge can make it swallow a cancellation.
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._nudged.wait()
                self._nudged.clear()


async def watch_gate(store: Store) -> None:
    """Name the session of an append that stopped before its commit: readers wait for it."""
    since: dict[tuple[int, int], float] = {}
    told: set[tuple[int, int]] = set()
    while True:
        rows = await store.pool.fetch(
            """SELECT pid, (classid::bigint << 32) | objid::bigint AS gate FROM pg_locks
               WHERE locktype = 'advisory' AND objsubid = 1 AND granted
                 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
        )
        now = time.monotonic()
        since = {(r["pid"], r["gate"]): since.get((r["pid"], r["gate"]), now) for r in rows}
        old = {held for held, first in since.items() if now - first > GATE_LIMIT_S}
        for pid, gate in sorted(old - told):
            log.error("append holds readers back", service=store.service, pid=pid, position=gate)
        told = old
        metrics.gate_age(store.service, max((now - first for first in since.values()), default=0.0))
        await asyncio.sleep(GATE_LOOK_S)


async def record_horizon(store: Store, horizon: Horizon) -> None:
    """Each second, which position an instant stands for: as-of goes by it and stays the same."""
    written = 0
    while True:
        if horizon.position != written:
            written = horizon.position
            await store.pool.execute(
                "INSERT INTO horizon VALUES ($1, $2) ON CONFLICT DO NOTHING", store.clock(), written
            )
        await asyncio.sleep(1)


async def position_at(connection: Connection, instant: Any) -> int:
    """The position that had been reached at the instant; 0 before the first."""
    found = await connection.fetchval(
        "SELECT max(position) FROM horizon WHERE instant <= $1", instant
    )
    return int(found or 0)


async def checkpoint_of(connection: Connection, consumer: str) -> tuple[int, int]:
    """(leader epoch, position) of a consumer of the own store; made at 0 when it is new."""
    await connection.execute(
        "INSERT INTO checkpoint (consumer) VALUES ($1) ON CONFLICT DO NOTHING", consumer
    )
    row = await connection.fetchrow(
        "SELECT leader_epoch, position FROM checkpoint WHERE consumer = $1 AND shard = 0", consumer
    )
    assert row is not None, "inserted above"
    return row["leader_epoch"], row["position"]


async def move_checkpoint(
    connection: Connection, consumer: str, epoch: int, expected: int, position: int
) -> None:
    """Compare-and-set.  Raises NotTheLeader when somebody else has moved it."""
    done = await connection.execute(
        """UPDATE checkpoint SET position = $4
           WHERE consumer = $1 AND shard = 0 AND leader_epoch = $2 AND position = $3""",
        consumer,
        epoch,
        expected,
        position,
    )
    if done != "UPDATE 1":
        raise NotTheLeader(consumer)


@dataclass(frozen=True, slots=True)
class Page:
    """The events up to a position, behind those of the page before."""

    rows: Sequence[asyncpg.Record]
    reached: int


async def pages(
    store: Store, horizon: Horizon, cursor: int, size: int = _PAGE
) -> AsyncGenerator[Page]:
    """Page after page for ever; the next one is read while the last one is in work."""
    ahead = asyncio.create_task(_page(store, horizon, cursor, size))
    try:
        while True:
            page = await ahead
            ahead = asyncio.create_task(_page(store, horizon, page.reached, size))
            yield page
    finally:
        ahead.cancel()
        await asyncio.gather(ahead, return_exceptions=True)


async def _page(store: Store, horizon: Horizon, cursor: int, size: int) -> Page:
    upto = await horizon.past(cursor)
    async with store.pool.acquire() as connection:
        rows = await read_page(connection, cursor, upto, size)
    return Page(rows, rows[-1]["position"] if len(rows) == size else upto)


async def run_own_consumer(store: Store, consumer: Consumer, horizon: Horizon) -> None:
    """Feed a consumer whose source is the own store, page after page, for ever."""
    async with store.pool.acquire() as connection:
        epoch, cursor = await checkpoint_of(connection, consumer.id)
    async with aclosing(pages(store, horizon, cursor)) as following:
        async for page in following:
            records = [own_record(row, store.registry, store.service) for row in page.rows]
            await _feed_again(store, consumer, records, (epoch, cursor, page.reached))
            cursor = page.reached
            metrics.applied(store.service, consumer.id, len(records))


async def _feed_again(
    store: Store, consumer: Consumer, records: Sequence[Record], move: tuple[int, int, int]
) -> None:
    """Until it is through; what raises again is applied one by one, and parked."""
    for strikes in range(_STRIKES + 1):
        try:
            await _feed(store, consumer, records, move, strikes)
            return
        except NotTheLeader:
            raise
        except TRANSIENT:
            raise
        except Exception as error:
            log.warning("batch raised", consumer=consumer.id, error=type(error).__name__)
            if strikes == _STRIKES:
                raise


async def _feed(
    store: Store,
    consumer: Consumer,
    records: Sequence[Record],
    move: tuple[int, int, int],
    strikes: int,
) -> None:
    """Apply, checkpoint; with a reaction the checkpoint waits until all have been reacted to."""
    passed = Passed()
    async with store.pool.acquire() as connection, connection.transaction():
        await lock_parking(connection, consumer)
        closed = await closed_keys(connection, consumer.id, (r.key for r in records))
        for record in records:
            if record.key in closed:
                passed.park(record, BEHIND)
            else:
                passed.accepted.append(record)
        if consumer.apply and passed.accepted:
            await _apply_once(connection, consumer, passed, move[2], one_by_one=strikes > 0)
        if consumer.react is None:
            await park(connection, consumer.id, passed.parked, store.clock())
            await move_checkpoint(connection, consumer.id, *move)
    if consumer.react:
        waiting = passed.parked + await react_or_park(store, consumer, passed.accepted)
        async with store.pool.acquire() as connection, connection.transaction():
            await park(connection, consumer.id, waiting, store.clock())
            await move_checkpoint(connection, consumer.id, *move)


async def applied_position(connection: Connection, consumer: str) -> int:
    """How far the tables are: ahead of the checkpoint while a batch is being reacted to."""
    found = await connection.fetchval(
        "SELECT max(position) FROM checkpoint WHERE consumer = $1", consumer
    )
    return int(found or 0)


async def _apply_once(
    connection: Connection, consumer: Consumer, passed: Passed, reached: int, *, one_by_one: bool
) -> None:
    """What was applied before a crash is only reacted to again; shard 1 of the checkpoint knows."""
    assert consumer.apply is not None, "only for projections"
    if consumer.react is None:
        await apply_or_park(connection, consumer.apply, passed, one_by_one=one_by_one)
        return
    upto = await applied_position(connection, consumer.id)
    before = [record for record in passed.accepted if record.position <= upto]
    passed.accepted = [record for record in passed.accepted if record.position > upto]
    if passed.accepted:
        await apply_or_park(connection, consumer.apply, passed, one_by_one=one_by_one)
    passed.accepted = before + passed.accepted
    if not passed.parked:
        await connection.execute(
            """INSERT INTO checkpoint (consumer, shard, position) VALUES ($1, 1, $2)
               ON CONFLICT (consumer, shard) DO UPDATE
               SET position = greatest(checkpoint.position, excluded.position)""",
            consumer.id,
            reached,
        )


async def react_or_park(
    store: Store, consumer: Consumer, records: Sequence[Record]
) -> list[tuple[Record | Undecodable, str]]:
    """React to each record in order; one that raises twice closes its key, the others go on."""
    assert consumer.react is not None, "only for reactions"
    closed: set[str] = set()
    waiting: list[tuple[Record | Undecodable, str]] = []
    for record in records:
        if record.key in closed:
            waiting.append((record, BEHIND))
            continue
        for attempt in (1, 2):
            try:
                await consumer.react(store, record)
                break
            except TRANSIENT:
                raise
            except Exception as error:
                if attempt == 2:
                    closed.add(record.key)
                    waiting.append((record, f"{type(error).__name__} in react"))
                    log.error("reaction parked", consumer=consumer.id, type=record.type)
    return waiting
