"""A rebuild gives the live rows again, while they are written and read, and changes no more."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
import pytest_asyncio

from chassis.feeds import HistoryIsShort
from chassis.rebuild import NoTables, NothingKept, RebuildRuns, Rebuilt, rebuild
from chassis.record import Consumer
from chassis.redrive import redrive
from chassis.service import open_store, working
from chassis.settings import Settings
from chassis.store import Store
from chassis.tail import applied_position
from tests.chassis.toy import count, tally_id
from tests.rebuild.sums import ALL, FAILING, HEARD, OWN, REACTED, REACTING, SERVICE
from tests.support import until

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]
PEOPLE = [f"person-{n}" for n in range(12)]


@pytest_asyncio.fixture(scope="module")
async def live(settings: Settings) -> AsyncIterator[Store]:
    """The service at work, with some history."""
    async with open_store(SERVICE, settings) as opened, working(SERVICE, opened, "all") as (at, _):
        for person in PEOPLE:
            for n in range(1, 6):
                await count(at, person, f"{person} {n}", n)
        await until(caught_up(at))
        yield at


def caught_up(store: Store) -> Callable[[], Awaitable[bool]]:
    """Own consumers are at the last event, and the topic's streams at their heads."""

    async def check() -> bool:
        newest = await store.pool.fetchval("SELECT coalesce(max(position), 0) FROM event")
        async with store.pool.acquire() as connection:
            own = [await applied_position(connection, c.id) for c in (OWN, REACTING)]
        behind = await store.pool.fetchval(
            """SELECT count(*) FROM stream s WHERE NOT EXISTS (
                   SELECT FROM stream_version v WHERE v.consumer = $1 AND v.stream = s.id
                   AND v.version = s.version)""",
            HEARD.id,
        )
        return bool(min(own) >= newest and behind == 0)

    return check


async def again(settings: Settings, consumer: Consumer, *, swap: bool = True) -> Rebuilt:
    return await rebuild(SERVICE, settings, consumer, swap=swap)


@asynccontextmanager
async def writers(store: Store, tag: str) -> AsyncIterator[None]:
    """Commands all the time, until the block ends."""

    async def write(person: str) -> None:
        for n in range(1, 100_000):
            await count(store, f"{tag}-{person}", f"{tag} {person} {n}", n)
            await asyncio.sleep(0.01)

    tasks = [asyncio.create_task(write(person)) for person in PEOPLE[:3]]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.parametrize("consumer", ALL, ids=lambda consumer: consumer.name)
async def test_rebuilt_under_writes_it_equals_the_live_one(
    settings: Settings, live: Store, consumer: Consumer
) -> None:
    async with writers(live, f"writing-{consumer.name}"):
        await asyncio.sleep(0.3)
        for _ in range(3):
            done = await again(settings, consumer)
            assert done.equal, done
            assert done.tables[0].rows > len(PEOPLE)
    await until(caught_up(live))
    assert (await again(settings, consumer, swap=False)).equal


@pytest.mark.parametrize("consumer", ALL, ids=lambda consumer: consumer.name)
async def test_a_wrong_row_is_found_mended_under_writes_and_can_be_put_back(
    settings: Settings, live: Store, consumer: Consumer
) -> None:
    (table,) = consumer.tables
    wrong = tally_id(f"nobody-{consumer.name}")
    row = (wrong, 1) if table == "reacting" else (wrong, 7, 1)
    places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
    await live.pool.execute(f"INSERT INTO {table} VALUES ({places})", *row)

    async def planted() -> int:
        found = await live.pool.fetchval(f"SELECT count(*) FROM {table} WHERE tally = $1", wrong)
        return int(found)

    async with writers(live, f"mending-{consumer.name}"):
        found = await again(settings, consumer, swap=False)
        assert (found.equal, found.swapped, await planted()) == (False, False, 1)
        assert found.tables[0].rows == found.tables[0].rebuilt + 1
        assert (await again(settings, consumer)).swapped
        assert await planted() == 0
        await asyncio.sleep(0.3)
    await until(caught_up(live))
    assert (await again(settings, consumer, swap=False)).equal
    assert (await rebuild(SERVICE, settings, consumer, back=True)).swapped
    assert await planted() == 1
    await count(live, PEOPLE[0], f"after {consumer.name}")
    await until(caught_up(live))
    assert not (await again(settings, consumer)).equal
    assert (await again(settings, consumer)).equal
    assert not await live.pool.fetchval("SELECT count(*) FROM parked")


