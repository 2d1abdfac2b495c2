"""The event store on a real PostgreSQL: guarded appends, and reading in order without loss."""

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from chassis.codec import GENESIS, chain_hash
from chassis.execute import KeyUsedForAnotherRequest, execute
from chassis.ids import new_id, stream_id
from chassis.migrate import KERNEL, MigrationChanged, RestoredWithoutSequence, migrate
from chassis.record import Record, headers_of, kafka_record, own_record
from chassis.service import open_store
from chassis.settings import Settings
from chassis.store import (
    PAGE,
    Answer,
    Conflict,
    Context,
    Loaded,
    Ref,
    Store,
    Write,
    append,
    load,
    read_page,
    safe_position,
)
from cli.platform.servers import Servers
from tests.chassis.toy import SERVICE, Count, Counted, NumberTaken, count, ref, tally, tally_id

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]


@pytest_asyncio.fixture(scope="module")
async def store(settings: Settings) -> AsyncIterator[Store]:
    wide = settings.model_copy(update={"pool_size": 24})
    async with open_store(SERVICE, wide) as opened:
        yield opened


def context(store: Store) -> Context:
    return Context("tester", store.clock(), str(new_id()))


async def test_a_command_told_a_hundred_times_at_once_appends_once(store: Store) -> None:
    answers = await asyncio.gather(*(count(store, "ann", "same key", 1) for _ in range(100)))
    assert len(set(answers)) == 1
    assert answers[0].events == 1
    async with store.pool.acquire() as connection:
        assert (await load(store, connection, tally_id("ann"))).version == 1


async def test_a_key_of_another_request_is_refused_and_leaves_nothing(store: Store) -> None:
    first = Context("tester", store.clock(), "used", b"one body")
    await execute(store, tally, ref("bea"), Count("bea"), first)
    other = Context("tester", store.clock(), "used", b"another body")
    with pytest.raises(KeyUsedForAnotherRequest):
        await execute(store, tally, ref("bob"), Count("bob"), other)
    async with store.pool.acquire() as connection:
        assert (await load(store, connection, tally_id("bob"))).version == 0


async def test_an_empty_decision_stores_its_answer_and_no_event(store: Store) -> None:
    await count(store, "cat", "one", 1)
    answer = await count(store, "cat", "again", 1)
    assert answer.events == 0
    assert await count(store, "cat", "again", 1) == answer


async def test_a_refusal_is_not_stored_and_leaves_no_stream(store: Store) -> None:
    with pytest.raises(NumberTaken):
        await count(store, "dan", "too far", 7)
    assert not await store.pool.fetchval(
        "SELECT count(*) FROM stream WHERE id = $1", tally_id("dan")
    )
    assert (await count(store, "dan", "too far", 1)).events == 1


async def test_contenders_on_one_stream_all_get_through_in_a_dense_order(store: Store) -> None:
    await asyncio.gather(*(count(store, "eve", f"contender {n}") for n in range(6)))
    async with store.pool.acquire() as connection:
        history = (await load(store, connection, tally_id("eve"))).events
    assert [event.number for event in history] == [1, 2, 3, 4, 5, 6]


async def test_a_conflict_names_the_stream_and_leaves_nothing(store: Store) -> None:
    await count(store, "fay", "first")
    old = Loaded((), 0, GENESIS)
    writes = [Write(ref(p), old, [Counted(p, 1)]) for p in ("gus", "fay")]
    async with store.pool.acquire() as connection:
        assert await append(store, connection, writes, context(store)) == Conflict(
            tally_id("fay"), 1
        )
        assert (await load(store, connection, tally_id("gus"))).version == 0
    assert not await store.pool.fetchval(
        "SELECT count(*) FROM stream WHERE id = $1", tally_id("gus")
    )


