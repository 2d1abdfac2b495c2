"""What is too much, too large, too long or configured otherwise: said clearly, harming nobody."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import asyncpg
import pytest
import pytest_asyncio
import structlog
from fastapi import APIRouter, FastAPI
from prometheus_client import REGISTRY

from chassis.codec import GENESIS
from chassis.execute import execute
from chassis.problems import install
from chassis.rebuild import rebuild
from chassis.record import Consumer, Record
from chassis.relay import republish
from chassis.service import open_store, working
from chassis.settings import Settings
from chassis.store import (
    Connection,
    Context,
    Loaded,
    Store,
    Write,
    append,
    read_page,
    safe_position,
)
from chassis.tail import GATE_LIMIT_S, GATE_LOOK_S
from chassis.topics import PartitionCountDiffers, ensure_topics
from tests.chassis.toy import (
    KAFKA,
    SERVICE,
    Count,
    Counted,
    ToyRuleBroken,
    apply_own,
    count,
    ref,
    tally,
)
from tests.faults import toys
from tests.faults.report import Event, Fault
from tests.support import until

pytestmark = [pytest.mark.fault, pytest.mark.integration, pytest.mark.asyncio]
ONLY_OWN = replace(SERVICE, consumers=[c for c in SERVICE.consumers if c.source == "own"])
ONLY_KAFKA = replace(SERVICE, consumers=[KAFKA])


@pytest_asyncio.fixture(scope="module")
async def store(settings: Settings) -> AsyncIterator[Store]:
    async with open_store(SERVICE, settings) as opened:
        yield opened


def early(store: Store, person: str) -> tuple[list[Write], Context]:
    write = Write(ref(person), Loaded((), 0, GENESIS), [Counted(person, 1)])
    return [write], Context("tester", store.clock(), person)


async def test_an_append_stopped_before_its_commit_is_named(store: Store, fault: Fault) -> None:
    """Within two seconds, as the watch's own figures say; a busy machine may take longer here."""
    assert GATE_LIMIT_S + 2 * GATE_LOOK_S < 2
    async with working(ONLY_KAFKA, store, "all"):
        with structlog.testing.capture_logs() as logged:
            connection = await asyncpg.connect(store.settings.dsn(store.settings.database("toy")))
            transaction = connection.transaction()
            await transaction.start()
            await append(store, connection, *early(store, "stopped"))
            pid = connection.get_server_pid()

            async def named() -> bool:
                return any(entry.get("pid") == pid for entry in logged)

            await until(named)
            age = REGISTRY.get_sample_value("merit_gate_age_seconds", {"service": "toy"})
            assert age is not None
            assert age > GATE_LIMIT_S
            await count(store, "behind", "behind", 1)
            await connection.close()
        await until(toys.has_heard(store, "kafka", 1))
    seen = [
        event for event in await toys.heard(store, "kafka") if event[0] in ("stopped", "behind")
    ]
    fault.count(1, [("behind", 1)], seen)


async def test_a_long_transaction_and_a_rebuild_delay_nobody(store: Store, fault: Fault) -> None:
    """Each event can be read as soon as it is committed, whatever else is being written."""
    expected: list[Event] = []
    seen: list[Event] = []
    writing = asyncio.Event()

    async def apply_slowly(connection: Connection, records: Sequence[Record]) -> None:
        await apply_own(connection, records)
        writing.set()
        await connection.execute("SELECT pg_sleep(0.3)")

    slow = Consumer("own", 1, "own", apply=apply_slowly, tables=("heard",))

    async def rebuild_again_and_again() -> None:
        while True:
            await rebuild(SERVICE, store.settings, slow, swap=False)

    other = await asyncpg.connect(store.settings.dsn(store.settings.database("keys")))
    reader = await store.pool.acquire()
    await count(store, "to be rebuilt", "to be rebuilt")
    async with working(ONLY_OWN, store, "all"):
        await until(toys.has_heard(store, "own", 1))
    rebuilding = asyncio.create_task(rebuild_again_and_again())
    try:
        await other.execute("BEGIN; CREATE TABLE held (n int); INSERT INTO held VALUES (1)")
        async with asyncio.timeout(20):
            await writing.wait()
        ends = time.monotonic() + fault(3, 60)
        while time.monotonic() < ends:
            name = f"free-{len(expected)}"
            cursor = await safe_position(reader)
            await count(store, name, name, 1)
            page = await read_page(reader, cursor, await safe_position(reader), 10)
            seen += [(row["key"], row["version"]) for row in page]
            expected.append((name, 1))
            await asyncio.sleep(0.02)
        assert not rebuilding.done()
    finally:
        rebuilding.cancel()
        await asyncio.wait([rebuilding])
        await store.pool.release(reader)
        await other.close()
    fault.count(len(expected), expected, seen)


