"""Single traps that other stores fell into, each sprung once; tests/faults/README.md lists all."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
import pytest_asyncio

from chassis.codec import GENESIS
from chassis.execute import execute
from chassis.ids import derived_id
from chassis.migrate import KERNEL
from chassis.service import open_store
from chassis.settings import Settings
from chassis.store import (
    Answer,
    Connection,
    Context,
    Loaded,
    NotAppended,
    Store,
    Write,
    append,
    safe_position,
)
from chassis.tail import Horizon, position_at, record_horizon
from chassis.timers import Timer, run_timers, set_timer, timer_context
from tests.chassis.toy import SERVICE, Count, Counted, NumberTaken, count, ref, tally
from tests.faults import toys
from tests.faults.report import Fault
from tests.support import until

pytestmark = [pytest.mark.fault, pytest.mark.integration, pytest.mark.asyncio]


@pytest_asyncio.fixture(scope="module")
async def store(settings: Settings) -> AsyncIterator[Store]:
    async with open_store(SERVICE, settings) as opened:
        yield opened


async def append_first(
    store: Store, connection: Connection, person: str, events: int = 1
) -> Answer:
    counted = [Counted(person, n + 1) for n in range(events)]
    write = Write(ref(person), Loaded((), 0, GENESIS), counted)
    answer = await append(store, connection, [write], Context("tester", store.clock(), person))
    assert isinstance(answer, Answer)
    return answer


async def stored_of(store: Store, person: str) -> list[tuple[str, int]]:
    return [event for event in await toys.stored(store) if event[0] == person]


async def test_the_first_event_of_a_fresh_store_waits_for_its_commit(
    store: Store, fault: Fault
) -> None:
    """A fresh sequence says 1 and gives 1 next: a gate taken at 1 would not lie below it."""
    fresh = store.settings.model_copy(update={"prefix": store.settings.prefix + "f"})
    async with open_store(SERVICE, fresh) as new:
        writer, reader = await new.pool.acquire(), await new.pool.acquire()
        transaction = writer.transaction()
        await transaction.start()
        first = await append_first(new, writer, "first")
        assert await safe_position(reader) < first.position
        await transaction.commit()
        assert await safe_position(reader) == first.position
        await new.pool.release(writer)
        await new.pool.release(reader)
        fault.count(1, [("first", 1)], await toys.stored(new))


@pytest.mark.parametrize("refuses", [False, True], ids=["finds nothing to do", "would refuse"])
async def test_a_repeat_that_the_original_overtook(
    store: Store, fault: Fault, refuses: bool
) -> None:
    """Between its look for the key and its loading, the original commits: one answer for both."""
    person = f"overtaken {refuses}"
    original: list[Answer] = []

    def decide(state: int, command: Count) -> list[Counted]:
        if not original:
            first = partial(asyncio.run, tell_from_elsewhere(store.settings, person))
            with ThreadPoolExecutor(1) as pool:
                original.append(pool.submit(first).result())
        if refuses:
            raise NumberTaken
        return []

    slow = SimpleNamespace(INITIAL=0, evolve=tally.evolve, decide=decide)
    context = Context("tester", store.clock(), person)
    repeat = await execute(store, slow, ref(person), Count(person, 1), context)
    assert original == [repeat]
    fault.count(1, [(person, 1)], await stored_of(store, person))
    assert await count(store, person, person, 1) == original[0]


async def tell_from_elsewhere(settings: Settings, person: str) -> Answer:
    async with open_store(SERVICE, settings) as elsewhere:
        return await count(elsewhere, person, person, 1)


@pytest.mark.parametrize(("events", "swallowed"), [(1, 1), (3, 2)])
async def test_an_append_that_the_database_swallows_does_not_report_success(
    store: Store, fault: Fault, events: int, swallowed: int
) -> None:
    person = f"swallowed{events}"
    await toys.as_superuser(
        store,
        """CREATE OR REPLACE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql
           AS 'BEGIN RETURN NULL; END'""",
    )
    await toys.as_superuser(
        store,
        f"""CREATE TRIGGER swallow BEFORE INSERT ON event FOR EACH ROW
           WHEN (NEW.data->>'person' = '{person}' AND NEW.version = {swallowed})
           EXECUTE FUNCTION swallow()""",
    )
    async with store.pool.acquire() as connection:
        with pytest.raises(NotAppended):
            await append_first(store, connection, person, events)
        await toys.as_superuser(store, "DROP TRIGGER swallow ON event")
        assert (await append_first(store, connection, person, events)).events == events
    fault.count(1, [(person, n + 1) for n in range(events)], await stored_of(store, person))


async def test_an_append_that_froze_is_ended_and_the_rest_goes_on(
    store: Store, fault: Fault
) -> None:
    impatient = store.settings.model_copy(update={"idle_in_transaction_s": 0.5})
    async with open_store(SERVICE, impatient) as freezing:
        frozen = await freezing.pool.acquire()
        await frozen.execute("BEGIN")
        early = await append_first(freezing, frozen, "frozen")
        late = await count(store, "behind", "behind", 1)

        async def readable() -> bool:
            async with store.pool.acquire() as reader:
                return await safe_position(reader) >= late.position

        assert early.position < late.position
        assert not await readable()
        await until(readable, 10)
        await freezing.pool.release(frozen)
    seen = [event for event in await toys.stored(store) if event[0] in ("frozen", "behind")]
    fault.count(1, [("behind", 1)], seen)


async def test_a_timer_that_fires_again_after_a_crash_counts_once(
    store: Store, fault: Fault
) -> None:
    """The session is lost after the command and before the timer's row is gone."""
    rounds = fault(3, 50)
    timers = [
        Timer(derived_id(ref(f"rung {n}").id, "ring"), "ring", f"rung {n}", store.clock())
        for n in range(rounds)
    ]
    fired: list[str] = []

    async def fire(firing: Store, timer: Timer) -> None:
        person, context = timer.subject, timer_context(firing, timer)
        await execute(firing, tally, ref(person), Count(person), context)
        fired.append(person)
        if fired.count(person) == 1:
            raise ConnectionResetError("as a lost session does")

    async with store.pool.acquire() as connection:
        for timer in timers:
            await set_timer(connection, replace(timer, due_at=timer.due_at - timedelta(hours=1)))

    async def all_gone() -> bool:
        return not await store.pool.fetchval("SELECT count(*) FROM timer")

    async def again_and_again() -> None:
        while True:
            try:
                await run_timers(store, {"ring": fire})
            except ConnectionResetError:
                continue

    ringing = asyncio.create_task(again_and_again())
    await until(all_gone)
    ringing.cancel()
    await asyncio.wait([ringing])
    assert len(fired) > rounds
    people = [timer.subject for timer in timers]
    seen = [event for person in people for event in await stored_of(store, person)]
    fault.count(rounds, toys.told(people, 1), seen)


