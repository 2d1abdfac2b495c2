"""Publish the event table to Kafka in commit order: one fenced leader, nothing skipped."""

import asyncio
from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import Any

import asyncpg
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, RecordTooLargeError

from chassis.gate import BEHIND, TRANSIENT, park
from chassis.record import Undecodable, headers_of, raw_headers
from chassis.store import Store, read_page
from chassis.tail import Horizon, NotTheLeader, checkpoint_of, move_checkpoint
from chassis.topics import ensure_topics, topic_id

RELAY = "relay"
LEADER = (0x4D52, 1)
_CHUNK = 500
_LOOK_S = 2.0  # how often the leader looks whether its topic is still the same
_TOO_LARGE = (MessageSizeTooLargeError, RecordTooLargeError)
log: Any = structlog.get_logger()


class TopicMissing(Exception):
    """Kafka does not know the topic that it was just asked to make; it soon will."""


async def run_relay(store: Store, horizon: Horizon, unpublished: Collection[str]) -> None:
    """Lead while the session lives; returns when another process leads or has taken over.

    unpublished: categories of streams that stay in this store, whole.
    """
    async with store.pool.acquire() as leader:
        if not await leader.fetchval("SELECT pg_try_advisory_lock($1, $2)", *LEADER):
            await asyncio.sleep(1)
            return
        try:
            await _lead(store, leader, horizon, unpublished)
        except NotTheLeader:
            log.warning("relay fenced off", service=store.service)
        finally:
            if not leader.is_closed():
                await leader.execute("SELECT pg_advisory_unlock($1, $2)", *LEADER)