async def test_a_pool_without_a_free_connection_answers_503(
    settings: Settings, fault: Fault
) -> None:
    """Also: nothing of the command is there, and the same key gets through afterwards."""
    small = settings.model_copy(update={"pool_size": 1, "pool_wait_s": 0.2})
    async with open_store(SERVICE, small) as store:
        app, router = FastAPI(), APIRouter()
        install(app, ToyRuleBroken)

        @router.post("/counts")
        async def counts() -> dict[str, int]:
            return {"events": (await count(store, "waiting", "waiting", 1)).events}

        app.include_router(router)
        async with toys.http(app) as client:
            async with store.pool.acquire() as only:
                answer = await client.post("/counts")
                assert not await only.fetchval("SELECT 1 FROM stream WHERE key = 'waiting'")
            assert answer.status_code == 503
            assert answer.headers["Retry-After"] == "1"
            assert answer.json()["type"] == "urn:merit:not-yet"
            assert (await client.post("/counts")).json() == {"events": 1}
        seen = [event for event in await toys.stored(store) if event[0] == "waiting"]
    fault.count(1, [("waiting", 1)], seen)


async def test_a_lost_database_session_answers_503(settings: Settings, fault: Fault) -> None:
    async with open_store(SERVICE, settings) as store:
        app = FastAPI()
        install(app, ToyRuleBroken)

        @app.post("/ended")
        async def ended() -> dict[str, int]:
            async with store.pool.acquire() as connection:
                pid = connection.get_server_pid()
                await toys.as_superuser(store, "SELECT pg_terminate_backend($1)", pid)
                await connection.execute("SELECT 1")
            return {}

        async with toys.http(app) as client:
            answer = await client.post("/ended")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
        await count(store, "after", "after", 1)
        seen = [event for event in await toys.stored(store) if event[0] == "after"]
    fault.count(1, [("after", 1)], seen)


async def test_a_record_too_large_for_kafka_halts_its_key_only(
    settings: Settings, fault: Fault
) -> None:
    own = settings.model_copy(update={"prefix": settings.prefix + "big"})
    async with open_store(SERVICE, own) as store, working(ONLY_KAFKA, store, "all"):
        context = Context("tester", store.clock(), "large")
        command = Count("large", 1, "x" * 1_500_000)
        await execute(store, tally, ref("large"), command, context)
        await toys.tell(store, "large", [2])
        await toys.tell(store, "small", [1, 2, 3])
        await until(toys.has_heard(store, "kafka", 3))

        async def halted() -> bool:
            rows = await store.pool.fetch("SELECT key, version FROM parked WHERE consumer='relay'")
            return [tuple(row) for row in rows] == [("large", 1), ("large", 2)]

        await until(halted)
        assert await republish(store) == 5
        await count(store, "after", "after", 1)
        await until(toys.has_heard(store, "kafka", 4))
        assert await halted(), "what is parked is neither sent nor parked again"
        expected = toys.told(["small"], 3) | {("after", 1)}
        fault.count(1, expected, await toys.heard(store, "kafka"))


async def test_a_topic_with_other_partitions_is_refused_at_start(settings: Settings) -> None:
    await ensure_topics(settings, ["elsewhere"])
    other = settings.model_copy(update={"default_partitions": 5})
    with pytest.raises(PartitionCountDiffers, match="has 12 partitions, configured are 5"):
        await ensure_topics(other, ["elsewhere"])
