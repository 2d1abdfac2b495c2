"""All that a consumer has been told, again from the start: what a rebuild is made from."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Protocol
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition

from chassis.codec import GENESIS, Registry
from chassis.record import Consumer, Record, Undecodable, kafka_record, own_record
from chassis.settings import Settings
from chassis.store import read_page
from chassis.tail import applied_position

Take = Callable[[Sequence[Record]], Awaitable[None]]
Progress = Callable[[int, int], None]
Step = tuple[UUID | None, int | None]
_PAGE = 1000


class HistoryIsShort(Exception):
    """The topic no longer holds everything that the consumer once heard from it."""


class Feed(Protocol):
    """`follow` takes whatever the live consumer has applied by now and the feed has not given."""

    events: int

    async def follow(self, take: Take, progress: Progress) -> None: ...

    async def keep(self, schema: str) -> None:
        """Write down in the schema how far this is, so that `resume` can go on from there."""

    async def resume(self, schema: str) -> None: ...


class OwnFeed:
    """The own store; events that are parked now are withheld until they are redriven."""

    def __init__(
        self, connection: asyncpg.Connection, consumer: Consumer, registry: Registry, service: str
    ) -> None:
        self.events = 0
        self._connection = connection
        self._consumer = consumer.id
        self._registry = registry
        self._service = service
        self._cursor = 0
        self._withheld: dict[int, Record] = {}

    async def follow(self, take: Take, progress: Progress) -> None:
        target = await applied_position(self._connection, self._consumer)
        parked = await self._parked()
        skipped = await skipped_by(self._connection, self._consumer)
        late = [r for r in self._withheld.values() if r.position not in parked]
        for record in late:
            del self._withheld[record.position]
        await self._give(take, [r for r in late if (r.stream, r.version) not in skipped])
        while self._cursor < target:
            rows = await read_page(self._connection, self._cursor, target, _PAGE)
            records = [self._decode(row) for row in rows]
            self._cursor = records[-1].position if len(rows) == _PAGE else target
            self._withheld |= {r.position: r for r in records if r.position in parked}
            ready = [r for r in records if r.position not in parked]
            await self._give(take, [r for r in ready if (r.stream, r.version) not in skipped])
            progress(self._cursor, target)

    def _decode(self, row: asyncpg.Record) -> Record:
        return own_record(row, self._registry, self._service)

    async def _give(self, take: Take, records: Sequence[Record]) -> None:
        if records:
            await take(records)
            self.events += len(records)

    async def _parked(self) -> set[int]:
        """Not those that only their reaction failed on: they were applied."""
        rows = await self._connection.fetch(
            "SELECT position FROM parked WHERE consumer = $1 AND error NOT LIKE '% in react'",
            self._consumer,
        )
        return {row["position"] for row in rows}

    async def keep(self, schema: str) -> None:
        """The position, and what is parked at it."""
        await self._connection.execute(
            f"CREATE TABLE {schema}.rebuild_reached (position bigint, withheld bigint[])"
        )
        await self._connection.execute(
            f"INSERT INTO {schema}.rebuild_reached VALUES ($1, $2)",
            self._cursor,
            list(self._withheld),
        )

    async def resume(self, schema: str) -> None:
        row = await self._connection.fetchrow(f"SELECT * FROM {schema}.rebuild_reached")
        assert row is not None, "written by keep"
        self._cursor = row["position"]
        for position in row["withheld"]:
            (stored,) = await read_page(self._connection, position - 1, position, 1)
            self._withheld[position] = self._decode(stored)


class TopicFeed:
    """A topic from its beginning, in the order of each stream, up to the heads that were heard."""

    def __init__(
        self,
        connection: asyncpg.Connection,
        consumer: Consumer,
        kafka: AIOKafkaConsumer,
        partitions: list[TopicPartition],
    ) -> None:
        self.events = 0
        self._connection = connection
        self._consumer = consumer
        self._kafka = kafka
        self._partitions = partitions
        self._heads: dict[UUID, tuple[int, bytes]] = {}
        self._ahead: list[Record | Undecodable] = []

    async def follow(self, take: Take, progress: Progress) -> None:
        target = await self._heard()
        skipped = await skipped_by(self._connection, self._consumer.id)
        ends = await self._kafka.end_offsets(self._partitions)
        held, self._ahead = self._ahead, []
        await self._through(take, held, target, skipped)
        while left := await self._left(ends):
            found = await self._kafka.getmany(timeout_ms=1000, max_records=_PAGE)
            batch = [record for records in found.values() for record in records]
            records = [
                kafka_record(r.key, r.headers, r.value, self._consumer.models) for r in batch
            ]
            await self._through(take, records, target, skipped)
            total = sum(ends.values())
            progress(total - left + len(batch), total)
        short = [s for s, version in target.items() if self._heads.get(s, (0,))[0] < version]
        if short:
            raise HistoryIsShort(f"{len(short)} of {len(target)} streams are shorter in the topic")

    async def _left(self, ends: dict[TopicPartition, int]) -> int:
        return sum([max(0, end - await self._kafka.position(p)) for p, end in ends.items()])

    async def _heard(self) -> dict[UUID, int]:
        rows = await self._connection.fetch(
            "SELECT stream, version FROM stream_version WHERE consumer = $1 AND source = $2",
            self._consumer.id,
            self._consumer.source,
        )
        return {row["stream"]: row["version"] for row in rows}

    async def _through(
        self,
        take: Take,
        records: Sequence[Record | Undecodable],
        target: dict[UUID, int],
        skipped: set[Step],
    ) -> None:
        """Each stream's next version once, as the gate lets it through."""
        ready = []
        for record in records:
            if record.stream is None or record.version is None:
                continue
            version, head = self._heads.get(record.stream, (0, GENESIS))
            if record.version > target.get(record.stream, 0):
                self._ahead.append(record)
            elif (record.stream, record.version) in skipped and record.version > version:
                digest = bytes.fromhex(record.headers["ce_hash"])
                self._heads[record.stream] = (record.version, digest)
            elif isinstance(record, Record) and _continues(record, version, head):
                ready.append(record)
                self._heads[record.stream] = (record.version, record.hash)
        if ready:
            await take(ready)
            self.events += len(ready)

    async def keep(self, schema: str) -> None:
        await self._connection.execute(
            f"CREATE TABLE {schema}.rebuild_reached (stream uuid, version integer, hash bytea)"
        )
        await self._connection.executemany(
            f"INSERT INTO {schema}.rebuild_reached VALUES ($1, $2, $3)",
            [(stream, version, digest) for stream, (version, digest) in self._heads.items()],
        )

    async def resume(self, schema: str) -> None:
        rows = await self._connection.fetch(f"SELECT * FROM {schema}.rebuild_reached")
        self._heads = {row["stream"]: (row["version"], row["hash"]) for row in rows}


def _continues(record: Record, version: int, head: bytes) -> bool:
    return record.version == version + 1 and record.previous_hash == head


async def skipped_by(connection: asyncpg.Connection, consumer: str) -> set[Step]:
    """What was left out for good, on the record."""
    rows = await connection.fetch(
        "SELECT stream, version FROM parked_skip WHERE consumer = $1", consumer
    )
    return {(row["stream"], row["version"]) for row in rows}


@asynccontextmanager
async def topic_feed(
    connection: asyncpg.Connection, consumer: Consumer, settings: Settings
) -> AsyncIterator[TopicFeed]:
    """Reads with a Kafka consumer of its own that is in no group and commits nothing."""
    topic = settings.topic(consumer.source)
    partitions = [TopicPartition(topic, n) for n in range(settings.partitions(consumer.source))]
    kafka = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        fetch_max_wait_ms=20,  # the end of a topic is met soon; waiting for more is no use
    )
    await kafka.start()
    try:
        kafka.assign(partitions)
        await kafka.seek_to_beginning(*partitions)
        yield TopicFeed(connection, consumer, kafka, partitions)
    finally:
        await kafka.stop()
