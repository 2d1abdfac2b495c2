"""How far each consumer is behind: in events, and in seconds since the oldest of them was recorded.

It is measured from outside, so that a consumer that stands still shows it too.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType

import asyncpg
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from chassis.record import Consumer
from chassis.settings import Settings
from chassis.store import Connection

_PATIENCE_S = 2.0
_COUNTED = 10_000

Ends = Mapping[TopicPartition, int]


@dataclass(frozen=True, slots=True)
class Behind:
    """One consumer.  `events` and `seconds` are None when Kafka does not tell."""

    consumer: str
    source: str
    events: int | None
    seconds: float | None
    parked: int = 0


class TopicEnds:
    """Where topics end and when a record was made, as Kafka tells it to one who only looks."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._kafka = AIOKafkaConsumer(
            bootstrap_servers=settings.kafka,
            group_id=None,
            enable_auto_commit=False,
            isolation_level="read_committed",
            request_timeout_ms=int(_PATIENCE_S * 1000),
            max_partition_fetch_bytes=1,  # one batch of a partition is enough, however small
        )

    async def __aenter__(self) -> "TopicEnds":
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await self._kafka.start()
        except BaseException:
            await self._kafka.stop()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._kafka.stop()

    async def of(self, sources: Sequence[str]) -> Ends:
        """The end of every partition of the sources' topics, without those that are not made yet.

        Raises KafkaError, TimeoutError.
        """
        async with asyncio.timeout(_PATIENCE_S):
            there = await self._kafka.topics()
            partitions = [
                TopicPartition(topic, number)
                for source in sources
                if (topic := self._settings.topic(source)) in there
                for number in range(self._settings.partitions(source))
            ]
            found: Ends = await self._kafka.end_offsets(partitions) if partitions else {}
        return found

    async def oldest(self, offsets: Mapping[TopicPartition, int]) -> datetime | None:
        """The earliest `recorded_at` among the records at these offsets."""
        self._kafka.assign(list(offsets))
        for partition, offset in offsets.items():
            self._kafka.seek(partition, offset)
        left, found = set(offsets), list[datetime]()
        try:
            async with asyncio.timeout(_PATIENCE_S):
                while left:
                    batches = await self._kafka.getmany(*left, timeout_ms=200)
                    for partition, records in batches.items():
                        left.discard(partition)
                        found += _recorded_at(records[0])
        finally:
            self._kafka.unsubscribe()
        return min(found, default=None)


def _recorded_at(record: ConsumerRecord[bytes, bytes]) -> list[datetime]:
    """Nothing for a record that is none of ours."""
    try:
        return [datetime.fromisoformat(dict(record.headers)["ce_time"].decode())]
    except (KeyError, ValueError, AttributeError):
        return []


async def own_behind(
    connection: Connection, consumers: Sequence[str], now: datetime
) -> list[Behind]:
    """Consumers of the own store, by their checkpoints; one without a checkpoint is at 0.

    Counted up to 10,000; further behind it is the distance of positions, gaps and all.
    """
    rows = await connection.fetch(
        """SELECT c.consumer, p.counted, n.newest - c.position AS distance,
                  (SELECT recorded_at FROM event WHERE position > c.position
                   ORDER BY position LIMIT 1) AS oldest
           FROM (SELECT asked.consumer, place, coalesce(k.position, 0) AS position
                 FROM unnest($1::text[]) WITH ORDINALITY AS asked (consumer, place)
                 LEFT JOIN checkpoint k ON k.consumer = asked.consumer AND k.shard = 0) c
           CROSS JOIN LATERAL (SELECT count(*) AS counted FROM (
               SELECT FROM event WHERE position > c.position LIMIT $2) few) p
           CROSS JOIN (SELECT coalesce(max(position), 0) AS newest FROM event) n
           ORDER BY c.place""",
        list(consumers),
        _COUNTED + 1,
    )
    found = []
    for row in rows:
        events = row["counted"] if row["counted"] <= _COUNTED else row["distance"]
        found.append(Behind(row["consumer"], "own", events, age(row["oldest"], now)))
    return found


async def heard_behind(
    pool: asyncpg.Pool,
    consumers: Sequence[Consumer],
    kafka: TopicEnds,
    settings: Settings,
    now: datetime,
) -> list[Behind]:
    """Consumers of other services' topics, by their offsets; all of the topic without them."""
    stored = await pool.fetch("SELECT consumer, topic, partition, next FROM kafka_offset")
    following = {
        (row["consumer"], TopicPartition(row["topic"], row["partition"])): row["next"]
        for row in stored
    }
    found = []
    ends = await kafka.of(sorted({consumer.source for consumer in consumers}))
    for consumer in consumers:
        topic = settings.topic(consumer.source)
        at = {p: following.get((consumer.id, p), 0) for p in ends if p.topic == topic}
        left = {p: offset for p, offset in at.items() if offset < ends[p]}
        oldest = await kafka.oldest(left) if left else None
        events = sum(ends[p] - offset for p, offset in left.items())
        found.append(Behind(consumer.id, consumer.source, events, age(oldest, now)))
    return found


def unknown(consumers: Sequence[Consumer]) -> list[Behind]:
    """What is known of them while Kafka does not answer."""
    return [Behind(consumer.id, consumer.source, None, None) for consumer in consumers]


def age(instant: datetime | None, now: datetime) -> float:
    """Seconds since then, 0 without an instant; a clock that was set back makes nothing younger."""
    return max(0.0, (now - instant).total_seconds()) if instant else 0.0


UNREACHABLE = (KafkaError, OSError, TimeoutError)
