"""Catching up: the own store into a table, with a checkpoint in the same transaction."""

import asyncio
import time

import orjson

from benchmarks import points
from benchmarks.measuring import Case, Slice
from benchmarks.peer.client import Peer
from benchmarks.read import PAGE, position_after
from chassis.record import Consumer
from chassis.store import Store
from chassis.tail import Horizon, applied_position, run_own_consumer

WINDOW = 100_000
PEER_WINDOW = 1_500
CONSUMER = Consumer("points", 1, "own", apply=points.apply, tables=("goal_points",))
_NAKED = """SELECT stream, data, recorded_at FROM event
    WHERE position > $1 AND position <= $2 ORDER BY position"""


async def ours(store: Store, after: int, events: int) -> Slice:
    """The consumer as the worker runs it, from its checkpoint until that has reached the end."""
    await points.clear(
        store.settings,
        f"""DELETE FROM checkpoint WHERE consumer = '{CONSUMER.id}';
            INSERT INTO checkpoint VALUES ('{CONSUMER.id}', 0, 0, {after})""",
    )
    horizon = Horizon()
    began = time.perf_counter()
    tasks = [
        asyncio.create_task(horizon.follow(store)),
        asyncio.create_task(run_own_consumer(store, CONSUMER, horizon)),
    ]
    try:
        seconds = await until_at(store, CONSUMER.id, after + events, tasks) - began
    finally:
        await ended(tasks)
    async with store.pool.acquire() as connection:
        done = await points.counted(connection)
    return Slice(events, seconds, abs(events - done))


async def until_at(
    store: Store, consumer: str, position: int, tasks: list[asyncio.Task[None]]
) -> float:
    """When the checkpoint is seen at the position; raises what ended one of the tasks."""
    async with store.pool.acquire() as connection:
        while await applied_position(connection, consumer) < position:
            for task in tasks:
                if task.done():
                    await task
                    raise RuntimeError("ended before all was done")
            await asyncio.sleep(0.005)
    return time.perf_counter()


async def ended(tasks: list[asyncio.Task[None]]) -> None:
    """Cancelled until they are done."""
    while left := [task for task in tasks if not task.done()]:
        for task in left:
            task.cancel()
        await asyncio.wait(left, timeout=2)


async def naked(store: Store, after: int, events: int) -> Slice:
    """The same pages into the same table: no checkpoint, no transaction, no safe position."""
    await points.clear(store.settings, "")
    began, cursor, end = time.perf_counter(), after, after + events
    async with store.pool.acquire() as connection:
        while cursor < end:
            rows = await connection.fetch(_NAKED, cursor, min(cursor + PAGE, end))
            cursor += PAGE
            found = [(row["stream"], orjson.loads(row["data"]), row["recorded_at"]) for row in rows]
            await points.add(connection, [(s, e["person"], e["points"], at) for s, e, at in found])
    return Slice(events, time.perf_counter() - began)


async def cases(store: Store, peer: Peer | None, events: int) -> list[Case]:
    """The last stretch of the store: the consumer always ends at the newest event."""
    taken = min(WINDOW, events)
    after = await position_after(store, events - taken)

    async def one(number: int) -> Slice:
        return await ours(store, after, taken)

    async def other(number: int) -> Slice:
        assert peer is not None, "only asked when there is one"
        return await peer.measured("projection", events=min(PEER_WINDOW, events))

    async def ceiling(number: int) -> Slice:
        return await naked(store, after, taken)

    return [Case("own store to a table", one, other if peer else None, ceiling)]
