"""From store to consumer over real Kafka: kills, lost connections, poison; each event once."""

import asyncio
import os
import random
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError

from chassis.gate import TRANSIENT, closed_keys
from chassis.redrive import redrive, skip
from chassis.service import open_store, working
from chassis.settings import Settings
from chassis.store import Store
from tests.chassis.toy import KAFKA, SERVICE, Poisoned, count, tally_id
from tests.support import until

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]
ONLY_KAFKA = replace(SERVICE, consumers=[KAFKA])


@pytest_asyncio.fixture(scope="module")
async def store(settings: Settings) -> AsyncIterator[Store]:
    async with open_store(SERVICE, settings) as opened:
        yield opened


async def heard(store: Store, consumer: str, stream: UUID) -> list[int]:
    rows = await store.pool.fetch(
        "SELECT number FROM heard WHERE consumer = $1 AND stream = $2 ORDER BY row",
        consumer,
        stream,
    )
    return [row["number"] for row in rows]


def has_heard(store: Store, consumer: str, person: str, upto: int) -> Callable[[], Awaitable[bool]]:
    async def check() -> bool:
        numbers = await heard(store, consumer, tally_id(person))
        return bool(numbers) and numbers[-1] >= upto

    return check


@asynccontextmanager
async def worker(settings: Settings) -> AsyncIterator[asyncio.subprocess.Process]:
    """The toy's worker as a process of its own; killed, not asked, when the block ends."""
    environment = os.environ | {
        "MERIT_POSTGRES": settings.postgres,
        "MERIT_KAFKA": settings.kafka,
        "MERIT_PREFIX": settings.prefix,
        "MERIT_HOME": str(settings.home),
        "MERIT_PORT": "0",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.chassis.toy",
        "--role",
        "worker",
        env=environment,
        cwd=Path(__file__).parents[2],
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
        await process.wait()


async def test_killed_workers_lose_nothing_and_apply_nothing_twice(
    settings: Settings, store: Store
) -> None:
    people, each = [f"killed-{n}" for n in range(10)], 30

    async def write(person: str) -> None:
        for n in range(1, each + 1):
            await count(store, person, f"{person} {n}", n)
            await asyncio.sleep(0.1)

    writing = asyncio.gather(*map(write, people))
    chance = random.Random(7)
    for _ in range(4):
        async with worker(settings) as process:
            await asyncio.sleep(chance.uniform(1.0, 2.5))
            process.send_signal(signal.SIGKILL)
            await process.wait()
    await writing
    async with worker(settings):
        for person in people:
            await until(has_heard(store, "kafka", person, each))
            await until(has_heard(store, "own", person, each))
            await until(has_heard(store, "own", f"echo-{person}", each))
    for person in people:
        assert await heard(store, "kafka", tally_id(person)) == list(range(1, each + 1))
        assert await heard(store, "own", tally_id(person)) == list(range(1, each + 1))
        assert await heard(store, "own", tally_id(f"echo-{person}")) == list(range(1, each + 1))


async def test_an_error_behind_the_last_records_does_not_hold_them_back(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing comes after them that would show that they are missing."""
    getmany, raised = AIOKafkaConsumer.getmany, list[int]()

    async def broken(kafka: AIOKafkaConsumer, *partitions: Any, **asked: Any) -> Any:
        if not asked["timeout_ms"] and len(raised) < 5:
            raised.append(asked["max_records"])
            raise KafkaError("of another partition")
        return await getmany(kafka, *partitions, **asked)

    monkeypatch.setattr(AIOKafkaConsumer, "getmany", broken)
    async with working(ONLY_KAFKA, store, "all"):
        for n in range(1, 6):
            await count(store, "last", f"last {n}", n)
            await until(has_heard(store, "kafka", "last", n))
    assert len(raised) == 5
    assert await heard(store, "kafka", tally_id("last")) == [1, 2, 3, 4, 5]


async def test_losing_the_database_in_mid_batch_repeats_the_batch(
    settings: Settings, store: Store
) -> None:
    async with (
        working(ONLY_KAFKA, store, "all"),
        outsider(settings) as lock,
        outsider(settings) as database,
    ):
        await count(store, "cut", "cut 1", 1)
        await until(has_heard(store, "kafka", "cut", 1))
        for n in range(2, 6):
            async with lock.transaction():
                await lock.execute("LOCK TABLE heard IN EXCLUSIVE MODE")
                await count(store, "cut", f"cut {n}", n)
                await until(held_back(database))
                assert await end_sessions(database, HELD_BACK) == 1
            await until(has_heard(store, "kafka", "cut", n))
    assert await heard(store, "kafka", tally_id("cut")) == [1, 2, 3, 4, 5]


async def test_losing_all_sessions_under_load_loses_nothing_and_repeats_nothing(
    settings: Settings, store: Store
) -> None:
    ended = 0
    async with working(ONLY_KAFKA, store, "all"), outsider(settings) as database:
        for n in range(1, 41):
            await count_again(store, "failed-over", n)
            if n % 8 == 0:
                ended += await end_sessions(database, "true")
        await until(has_heard(store, "kafka", "failed-over", 40), 60)
    assert ended >= 5, "sessions were really lost"
    assert await heard(store, "kafka", tally_id("failed-over")) == list(range(1, 41))


@asynccontextmanager
async def outsider(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    """A session of the database's owner: a service's role may not end others' sessions."""
    connection = await asyncpg.connect(settings.dsn(settings.database("toy")))
    try:
        yield connection
    finally:
        await connection.close()


HELD_BACK = "wait_event_type = 'Lock' AND query LIKE '%INTO heard%'"  # in the midst of a batch


def held_back(database: asyncpg.Connection) -> Callable[[], Awaitable[bool]]:
    async def check() -> bool:
        found = f"SELECT count(*) FROM pg_stat_activity WHERE {HELD_BACK}"
        return bool(await database.fetchval(found) == 1)

    return check


async def end_sessions(database: asyncpg.Connection, which: str) -> int:
    """End those of the service's sessions, as a database that fails over does; how many."""
    rows = await database.fetch(
        f"""SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()
              AND starts_with(application_name, current_database()) AND {which}"""
    )
    return len(rows)


async def count_again(store: Store, person: str, number: int) -> None:
    """The command under one key, sent again when its own session was lost."""
    for _ in range(20):
        try:
            await count(store, person, f"{person} {number}", number)
            return
        except TRANSIENT:
            await asyncio.sleep(0.05)
    raise AssertionError("the database did not come back")


async def test_an_event_that_raises_closes_its_key_and_no_other(store: Store) -> None:
    await store.pool.execute("INSERT INTO poison VALUES (3)")
    async with working(ONLY_KAFKA, store, "all") as (running, _):
        for n in range(1, 7):
            await count(store, "poisoned", f"poisoned {n}", n)
        for n in (1, 2):
            await count(store, "healthy", f"healthy {n}", n)

        async def all_parked() -> bool:
            waiting = "SELECT count(*) FROM parked WHERE consumer = 'kafka.v1' AND key = 'poisoned'"
            return bool(await store.pool.fetchval(waiting) == 4)

        await until(has_heard(store, "kafka", "healthy", 2))
        await until(all_parked)
        assert await heard(store, "kafka", tally_id("poisoned")) == [1, 2]
        with pytest.raises(Poisoned):
            await redrive(running, KAFKA, "poisoned")
        await store.pool.execute("DELETE FROM poison")
        assert await redrive(running, KAFKA, "poisoned") == 4
        await count(store, "poisoned", "poisoned 7", 7)
        await until(has_heard(store, "kafka", "poisoned", 7))
    assert await heard(store, "kafka", tally_id("poisoned")) == list(range(1, 8))


async def test_bytes_and_headers_that_nobody_can_read_are_parked_and_skipped(
    settings: Settings, store: Store
) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka)
    async with working(ONLY_KAFKA, store, "all") as (running, _):
        await count(store, "before", "before 1", 1)
        await until(has_heard(store, "kafka", "before", 1))
        await producer.start()
        topic = settings.topic("toy")
        for headers in ([("ce_type", b"\xff\xfe")], [("ce_type", None)], []):
            await producer.send_and_wait(topic, b"\xff{", key=b"stranger", headers=headers)
        await producer.stop()
        for n in range(1, 101):
            await count(store, f"after-{n % 10}", f"after {n}")
        for person in (f"after-{n}" for n in range(10)):
            await until(has_heard(store, "kafka", person, 10))

        async def three_parked() -> bool:
            rows = "SELECT count(*) FROM parked WHERE consumer = 'kafka.v1' AND key = 'stranger'"
            return bool(await store.pool.fetchval(rows) == 3)

        await until(three_parked)
        for _ in range(3):
            await skip(running, KAFKA, "stranger", "tester", "not ours", store.clock())
    async with store.pool.acquire() as connection:
        assert not await closed_keys(connection, KAFKA.id, ["stranger"])
    assert await store.pool.fetchval("SELECT count(*) FROM parked_skip") == 3


@pytest.mark.parametrize("found", ["", "another topic"])
async def test_offsets_that_another_hand_marked_are_put_right(store: Store, found: str) -> None:
    """With rows that do not name the topic that is read, offsets stayed where they were."""
    person = f"marked {found}"
    async with working(ONLY_KAFKA, store, "all"):
        await count(store, person, f"{person} 1", 1)
        await until(has_heard(store, "kafka", person, 1))
        ours = "FROM kafka_offset WHERE consumer = 'kafka.v1'"
        before = await store.pool.fetchval(f"SELECT sum(next) {ours}")
        await store.pool.execute("UPDATE kafka_offset SET topic_id = $1", found)
        await count(store, person, f"{person} 2", 2)

        async def moved() -> bool:
            rows = await store.pool.fetch(f"SELECT topic_id, next {ours}")
            return sum(row["next"] for row in rows) > before and all(
                len(row["topic_id"]) == 32 for row in rows
            )

        await until(moved)
    assert await heard(store, "kafka", tally_id(person)) == [1, 2]


async def test_a_hole_and_a_fork_close_their_key_and_a_repeat_is_dropped(
    settings: Settings, store: Store
) -> None:
    """Records as a producer with a fault, or one restored to an earlier point, would send them."""
    async with working(ONLY_KAFKA, store, "all"):
        for n in range(1, 3):
            await count(store, "source", f"source {n}", n)
        await until(has_heard(store, "kafka", "source", 2))
        producer = AIOKafkaProducer(bootstrap_servers=settings.kafka)
        await producer.start()
        stream = tally_id("source")
        head = await store.pool.fetchrow(
            "SELECT version, hash, previous_hash FROM event WHERE stream = $1 AND version = 2",
            stream,
        )
        assert head is not None
        repeat = published(stream, "source", 2, head["previous_hash"], head["hash"])
        hole = published(uuid4(), "holed", 3, bytes(32), bytes(32))
        fork = published(stream, "source", 2, head["previous_hash"], b"another".ljust(32))
        for key, headers in ((b"source", repeat), (b"holed", hole), (b"source", fork)):
            await producer.send_and_wait(
                settings.topic("toy"), b'{"person":"source","number":9}', key=key, headers=headers
            )
        await producer.stop()

        async def errors() -> set[str]:
            rows = await store.pool.fetch(
                "SELECT key, error FROM parked WHERE consumer = 'kafka.v1' ORDER BY id"
            )
            return {f"{row['key']} {row['error'].split(':')[0]}" for row in rows}

        async def both() -> bool:
            return {"holed hole", "source fork"} <= await errors()

        await until(both)
    assert await heard(store, "kafka", stream) == [1, 2], "the repeat was dropped"


def published(
    stream: UUID, person: str, version: int, previous: bytes, own: bytes
) -> list[tuple[str, bytes]]:
    instant = "2026-03-01T12:00:00.000000+00:00"
    headers = {
        "ce_specversion": "1.0",
        "ce_id": str(uuid4()),
        "ce_type": "toy.Counted",
        "ce_source": "merit/toy",
        "ce_subject": person,
        "ce_time": instant,
        "ce_effectivetime": instant,
        "ce_schemaversion": "1",
        "ce_position": "1",
        "ce_stream": str(stream),
        "ce_version": str(version),
        "ce_previoushash": previous.hex(),
        "ce_hash": own.hex(),
        "ce_actor": "tester",
    }
    return [(name, text.encode()) for name, text in headers.items()]
