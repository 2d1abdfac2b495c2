"""Hear other services from Kafka: FastStream brings batches, PostgreSQL keeps the offsets."""

import asyncio
import time
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, cast

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError, UnknownTopicOrPartitionError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.annotations import KafkaMessage
from faststream.kafka.message import FAKE_CONSUMER
from faststream.kafka.message import KafkaMessage as Message

from chassis import metrics
from chassis.gate import TRANSIENT, apply_or_park, lock_parking, park, pass_gate, store_passed
from chassis.record import Consumer, Record, Undecodable, kafka_record
from chassis.store import Connection, Store
from chassis.tail import react_or_park
from chassis.topics import topic_id

ACCESS = "access"
_BATCH = 2000
# So many at a time are decoded right behind aiokafka's own unpacking, while the processor has them
# in its cache: of a whole batch each took twice as long.
_CHUNK = 100
_POLL_MS = 200
_SHOW_S = 1.0
_PATIENCE_S = 60.0  # well below max_poll_interval
_LONGEST_PAUSE_S = 5.0
_METADATA_MS = 5_000  # a topic that was made again is seen after so long, at the latest
_ASK_S, _TRIES = 5.0, 120
_AWAY: tuple[type[BaseException], ...] = (*TRANSIENT, KafkaError)
log: Any = structlog.get_logger()

Offsets = dict[TopicPartition, int]


class Heard(NamedTuple):
    """A record of Kafka, decoded, and where it stood; FastStream looks at the topic."""

    topic: str
    partition: int
    offset: int
    record: Record | Undecodable


Batch = tuple[Heard, ...]


class OffsetMoved(Exception):
    """The batch does not begin at the stored offset: another member has the partition, or Kafka
    lost the topic and counts from 0 again."""


async def parse(message: Batch) -> Message:
    """What `poll` has made of the records: headers that are no text must not lose a batch."""
    return Message(body=b"", raw_message=message, consumer=FAKE_CONSUMER)


async def decode(message: Message) -> list[bytes]:
    return []


def make_broker(
    store: Store, consumers: Iterable[Consumer]
) -> tuple[KafkaBroker, Sequence["Subscription"]]:
    """A broker with one batch subscriber, in a group of its own, for each consumer."""
    # Without consumer_only it opens a producer too, and forgets it when its start is cancelled.
    broker = KafkaBroker(
        store.settings.kafka,
        parser=parse,
        decoder=decode,
        logger=None,
        consumer_only=True,
        metadata_max_age_ms=_METADATA_MS,
    )
    subscriptions = [Subscription(store, consumer) for consumer in consumers]
    for subscription in subscriptions:
        subscription.attach(broker)
    return broker, subscriptions


async def heard_before(store: Store, subscriptions: Sequence["Subscription"]) -> bool:
    """Whether access, and so who may do what, is as it was said before this process started."""
    for subscription in subscriptions:
        if subscription.consumer.name == ACCESS and not await subscription.caught_up():
            return False
    return True


