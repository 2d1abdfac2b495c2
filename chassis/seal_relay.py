"""Seals on Kafka: each one once at least and in order, in a topic that is kept for ever.

Whoever can cut the end of a store and its seals cannot cut what Kafka holds.  The store is the
outbox, as for events: a checkpoint says which seal was the last to be acknowledged.
"""

import asyncio
import json

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from chassis.seals import Seal, read_kept, seals_after
from chassis.settings import Settings
from chassis.store import Store
from chassis.tail import checkpoint_of, move_checkpoint
from chassis.topics import ensure

CHECKPOINT = "seals"
LOOK_S = 2.0
UNREACHABLE = (KafkaError, OSError, TimeoutError)
_PATIENCE_S = 20.0
_TURN = (0x4D53, 2)


async def run_seal_relay(store: Store) -> None:
    """Publish what was sealed here, by whatever process; what a crash left over comes first."""
    await ensure(store.settings, {store.settings.seal_topic: 1})
    while True:
        await publish_seals(store)
        await asyncio.sleep(LOOK_S)


async def publish_seals(store: Store) -> int:
    """Publish the seals behind the checkpoint, and tell how many; 0 if another process is at it.

    The lock and the checkpoint belong to one transaction: a publisher that lost its session moves
    nothing, and the next begins with the seals that it may have sent.
    """
    async with store.pool.acquire() as connection, connection.transaction():
        if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1, $2)", *_TURN):
            return 0
        epoch, number = await checkpoint_of(connection, CHECKPOINT)
        seals = await seals_after(connection, number)
        if seals:
            await _send(store, seals)
            await move_checkpoint(connection, CHECKPOINT, epoch, number, seals[-1].number)
    return len(seals)


async def republish_seals(store: Store) -> None:
    """Begin again with the first seal, for a Kafka that has lost them; the same one twice is fine.

    A publisher in the midst of its turn gives up, and begins with the first as well.
    """
    await store.pool.execute(
        "UPDATE checkpoint SET position = 0, leader_epoch = leader_epoch + 1 WHERE consumer = $1",
        CHECKPOINT,
    )


async def _send(store: Store, seals: list[Seal]) -> None:
    """In order: each is acknowledged before the next goes out."""
    producer = AIOKafkaProducer(
        bootstrap_servers=store.settings.kafka, enable_idempotence=True, acks="all"
    )
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await producer.start()
            for seal in seals:
                value = json.dumps(seal.as_json(store.service)).encode()
                topic, key = store.settings.seal_topic, store.service.encode()
                await producer.send_and_wait(topic, value, key=key, partition=0)
    finally:
        await producer.stop()


async def seals_on_kafka(settings: Settings) -> dict[str, tuple[list[Seal], list[int]]]:
    """By service every seal that Kafka holds, in order, and the offsets of what is no seal.

    Raises one of UNREACHABLE when Kafka does not answer.
    """
    partition = TopicPartition(settings.seal_topic, 0)
    kafka = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka, group_id=None, enable_auto_commit=False
    )
    found: dict[str, tuple[list[Seal], list[int]]] = {}
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await kafka.start()
            if partition.topic not in await kafka.topics():
                return found
            kafka.assign([partition])
            await kafka.seek_to_beginning(partition)
            end = (await kafka.end_offsets([partition]))[partition]
            while await kafka.position(partition) < end:
                batches = await kafka.getmany(partition, timeout_ms=500)
                for record in batches.get(partition, ()):
                    service = (record.key or b"").decode(errors="replace")
                    seals, others = found.setdefault(service, ([], []))
                    try:
                        seals += read_kept([(record.value or b"").decode()])
                    except ValueError:
                        others.append(record.offset)
    finally:
        await kafka.stop()
    return found
