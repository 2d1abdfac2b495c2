"""From Kafka to a table: a consumer with its guarantees, and plain aiokafka without."""

import asyncio
import time
from collections.abc import Sequence
from uuid import UUID

import orjson
from aiokafka import AIOKafkaConsumer

from benchmarks import points, relay
from benchmarks.measuring import Case, Slice
from benchmarks.read import position_after
from chassis.consume import make_broker
from chassis.record import Consumer, Record
from chassis.store import Connection, Store
from chassis.topics import ensure_topics

WINDOW = 50_000
_BATCH = 2_000


class Progress:
    """Times after each batch; the first one only says when it began, joining a group is not ours
    to measure."""

    def __init__(self) -> None:
        self.seen = 0
        self._first = (0, 0.0)
        self._last = 0.0

    def add(self, events: int) -> None:
        self.seen += events
        self._last = time.perf_counter()
        if not self._first[0]:
            self._first = events, self._last

    def measured(self, lost: int = 0) -> Slice:
        events, began = self._first
        return Slice(self.seen - events, self._last - began, lost)


async def ours(store: Store, number: int, events: int) -> Slice:
    """A new consumer hears the topic from its beginning, in a group of its own."""
    await points.clear(store.settings, "TRUNCATE stream_version, kafka_offset")
    progress, done = Progress(), asyncio.Event()

    async def apply(connection: Connection, records: Sequence[Record]) -> None:
        await points.apply(connection, records)
        progress.add(len(records))
        if progress.seen >= events:
            done.set()

    models = {"measured.ProgressReported": points.Reported}
    consumer = Consumer(f"points{number}", 1, store.service, models=models, apply=apply)
    broker, _ = make_broker(store, [consumer])
    try:
        await broker.start()
        async with asyncio.timeout(600):
            await done.wait()
    finally:
        await broker.stop()
    async with store.pool.acquire() as connection:
        stored = await points.counted(connection)
        heard = await connection.fetchval("SELECT sum(version) FROM stream_version")
    return progress.measured(abs(events - stored) + abs(events - heard))


async def naked(store: Store, number: int, events: int) -> Slice:
    """The same batches into the same table; Kafka keeps the offsets, when it gets to it."""
    await points.clear(store.settings, "")
    progress = Progress()
    consumer = AIOKafkaConsumer(
        store.settings.topic(store.service),
        bootstrap_servers=store.settings.kafka,
        group_id=f"{store.settings.prefix}.bare{number}",
        auto_offset_reset="earliest",
    )
    await consumer.start()
    try:
        async with store.pool.acquire() as connection:
            while progress.seen < events:
                found = await consumer.getmany(timeout_ms=1_000, max_records=_BATCH)
                records = [record for some in found.values() for record in some]
                if not records:
                    continue
                read = [(orjson.loads(r.value or b""), relay.instant(r.headers)) for r in records]
                await points.add(
                    connection, [(UUID(e["goal"]), e["person"], e["points"], at) for e, at in read]
                )
                progress.add(len(records))
    finally:
        await consumer.stop()
    return progress.measured()


async def cases(store: Store, events: int) -> list[Case]:
    """The topic is filled by the relay, once."""
    await ensure_topics(store.settings, [store.service])
    taken = min(WINDOW, events)
    await relay.ours(store, await position_after(store, events - taken), taken)

    async def one(number: int) -> Slice:
        return await ours(store, number, taken)

    async def ceiling(number: int) -> Slice:
        return await naked(store, number, taken)

    return [Case("Kafka to a table", one, ceiling=ceiling)]
