"""What goals hears of people makes the same tables in whatever order it arrives."""

import random
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import asyncpg
import pytest
import pytest_asyncio

from chassis.access_feed import ACCESS
from chassis.record import Consumer, Record, headers_of, kafka_record
from chassis.settings import Settings
from chassis.store import Connection
from goals.consumed import PEOPLE
from goals.projections.jobs import job_on, keep_employments
from tests.goals.world import ADMIN, HAL, SALES, World, a_world
from tests.people.served import eventually

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]

HEARD = (ACCESS, PEOPLE)
FED = {ACCESS.id: ("person_fact", "grant_fact"), PEOPLE.id: ("employment", "job")}
ALL_EVENTS = """SELECT e.*, s.key FROM event e JOIN stream s ON s.id = e.stream
    ORDER BY e.position"""


@pytest_asyncio.fixture(scope="module")
async def world(settings: Settings) -> AsyncIterator[World]:
    async with a_world(settings) as founded:
        yield founded


async def tables(connection: Connection, consumer: Consumer) -> dict[str, list[str]]:
    return {
        table: sorted(repr(tuple(row)) for row in await connection.fetch(f"SELECT * FROM {table}"))
        for table in FED[consumer.id]
    }


async def again(
    connection: Connection, consumer: Consumer, records: Sequence[Record], size: int
) -> dict[str, list[str]]:
    """The consumer's tables as it makes them from nothing, in batches of that size."""
    assert consumer.apply is not None, "both are projections"
    transaction = connection.transaction()
    await transaction.start()
    for table in FED[consumer.id]:
        await connection.execute(f"DELETE FROM {table}")
    for start in range(0, len(records), size):
        await consumer.apply(connection, records[start : start + size])
    found = await tables(connection, consumer)
    await transaction.rollback()
    return found


async def test_what_people_tell_may_arrive_in_any_order(world: World) -> None:
    """Within a stream the order is given; how streams follow each other is not."""
    await world.people.send("PUT", ADMIN, "/jobs/seller", {**SALES, "title": "Senior seller"})
    for manager in ("3", "2"):
        await world.reports_to(14, manager)
    rows = await world.people.store.pool.fetch(ALL_EVENTS)
    await eventually(lambda: has_heard(world, len(rows)))
    chance = random.Random(11)
    async with world.goals.store.pool.acquire() as connection:
        for consumer in HEARD:
            before = await tables(connection, consumer)
            assert all(before.values())
            for size in (1, 5, len(rows)):
                records = [heard(row, consumer) for row in interleaved(rows, chance)]
                assert await again(connection, consumer, records, size) == before


async def test_a_job_not_yet_heard_of_is_not_taken_for_the_one_before(world: World) -> None:
    today = world.goals.store.clock().date()
    async with world.goals.store.pool.acquire() as connection:
        assert await job_on(connection, HAL, today)
        transaction = connection.transaction()
        await transaction.start()
        await keep_employments(connection, [(HAL, today, "unheard-of")])
        assert await job_on(connection, HAL, today) is None
        before = await job_on(connection, HAL, today - timedelta(days=1))
        await transaction.rollback()
    assert before is not None
    assert before.job == "seller"


async def has_heard(world: World, events: int) -> bool:
    rows = await world.goals.store.pool.fetch(
        """SELECT consumer, sum(version) AS events FROM stream_version
           WHERE source = 'people' GROUP BY consumer"""
    )
    return {row["consumer"]: row["events"] for row in rows} == {c.id: events for c in HEARD}


def interleaved(rows: Sequence[asyncpg.Record], chance: random.Random) -> list[asyncpg.Record]:
    """The rows in another order, each stream's own order kept."""
    turns = [row["stream"] for row in rows]
    chance.shuffle(turns)
    waiting = {stream: [row for row in rows if row["stream"] == stream] for stream in set(turns)}
    return [waiting[stream].pop(0) for stream in turns]


def heard(row: asyncpg.Record, consumer: Consumer) -> Record:
    """The row of people's store as it comes from Kafka."""
    headers = [(name, text.encode()) for name, text in headers_of(row, "people").items()]
    record = kafka_record(row["key"].encode(), headers, row["data"].encode(), consumer.models)
    assert isinstance(record, Record)
    return record