async def test_reads_are_never_interrupted(settings: Settings, live: Store) -> None:
    """Whoever reads sees every tally in each moment, and waits for nothing."""
    seen: list[int] = []
    slowest = 0.0
    clock = asyncio.get_running_loop().time

    async def read() -> None:
        nonlocal slowest
        while True:
            started = clock()
            seen.append(await live.pool.fetchval("SELECT count(*) FROM own_sum WHERE total > 0"))
            slowest = max(slowest, clock() - started)

    reading = asyncio.create_task(read())
    await asyncio.sleep(0.1)
    await live.pool.execute("UPDATE own_sum SET total = total + 1")
    assert (await again(settings, OWN)).swapped
    await asyncio.sleep(0.1)
    reading.cancel()
    assert len(set(seen)) == 1
    assert slowest < 1


async def test_interrupted_it_leaves_the_live_rows_and_nothing_else(
    settings: Settings, live: Store
) -> None:
    before = await live.pool.fetch("SELECT * FROM own_sum ORDER BY tally")

    def interrupt(done: int, total: int) -> None:
        raise KeyError("stop")

    with pytest.raises(KeyError):
        await rebuild(SERVICE, settings, OWN, progress=interrupt)
    assert await live.pool.fetch("SELECT * FROM own_sum ORDER BY tally") == before
    assert not await live.pool.fetchval("SELECT to_regnamespace('rebuild_own')")
    assert (await again(settings, OWN)).equal


async def test_timers_and_reactions_do_not_run_again(settings: Settings, live: Store) -> None:
    async def all_fired() -> bool:
        return not await live.pool.fetchval("SELECT count(*) FROM timer")

    await until(all_fired)
    fired = await live.pool.fetchval("SELECT count(*) FROM fired")
    reacted = len(REACTED)
    await live.pool.execute("UPDATE own_sum SET total = 0")
    assert (await again(settings, OWN)).swapped
    assert (await again(settings, REACTING)).equal
    assert await live.pool.fetchval("SELECT count(*) FROM timer") == 0
    await asyncio.sleep(0.5)
    assert await live.pool.fetchval("SELECT count(*) FROM fired") == fired > 0
    assert len(REACTED) == reacted


async def test_what_is_parked_stays_out_until_it_is_redriven(
    settings: Settings, live: Store
) -> None:
    await live.pool.execute("INSERT INTO poison VALUES (3)")
    for n in range(1, 6):
        await count(live, "poisoned", f"poisoned {n}", n)
    await until(caught_up(live))
    assert await live.pool.fetchval("SELECT count(*) FROM parked") == 3
    assert (await parked_but_equal(settings, live)).equal
    await live.pool.execute("DELETE FROM poison")
    await redrive(live, OWN, "poisoned")
    assert (await again(settings, OWN)).equal


async def parked_but_equal(settings: Settings, live: Store) -> Rebuilt:
    """The poison does not act on the rebuild: what is parked is not even tried."""
    await live.pool.execute("DELETE FROM poison")
    return await again(settings, OWN)


async def test_after_a_failed_reaction_nothing_is_applied_twice(
    settings: Settings, live: Store
) -> None:
    """The table refuses a second telling; the reaction happens when the trouble has passed."""
    FAILING.append("troubled")
    await count(live, "troubled", "troubled 1", 1)

    async def reacted() -> bool:
        return ("troubled", 1) in REACTED

    await until(reacted)
    assert not await live.pool.fetchval("SELECT count(*) FROM parked")
    assert (await again(settings, REACTING)).equal


async def test_it_refuses_what_it_cannot_do(settings: Settings, live: Store) -> None:
    with pytest.raises(NoTables):
        await again(settings, replace(OWN, tables=()))
    running: list[asyncio.Task[Rebuilt]] = []

    def second(done: int, total: int) -> None:
        if not running:
            running.append(asyncio.create_task(again(settings, HEARD)))

    async def slowly() -> Rebuilt:
        return await rebuild(SERVICE, settings, HEARD, progress=second)

    await slowly()
    outcome = (await asyncio.gather(*running, return_exceptions=True))[0]
    assert isinstance(outcome, RebuildRuns | Rebuilt)
    with pytest.raises(NothingKept):
        await rebuild(SERVICE, settings, replace(OWN, name="other"), back=True)


async def test_a_topic_that_lost_history_is_named(settings: Settings, live: Store) -> None:
    await live.pool.execute(
        "INSERT INTO stream_version VALUES ($1, 'toy', $2, 1, ''::bytea)",
        HEARD.id,
        tally_id("lost"),
    )
    try:
        with pytest.raises(HistoryIsShort, match="1 of"):
            await again(settings, HEARD)
    finally:
        await live.pool.execute("DELETE FROM stream_version WHERE stream = $1", tally_id("lost"))
