"""From the store to Kafka: the relay, and plain aiokafka that sends the same records."""

import asyncio
import time
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from benchmarks import points
from benchmarks.measuring import Case, Slice
from benchmarks.projection import ended, until_at
from benchmarks.read import position_after
from chassis.relay import RELAY, run_relay
from chassis.settings import Settings
from chassis.store import Store
from chassis.tail import Horizon
from chassis.topics import ensure_topics

WINDOW = 50_000
BARE = "bare"
_CHUNK = 500
_NAKED = """SELECT position, stream, version, id, type, schema_version, data, meta, subject,
    effective_at, recorded_at, previous_hash, hash FROM event
    WHERE position > $1 AND position <= $2 ORDER BY position"""


async def ours(store: Store, after: int, events: int) -> Slice:
    """The relay as the worker runs it, from its checkpoint until that has reached the end."""
    await points.clear(
        store.settings,
        f"""DELETE FROM checkpoint WHERE consumer = '{RELAY}';
            INSERT INTO checkpoint VALUES ('{RELAY}', 0, 0, {after})""",
    )
    before = await records_in(store.settings, store.service)
    horizon = Horizon()
    began = time.perf_counter()
    tasks = [
        asyncio.create_task(horizon.follow(store)),
        asyncio.create_task(run_relay(store, horizon, ())),
    ]
    try:
        seconds = await until_at(store, RELAY, after + events, tasks) - began
    finally:
        await ended(tasks)
    sent = await records_in(store.settings, store.service) - before
    return Slice(events, seconds, abs(events - sent))


async def records_in(settings: Settings, service: str) -> int:
    """How many records the topic holds."""
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka)
    await consumer.start()
    try:
        topic = settings.topic(service)
        partitions = [TopicPartition(topic, n) for n in range(settings.partitions(service))]
        return sum((await consumer.end_offsets(partitions)).values())
    finally:
        await consumer.stop()


async def naked(store: Store, after: int, events: int) -> Slice:
    """The same records, sent as fast as the client can: one acknowledgement is enough, nobody
    remembers how far it is, and nobody checks whether it is the only one."""
    producer = AIOKafkaProducer(
        bootstrap_servers=store.settings.kafka,
        acks=1,
        linger_ms=5,
        max_batch_size=131_072,
        compression_type="zstd",
    )
    topic = store.settings.topic(BARE)
    await producer.start()
    try:
        began, sent = time.perf_counter(), []
        async with store.pool.acquire() as connection, connection.transaction():
            async for row in connection.cursor(_NAKED, after, after + events, prefetch=_CHUNK):
                key = str(row["stream"]).encode()
                value = row["data"].encode()
                sent.append(await producer.send(topic, value=value, key=key, headers=_headers(row)))
        await asyncio.gather(*sent)
        return Slice(len(sent), time.perf_counter() - began)
    finally:
        await producer.stop()


def _headers(row: Any) -> list[tuple[str, bytes]]:
    """What the relay says of each event, in so many bytes."""
    meta = orjson.loads(row["meta"])
    names = {
        "ce_specversion": "1.0",
        "ce_id": row["id"],
        "ce_type": row["type"],
        "ce_source": "merit/measured",
        "ce_subject": row["subject"],
        "ce_time": row["recorded_at"],
        "ce_effectivetime": row["effective_at"],
        "ce_schemaversion": row["schema_version"],
        "ce_position": row["position"],
        "ce_stream": row["stream"],
        "ce_version": row["version"],
        "ce_previoushash": row["previous_hash"].hex(),
        "ce_hash": row["hash"].hex(),
        "ce_correlationid": row["id"],
        "ce_causationid": "",
        "ce_actor": meta["actor"],
        "content-type": "application/json",
    }
    return [(name, str(value).encode()) for name, value in names.items()]


def instant(headers: Iterable[tuple[str, bytes]]) -> datetime:
    """When the event was recorded."""
    return next(datetime.fromisoformat(v.decode()) for name, v in headers if name == "ce_time")


async def cases(store: Store, events: int) -> list[Case]:
    await ensure_topics(store.settings, [store.service, BARE])
    taken = min(WINDOW, events)
    after = await position_after(store, events - taken)

    async def one(number: int) -> Slice:
        return await ours(store, after, taken)

    async def ceiling(number: int) -> Slice:
        return await naked(store, after, taken)

    return [Case("store to Kafka", one, ceiling=ceiling)]