class Subscription(ConsumerRebalanceListener):
    """One consumer's place in its topic."""

    def __init__(self, store: Store, consumer: Consumer) -> None:
        self.store = store
        self.consumer = consumer
        self.topic = store.settings.topic(consumer.source)
        self._working = asyncio.Lock()
        self._leaving = False
        self._subscriber: Any = None
        self._topic_id = ""
        self._unshown: Offsets = {}
        self._shown = 0.0
        self._ends: Offsets = {}

    def attach(self, broker: KafkaBroker) -> None:
        subscriber = broker.subscriber(
            self.topic,
            batch=True,
            group_id=f"{self.store.settings.prefix}.{self.store.service}.{self.consumer.id}",
            ack_policy=AckPolicy.MANUAL,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            max_records=_BATCH,
            listener=self,
        )
        self._subscriber = subscriber
        # Its own sleeps after an empty poll, and records that come meanwhile wait for that.
        self._subscriber.get_msg = self.poll

        @subscriber
        async def handle(message: KafkaMessage) -> None:
            await self.take(cast(Batch, message.raw_message))

    @property
    def kafka(self) -> AIOKafkaConsumer:
        assert self._subscriber is not None, "attach() comes first"
        return cast(AIOKafkaConsumer, self._subscriber.consumer)

    async def poll(self, consumer: AIOKafkaConsumer) -> Batch:
        """What has come by now, up to a batch; an error ends it, and is raised only by itself."""
        heard: list[Heard] = []
        models, wait_ms = self.consumer.models, _POLL_MS
        while len(heard) < _BATCH:
            try:
                found = await consumer.getmany(timeout_ms=wait_ms, max_records=_CHUNK)
            except Exception:
                if not heard:
                    raise
                break  # aiokafka will not bring those again by itself: they are taken first
            if not found:
                break
            for records in found.values():
                heard += [
                    Heard(
                        r.topic,
                        r.partition,
                        r.offset,
                        kafka_record(r.key, r.headers, r.value, models),
                    )
                    for r in records
                ]
            wait_ms = 0
        return tuple(heard)

    async def on_partitions_revoked(self, revoked: Any) -> None:
        """Let the batch in work finish, or make it give up, before the partitions are gone."""
        self._leaving = True
        async with self._working:
            self._leaving = False

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        for partition, offset in (await self._placed(list(assigned))).items():
            self.kafka.seek(partition, offset)

    async def caught_up(self) -> bool:
        """Whether the stored offsets have reached the ends that the topic had at the first look."""
        assigned = list(self.kafka.assignment())
        if not assigned:
            return False
        if not self._ends:
            self._ends = await self.kafka.end_offsets(assigned)
        async with self.store.pool.acquire() as connection:
            stored = await self._stored(connection, assigned)
        return all(stored.get(p, -1) >= self._ends.get(p, 0) for p in assigned)

    async def _placed(self, partitions: Sequence[TopicPartition]) -> Offsets:
        """_place, tried again while Kafka or the database is away; nothing when it stays away."""
        for _ in range(_TRIES):
            try:
                return await self._place(partitions)
            except _AWAY:
                await asyncio.sleep(0.5)
        return {}

    async def _place(self, partitions: Sequence[TopicPartition]) -> Offsets:
        """Where each partition goes on; its row is made first, since batches lock it.

        The offsets of a topic that Kafka lost say nothing about the one that was made since.
        """
        async with asyncio.timeout(_ASK_S):
            found = await topic_id(self.kafka._client, self.topic)
        if found is None:
            raise UnknownTopicOrPartitionError(self.topic)
        async with self.store.pool.acquire() as connection, connection.transaction():
            await connection.execute(
                """INSERT INTO kafka_offset (consumer, topic, partition, next, topic_id)
                   SELECT $1, $2, unnest($3::int[]), 0, $4 ON CONFLICT DO NOTHING""",
                *(self.consumer.id, self.topic, [p.partition for p in partitions], found),
            )
            lost = await connection.execute(
                """UPDATE kafka_offset SET next = 0
                   WHERE consumer = $1 AND topic = $2 AND topic_id NOT IN ('', $3)""",
                *(self.consumer.id, self.topic, found),
            )
            await connection.execute(
                "UPDATE kafka_offset SET topic_id = $3 WHERE consumer = $1 AND topic = $2",
                *(self.consumer.id, self.topic, found),
            )
            stored = await self._stored(connection, partitions)
        self._topic_id = found
        if lost != "UPDATE 0":
            log.error("topic was lost, read from its beginning", consumer=self.consumer.id)
        return stored

    async def _stored(
        self, connection: Connection, partitions: Sequence[TopicPartition]
    ) -> Offsets:
        rows = await connection.fetch(
            """SELECT partition, next FROM kafka_offset
               WHERE consumer = $1 AND topic = $2 AND partition = ANY ($3)""",
            *(self.consumer.id, self.topic, [p.partition for p in partitions]),
        )
        return {TopicPartition(self.topic, row["partition"]): row["next"] for row in rows}

    async def take(self, batch: Batch) -> None:
        """Return only after the commit, or after going back to the stored offsets (kernel 5)."""
        started, pause, strikes = time.monotonic(), 0.05, 0
        async with self._working:
            while True:
                try:
                    await self._process(batch, one_by_one=strikes > 1)
                    return
                except OffsetMoved:
                    break
                except TRANSIENT as error:
                    log.warning(
                        "batch waits", consumer=self.consumer.id, error=type(error).__name__
                    )
                    if self._leaving or time.monotonic() - started > _PATIENCE_S:
                        break
                    await asyncio.sleep(pause)
                    pause = min(pause * 2, _LONGEST_PAUSE_S)
                except Exception as error:
                    strikes += 1
                    log.error("batch raised", consumer=self.consumer.id, error=type(error).__name__)
                    if strikes > 2:
                        await asyncio.sleep(pause)
                        break
            await self._go_back(batch)

    async def _go_back(self, batch: Batch) -> None:
        """Every partition to its stored offset: those of a lost topic all begin again."""
        read = {TopicPartition(r.topic, r.partition): r.offset for r in reversed(batch)}
        stored = read | await self._placed(list(self.kafka.assignment()))
        for partition in stored.keys() & self.kafka.assignment():
            self.kafka.seek(partition, stored[partition])

    async def _process(self, batch: Batch, *, one_by_one: bool) -> None:
        consumer, store = self.consumer, self.store
        records = [heard.record for heard in batch]
        async with store.pool.acquire() as connection, connection.transaction():
            await lock_parking(connection, consumer)
            offsets = await self._behind(connection, batch)
            passed = await pass_gate(connection, consumer, records)
            if consumer.apply and passed.accepted:
                await apply_or_park(connection, consumer.apply, passed, one_by_one=one_by_one)
            await store_passed(connection, consumer, passed, store.clock())
            if consumer.react is None:
                await self._move(connection, offsets)
        if consumer.react:
            await self._react(records, passed.parked, offsets)
        self._unshown |= offsets
        if len(batch) < _BATCH or time.monotonic() - self._shown > _SHOW_S:
            await self._show()
        metrics.applied(store.service, consumer.id, len(passed.accepted))

    async def _react(
        self,
        records: Sequence[Record | Undecodable],
        parked: Sequence[tuple[Record | Undecodable, str]],
        offsets: Offsets,
    ) -> None:
        """What was applied before a crash is reacted to again: the commands' keys are the same."""
        behind = {id(record) for record, _ in parked}
        ready = [r for r in records if isinstance(r, Record) and id(r) not in behind]
        waiting = await react_or_park(self.store, self.consumer, ready)
        async with self.store.pool.acquire() as connection, connection.transaction():
            await park(connection, self.consumer.id, waiting, self.store.clock())
            await self._move(connection, offsets)

    async def _behind(self, connection: Connection, batch: Batch) -> Offsets:
        """The offsets behind the batch.  Raises OffsetMoved unless it begins at the stored ones."""
        rows = await connection.fetch(
            """SELECT partition, next FROM kafka_offset
               WHERE consumer = $1 AND topic = $2 AND partition = ANY ($3)
               ORDER BY partition FOR UPDATE""",
            self.consumer.id,
            self.topic,
            list({heard.partition for heard in batch}),
        )
        following = {row["partition"]: row["next"] for row in rows}
        for _, partition, offset, _ in batch:
            expected = following.get(partition, 0)
            if offset != expected:
                raise OffsetMoved(f"partition {partition}: {offset}, not {expected}")
            following[partition] = offset + 1
        touched = {heard.partition for heard in batch}
        return {TopicPartition(self.topic, p): following[p] for p in touched}

    async def _move(self, connection: Connection, offsets: Offsets) -> None:
        moved = await connection.execute(
            """UPDATE kafka_offset o SET next = greatest(o.next, t.next)
               FROM unnest($3::int[], $4::bigint[]) AS t (partition, next)
               WHERE o.consumer = $1 AND o.topic = $2 AND o.partition = t.partition
                 AND o.topic_id = $5""",
            self.consumer.id,
            self.topic,
            [p.partition for p in offsets],
            list(offsets.values()),
            self._topic_id,
        )
        if moved != f"UPDATE {len(offsets)}":
            raise OffsetMoved("the topic was made again while this batch was in work")

    async def _show(self) -> None:
        """Only for lag displays: nothing depends on Kafka's copy of the offsets."""
        offsets, self._unshown, self._shown = self._unshown, {}, time.monotonic()
        try:
            await self.kafka.commit(offsets)
        except KafkaError:
            log.info("offsets not shown to Kafka", consumer=self.consumer.id)