async def test_appends_of_the_same_two_new_streams_never_deadlock(store: Store) -> None:
    async def both(round_: int, first: str, second: str) -> Answer | Conflict:
        pair = [f"{first}{round_}", f"{second}{round_}"]
        writes = [Write(ref(p), Loaded((), 0, GENESIS), [Counted(p, 1)]) for p in pair]
        async with store.pool.acquire() as connection:
            return await append(store, connection, writes, context(store))

    for round_ in range(30):
        results = await asyncio.gather(
            *(both(round_, *random.sample(["left", "right"], 2)) for _ in range(6))
        )
        assert sum(isinstance(result, Answer) for result in results) == 1


async def test_history_cannot_be_changed_with_the_services_rights(store: Store) -> None:
    for statement in (
        "UPDATE event SET subject = 'x'",
        "DELETE FROM event",
        "TRUNCATE event",
        "SELECT * FROM event FOR UPDATE",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await store.pool.execute(statement)


async def test_hashes_chain_over_the_stored_bytes(store: Store) -> None:
    for n in range(3):
        await count(store, "hal", f"hal {n}")
    async with store.pool.acquire() as connection:
        rows = await read_page(connection, 0, await safe_position(connection), 10_000)
    previous = GENESIS
    names = "stream version id type schema_version effective_at recorded_at subject".split()
    for row in (r for r in rows if r["key"] == "hal"):
        fields = [*(row[name] for name in names), row["data"].encode(), row["meta"].encode()]
        assert row["previous_hash"] == previous
        assert row["hash"] == chain_hash(previous, *fields)
        previous = row["hash"]


async def test_a_record_has_the_headers_that_its_event_is_published_with(store: Store) -> None:
    """From the own store and from Kafka alike, for whoever parks it."""
    told = Context("tester", store.clock(), str(new_id()), b"", "a manager on leave", new_id())
    await execute(store, tally, ref("ivy"), Count("ivy"), told)
    await count(store, "ivy", "by nobody else")
    async with store.pool.acquire() as connection:
        rows = await read_page(connection, 0, await safe_position(connection), 10_000)
    ivys = [row for row in rows if row["key"] == "ivy"]
    assert ["ce_onbehalfof" in headers_of(row, "toy") for row in ivys] == [True, False]
    for row in ivys:
        published, data = headers_of(row, "toy"), row["data"].encode()
        raw = [(name, content.encode()) for name, content in published.items()]
        own = own_record(row, store.registry, "toy")
        heard = kafka_record(b"ivy", raw, data, {})
        assert isinstance(heard, Record)
        assert published == own.headers == heard.headers
        assert data == own.data == heard.data


@pytest.mark.parametrize(("size", "end"), [(4_000, 10**9), (4_000, 4_000), (1, 1)])
async def test_no_estimate_makes_a_page_read_more_than_its_own_streams(
    store: Store, size: int, end: int
) -> None:
    """What a store of 10 million events led the planner to: all streams merged, workers started."""
    async with store.pool.acquire() as connection, connection.transaction():
        for setting in (
            "enable_nestloop = off",
            "enable_memoize = off",
            "min_parallel_table_scan_size = 0",
            "parallel_setup_cost = 0",
            "parallel_tuple_cost = 0",
        ):
            await connection.execute(f"SET LOCAL {setting}")
        await connection.execute(f"PREPARE page (bigint, bigint, bigint) AS {PAGE}")
        rows = await connection.fetch(f"EXPLAIN (COSTS OFF) EXECUTE page (0, {end}, {size})")
        await connection.execute("DEALLOCATE page")
    plan = " ".join(row[0] for row in rows)
    assert "Nested Loop" in plan
    assert "Gather" not in plan


async def test_a_reader_waits_for_an_event_that_is_still_being_written(store: Store) -> None:
    """The interleaving that loses an event in a store that pages by position."""
    slow, fast, reader = [await store.pool.acquire() for _ in range(3)]
    try:
        begun = await safe_position(reader)
        transaction = slow.transaction()
        await transaction.start()
        early = Write(ref("slow"), Loaded((), 0, GENESIS), [Counted("slow", 1)])
        await append(store, slow, [early], context(store))
        late = Write(ref("fast"), Loaded((), 0, GENESIS), [Counted("fast", 1)])
        await append(store, fast, [late], context(store))
        page = await read_page(reader, begun, await safe_position(reader), 100)
        assert "fast" not in {row["key"] for row in page}, "its position is not safe yet"
        await transaction.commit()
        page = await read_page(reader, begun, await safe_position(reader), 100)
        assert [row["key"] for row in page] == ["slow", "fast"]
    finally:
        for connection in (slow, fast, reader):
            await store.pool.release(connection)


async def test_no_event_is_lost_between_stalled_and_rolled_back_writers(store: Store) -> None:
    written: set[tuple[str, int]] = set()
    done = asyncio.Event()
    begun = await store.pool.fetchval("SELECT max(position) FROM event")
    writers = [_write(store, written, random.Random(seed)) for seed in range(8)]
    reading = asyncio.create_task(_read_all(store, begun, done))
    await asyncio.gather(*writers)
    done.set()
    seen = await reading
    assert len(seen) == len(set(seen)), "nothing twice"
    assert set(seen) == written, "nothing lost, nothing that was rolled back"
    for stream in {stream for stream, _ in seen}:
        versions = [version for name, version in seen if name == stream]
        assert versions == sorted(versions), "in the order of the stream"


async def _write(store: Store, written: set[tuple[str, int]], chance: random.Random) -> None:
    async with store.pool.acquire() as connection:
        for batch in range(60):
            key = f"w{chance.random()}"
            size = chance.choice([1, 1, 1, 5, 50])
            events = [Counted(key, n) for n in range(1, size + 1)]
            transaction = connection.transaction()
            await transaction.start()
            write = Write(Ref("tally", stream_id("w", key), key), Loaded((), 0, GENESIS), events)
            await append(store, connection, [write], context(store))
            if batch % 10 == 0:
                await asyncio.sleep(chance.uniform(0, 0.05))
            if chance.random() < 0.05:
                await transaction.rollback()
                continue
            await transaction.commit()
            written.update((key, n) for n in range(1, size + 1))


async def _read_all(store: Store, begun: int, done: asyncio.Event) -> list[tuple[str, int]]:
    cursor, seen = begun, []
    async with store.pool.acquire() as connection:
        while True:
            last_round = done.is_set()
            upto = await safe_position(connection)
            page = await read_page(connection, cursor, upto, 100_000)
            seen += [(row["key"], row["version"]) for row in page]
            cursor = upto
            if last_round:
                return seen
            await asyncio.sleep(0.001)


async def test_an_edited_migration_and_a_lost_sequence_are_refused(
    servers: Servers, prefix: str, tmp_path: Path
) -> None:
    settings = Settings(postgres=servers.postgres, prefix=prefix, home=tmp_path)
    folder = tmp_path / "toy" / "migrations"
    folder.mkdir(parents=True)
    (folder / "0001_a.sql").write_text("CREATE TABLE a ()")
    database = f"{prefix}_migrated"
    await migrate(settings, database, [KERNEL, folder])
    await migrate(settings, database, [KERNEL, folder])
    (folder / "0001_a.sql").write_text("CREATE TABLE a (b int)")
    with pytest.raises(MigrationChanged):
        await migrate(settings, database, [KERNEL, folder])
    (folder / "0001_a.sql").write_text("CREATE TABLE a ()")
    connection = await asyncpg.connect(settings.dsn(database))
    await connection.execute(
        """INSERT INTO event (stream, version, id, type, schema_version, data, meta, effective_at,
             recorded_at, previous_hash, hash)
           VALUES (gen_random_uuid(), 1, gen_random_uuid(), 't', 1, '{}', '{}', 'now', 'now',
                   '', '')"""
    )
    await connection.execute("SELECT setval('event_position_seq', 1)")
    await connection.close()
    with pytest.raises(RestoredWithoutSequence):
        await migrate(settings, database, [KERNEL, folder])