async def _lead(
    store: Store,
    leader: asyncpg.pool.PoolConnectionProxy,
    horizon: Horizon,
    unpublished: Collection[str],
) -> None:
    await ensure_topics(store.settings, [store.service])
    topic = store.settings.topic(store.service)
    producer = AIOKafkaProducer(
        bootstrap_servers=store.settings.kafka,
        enable_idempotence=True,
        acks="all",
        linger_ms=5,
        max_batch_size=131_072,
        compression_type="zstd",
    )
    try:
        await producer.start()
        lead = await topic_id(producer.client, topic)
        epoch, cursor = await _take_over(store, leader, lead)
        going = asyncio.create_task(
            _go_on(store, leader, producer, horizon, (epoch, cursor), unpublished)
        )
        watching = asyncio.create_task(_until_lost(store, producer, (epoch, lead)))
        try:
            await asyncio.wait({going, watching}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            watching.cancel()
            if not going.done():
                going.cancel()
            await asyncio.wait({going, watching})
        if not going.cancelled():
            await going
    finally:
        await _close(producer)


async def _close(producer: AIOKafkaProducer) -> None:
    """At once: `stop` would flush, after an error in vain, and what it gives up on lives on and
    sends when Kafka is back, ahead of the next leader."""
    producer._closed = True
    try:
        with suppress(KafkaError, TimeoutError):
            async with asyncio.timeout(5):
                if producer._sender is not None:
                    await producer._sender.close()
    finally:
        await producer.client.close()


async def _go_on(
    store: Store,
    leader: asyncpg.pool.PoolConnectionProxy,
    producer: AIOKafkaProducer,
    horizon: Horizon,
    place: tuple[int, int],
    unpublished: Collection[str],
) -> None:
    epoch, cursor = place
    while True:
        upto = await horizon.past(cursor)
        rows = await read_page(leader, cursor, upto, _CHUNK)
        reached = rows[-1]["position"] if len(rows) == _CHUNK else upto
        await _publish(
            store, leader, producer, [r for r in rows if r["category"] not in unpublished]
        )
        await move_checkpoint(leader, RELAY, epoch, cursor, reached)
        cursor = reached


async def _until_lost(
    store: Store, producer: AIOKafkaProducer, known: tuple[int, str | None]
) -> None:
    """Return when the lead or the topic is lost: nothing more may be sent that was on its way."""
    topic = store.settings.topic(store.service)
    while True:
        await asyncio.sleep(_LOOK_S)
        with suppress(KafkaError, *TRANSIENT):
            async with store.pool.acquire() as connection:
                epoch, _ = await checkpoint_of(connection, RELAY)
            if (epoch, await topic_id(producer.client, topic)) != known:
                return


async def _take_over(
    store: Store, leader: asyncpg.pool.PoolConnectionProxy, topic: str | None
) -> tuple[int, int]:
    """The next epoch, and where to go on: from the first event in a topic that was made again."""
    if topic is None:
        raise TopicMissing(store.settings.topic(store.service))
    _, before = await checkpoint_of(leader, RELAY)
    row = await leader.fetchrow(
        """UPDATE checkpoint SET leader_epoch = leader_epoch + 1, topic_id = $2,
               position = CASE WHEN topic_id IN ('', $2) THEN position ELSE 0 END
           WHERE consumer = $1 AND shard = 0 RETURNING leader_epoch, position""",
        RELAY,
        topic,
    )
    assert row is not None, "made above"
    if row["position"] < before:
        log.error("topic was lost, everything is published again", service=store.service)
    return row["leader_epoch"], row["position"]


async def _publish(
    store: Store,
    leader: asyncpg.pool.PoolConnectionProxy,
    producer: AIOKafkaProducer,
    rows: Sequence[asyncpg.Record],
) -> None:
    """Send in order and wait for every acknowledgement; what Kafka refuses for good is parked."""
    halted, known = await _halted(leader, {row["key"] for row in rows})
    topic = store.settings.topic(store.service)
    waiting: list[tuple[Undecodable, str]] = []
    sent: list[tuple[asyncpg.Record, asyncio.Future[Any]]] = []
    for row in rows:
        if row["position"] >= halted.get(row["key"], row["position"] + 1):
            if row["position"] not in known:
                waiting.append((_unsent(row, store), BEHIND))
            continue
        try:
            future = await producer.send(
                topic,
                value=row["data"].encode(),
                key=row["key"].encode(),
                headers=raw_headers(row, store.service),
            )
            sent.append((row, future))
        except _TOO_LARGE:
            halted[row["key"]] = row["position"]
            waiting.append((_unsent(row, store), "too large for Kafka"))
    await asyncio.gather(*(future for _, future in sent))
    await park(leader, RELAY, waiting, store.clock())


async def _halted(
    leader: asyncpg.pool.PoolConnectionProxy, keys: Collection[str]
) -> tuple[dict[str, int], set[int]]:
    """From which position on a key is halted, and the positions that are parked already."""
    rows = await leader.fetch(
        "SELECT key, position FROM parked WHERE consumer = $1 AND key = ANY ($2)",
        *(RELAY, list(keys)),
    )
    halted: dict[str, int] = {}
    for row in rows:
        halted[row["key"]] = min(row["position"], halted.get(row["key"], row["position"]))
    return halted, {row["position"] for row in rows}


async def republish(store: Store) -> int:
    """Send the history again, from the first event: consumers drop what they know.

    How many events that are.  The relay that leads is fenced off and begins anew.
    """
    async with store.pool.acquire() as connection:
        await checkpoint_of(connection, RELAY)
        upto = await connection.fetchval(
            """UPDATE checkpoint c SET position = 0, leader_epoch = c.leader_epoch + 1
               FROM checkpoint before
               WHERE c.consumer = $1 AND c.shard = 0
                 AND before.consumer = c.consumer AND before.shard = c.shard
               RETURNING before.position""",
            RELAY,
        )
        events = await connection.fetchval("SELECT count(*) FROM event WHERE position <= $1", upto)
    log.warning("everything is published again", service=store.service)
    return int(events)


def _unsent(row: asyncpg.Record, store: Store) -> Undecodable:
    headers = headers_of(row, store.service)
    error = "not published"
    return Undecodable(
        row["key"],
        row["stream"],
        row["version"],
        row["position"],
        error,
        headers,
        row["data"].encode(),
    )
