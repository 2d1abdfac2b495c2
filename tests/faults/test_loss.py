"""Writers that stall, roll back and contend: a reader sees each committed event once, in order."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from chassis.codec import GENESIS
from chassis.service import open_store
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
from cli.platform.servers import Servers
from tests.chassis.toy import SERVICE, Counted, count, ref
from tests.faults import toys
from tests.faults.report import Event, Fault

pytestmark = [pytest.mark.fault, pytest.mark.integration, pytest.mark.asyncio]
WRITER = "tests.faults.writer"
EVER = 2**62


@pytest.fixture
def settings(servers: Servers, prefix: str, tmp_path: Path) -> Settings:
    name = f"{prefix}{tmp_path.name[5:10].replace('_', '')}"
    return Settings(postgres=servers.postgres, kafka=servers.kafka, prefix=name, home=tmp_path)


@pytest_asyncio.fixture
async def store(settings: Settings) -> AsyncIterator[Store]:
    async with open_store(SERVICE, settings) as opened:
        yield opened


async def follow(store: Store, done: asyncio.Event) -> list[Event]:
    """Reads page by page, with a new connection and only its cursor each second."""
    cursor, seen = 0, []
    while True:
        last_round = done.is_set()
        born = time.monotonic()
        async with store.pool.acquire() as connection:
            while True:
                upto = await safe_position(connection)
                page = await read_page(connection, cursor, upto, 500)
                seen += events(page)
                cursor = page[-1]["position"] if len(page) == 500 else upto
                finished = last_round and len(page) < 500
                if finished or (not last_round and time.monotonic() - born > 1):
                    break
                await asyncio.sleep(0.002)
        if finished:
            return seen


async def follow_naively(store: Store, done: asyncio.Event) -> list[Event]:
    """As many stores read: on from the highest position that was seen."""
    cursor, seen = 0, []
    async with store.pool.acquire() as connection:
        while True:
            last_round = done.is_set()
            page = await read_page(connection, cursor, EVER, 500)
            seen += events(page)
            cursor = page[-1]["position"] if page else cursor
            if last_round and not page:
                return seen
            await asyncio.sleep(0.002)


def events(page: Sequence[asyncpg.Record]) -> list[Event]:
    return [(row["key"], row["version"]) for row in page]


async def test_stalls_and_rollbacks_of_two_processes(
    settings: Settings, store: Store, fault: Fault
) -> None:
    seconds, done = fault(3.0, 60.0), asyncio.Event()
    reading = asyncio.gather(follow(store, done), follow_naively(store, done))
    committed: list[tuple[str, int]] = []
    async with (
        toys.process(settings, WRITER, str(seconds), "1", output=True) as one,
        toys.process(settings, WRITER, str(seconds), "100", output=True) as two,
    ):
        for output, _ in await asyncio.gather(one.communicate(), two.communicate()):
            committed += [(key, size) for key, size in json.loads(output)]
    done.set()
    expected = [(key, n) for key, size in committed for n in range(1, size + 1)]
    seen, seen_naively = await reading
    fault.count(1, expected, seen)
    fault.control(1, expected, seen_naively)


async def test_a_commit_that_overtakes_another(store: Store, fault: Fault) -> None:
    """The interleaving of three connections that loses an event for certain when read naively."""
    slow, fast, reader = [await store.pool.acquire() for _ in range(3)]
    begun = await safe_position(reader)
    try:
        transaction = slow.transaction()
        await transaction.start()
        await append_first(store, slow, "slow")
        await append_first(store, fast, "fast")
        naive = await read_page(reader, begun, EVER, 100)
        upto = await safe_position(reader)
        ours = await read_page(reader, begun, upto, 100)
        await transaction.commit()
        naive += await read_page(reader, naive[-1]["position"], EVER, 100)
        ours += await read_page(reader, upto, await safe_position(reader), 100)
    finally:
        for connection in (slow, fast, reader):
            await store.pool.release(connection)
    expected = [("slow", 1), ("fast", 1)]
    fault.count(1, expected, events(ours))
    fault.control(1, expected, events(naive))
    assert events(naive) == [("fast", 1)]


async def append_first(store: Store, connection: Connection, person: str) -> None:
    write = Write(ref(person), Loaded((), 0, GENESIS), [Counted(person, 1)])
    await append(store, connection, [write], Context("tester", store.clock(), person))


async def test_twelve_contenders_on_hot_and_new_streams(store: Store, fault: Fault) -> None:
    """Each of twelve counts each tally on, under keys of its own: every one gets through, once."""
    rounds, contenders = fault(5, 60), 12
    hot = [f"hot-{n}" for n in range(4)]
    for person in hot:
        await count(store, person, f"{person} first")

    async def contend(contender: int) -> None:
        for round_ in range(rounds):
            for person in [*hot, f"new-{round_}"]:
                await toys.insist(store, person, f"{person} {contender} {round_}")

    await asyncio.gather(*map(contend, range(contenders)))
    expected = toys.told(hot, 1 + contenders * rounds)
    expected |= toys.told([f"new-{n}" for n in range(rounds)], contenders)
    fault.count(rounds, expected, await toys.stored(store))


async def test_the_same_command_a_hundred_times_at_once(store: Store, fault: Fault) -> None:
    rounds = fault(3, 50)
    for n in range(rounds):
        answers = await asyncio.gather(*(count(store, f"ann-{n}", f"key {n}") for _ in range(100)))
        assert len(set(answers)) == 1
    fault.count(rounds, toys.told([f"ann-{n}" for n in range(rounds)], 1), await toys.stored(store))