async def test_what_was_known_at_an_instant_stays_what_it_was(store: Store, fault: Fault) -> None:
    """`recorded_at` precedes the commit: an event that was recorded before may be seen after."""
    writer = await store.pool.acquire()
    horizon = Horizon()
    transaction = writer.transaction()
    await transaction.start()
    slow = await append_first(store, writer, "slow to commit")
    async with store.pool.acquire() as reader:
        horizon.position = await safe_position(reader)
    recording = asyncio.create_task(record_horizon(store, horizon))

    async def written() -> bool:
        at = await store.pool.fetchval("SELECT max(position) FROM horizon")
        return bool(at == horizon.position)

    await until(written)
    recording.cancel()
    instant = await store.pool.fetchval("SELECT max(instant) FROM horizon")
    await transaction.commit()
    await store.pool.release(writer)
    async with store.pool.acquire() as reader:
        assert await position_at(reader, instant) == horizon.position < slow.position
        recorded = await reader.fetchval(
            "SELECT recorded_at FROM event WHERE position = $1", slow.position
        )
    assert recorded < instant
    fault.count(1, [("slow to commit", 1)], await stored_of(store, "slow to commit"))


async def test_prepared_transactions_cannot_hold_the_gate(store: Store) -> None:
    """A forgotten one would hold it across a crash."""
    assert await store.pool.fetchval("SHOW max_prepared_transactions") == "0"


def catches(statements: Sequence[str]) -> list[str]:
    return [text for text in statements if re.search(r"\bEXCEPTION\s+WHEN\b|\bSAVEPOINT\b", text)]


async def test_nothing_rolls_back_to_between_gate_and_commit() -> None:
    """Rolling back to a savepoint gives the gate back while the events stay to come."""
    files: list[Path] = sorted(KERNEL.glob("*.sql"))
    assert any("pg_advisory_xact_lock_shared" in file.read_text() for file in files)
    assert catches([file.read_text() for file in files]) == []
    assert catches(["BEGIN x; EXCEPTION WHEN others THEN NULL; END"])
