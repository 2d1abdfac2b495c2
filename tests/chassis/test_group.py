"""Group commit on a real PostgreSQL: many new streams in one transaction, an answer each."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
import pytest_asyncio

from chassis import metrics, together
from chassis.codec import GENESIS
from chassis.execute import KeyUsedForAnotherRequest
from chassis.group import Group, begin, make_group
from chassis.ids import new_id
from chassis.keys import PersonErased
from chassis.problems import DATABASE_AWAY, Problem
from chassis.sealing import is_sealed
from chassis.service import open_store
from chassis.settings import Settings
from chassis.store import Answer, Context, Ref, Store, read_page, safe_position
from tests.chassis.toy import SERVICE, Count, NumberTaken, count, ref, tally

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]


@pytest_asyncio.fixture(scope="module")
async def store(settings: Settings) -> AsyncIterator[Store]:
    wide = settings.model_copy(update={"pool_size": 24})
    async with open_store(SERVICE, wide) as opened:
        yield opened


def context(store: Store, key: str | None = None, body: bytes = b"") -> Context:
    return Context("tester", store.clock(), key or str(new_id()), body)


async def told(
    store: Store, group: Group, person: str, key: str | None = None, body: bytes = b"", n: int = 1
) -> Answer:
    command = Count(person, n, "words")
    return await begin(store, group, tally, ref(person), command, context(store, key, body))


async def rows_of(store: Store, *persons: str) -> list[asyncpg.Record]:
    """What the reader in order sees of these persons' streams."""
    ids = {ref(person).id for person in persons}
    async with store.pool.acquire() as connection:
        rows = await read_page(connection, 0, await safe_position(connection), 100_000)
    return [row for row in rows if row["stream"] in ids]


async def commits_of(store: Store, *persons: str) -> int:
    """How many transactions the events of these persons came in."""
    count: int = await store.pool.fetchval(
        "SELECT count(DISTINCT xmin::text) FROM event WHERE stream = ANY ($1::uuid[])",
        [ref(person).id for person in persons],
    )
    return count


async def as_superuser(store: Store, query: str, *args: object) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(store.settings.dsn(store.settings.database("toy")))
    try:
        rows: list[asyncpg.Record] = await connection.fetch(query, *args)
        return rows
    finally:
        await connection.close()


@asynccontextmanager
async def held_up(store: Store) -> AsyncIterator[None]:
    """Meanwhile nobody gets past the gate: what is in mid-append stays there."""
    connection = await asyncpg.connect(store.settings.dsn(store.settings.database("toy")))
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE event IN SHARE MODE")
            yield
    finally:
        await connection.close()


async def in_mid_append(store: Store) -> list[int]:
    """The sessions that wait for the event table, once there is one."""
    async with asyncio.timeout(10):
        while True:
            rows = await as_superuser(
                store,
                """SELECT pid FROM pg_locks JOIN pg_stat_activity USING (pid)
                   WHERE relation = 'event'::regclass AND NOT granted
                     AND query LIKE '%append_new_streams%'""",
            )
            if rows:
                return [row["pid"] for row in rows]
            await asyncio.sleep(0.01)


async def test_a_hundred_at_once_are_appended_once_each_in_few_commits(store: Store) -> None:
    group, persons = make_group(), [f"hundred-{n}" for n in range(100)]
    await store.keys.for_writing(persons)
    answers = await asyncio.gather(*(told(store, group, person) for person in persons))
    rows = await rows_of(store, *persons)
    assert sorted(row["key"] for row in rows) == sorted(persons)
    assert await commits_of(store, *persons) <= 3
    by_stream = {row["stream"]: row for row in rows}
    for person, answer in zip(persons, answers, strict=True):
        row = by_stream[ref(person).id]
        assert (answer.events, answer.position) == (1, row["position"])
        assert [(s.stream, s.version) for s in answer.streams] == [(ref(person).id, 1)]


async def test_a_group_stores_what_a_single_append_stores(store: Store) -> None:
    await asyncio.gather(*(told(store, make_group(), f"like-{n}", f"like-{n}") for n in range(2)))
    await count(store, "like-alone", "like-alone", 1)
    for person in ("like-0", "like-alone"):
        (row,) = await rows_of(store, person)
        assert row["previous_hash"] == GENESIS
        stream = await store.pool.fetchrow("SELECT * FROM stream WHERE id = $1", ref(person).id)
        assert stream
        assert (stream["category"], stream["key"], stream["version"]) == ("tally", person, 1)
        assert stream["head_hash"] == row["hash"]
        answer = await store.pool.fetchval("SELECT answer FROM command WHERE key = $1", person)
        assert answer.replace(" ", "") == (
            f'{{"events":1,"position":{row["position"]},'
            f'"streams":[{{"stream":"{row["stream"]}","version":1}}]}}'
        )
    (row,) = await rows_of(store, "like-0")
    assert is_sealed(json.loads(row["data"])["remark"])
    # What follows in the stream links to what the group wrote.
    await count(store, "like-0", "goes on", 2)
    first, second = await rows_of(store, "like-0")
    assert second["previous_hash"] == first["hash"]
    assert second["version"] == 2


async def test_one_key_a_hundred_times_at_once_appends_once(store: Store) -> None:
    group = make_group()
    await store.keys.for_writing(["many"])
    answers = await asyncio.gather(*(told(store, group, "many", "one key") for _ in range(100)))
    assert len(set(answers)) == 1
    assert answers[0].events == 1
    assert len(await rows_of(store, "many")) == 1


async def test_a_repeat_by_another_process_gets_the_first_answer(store: Store) -> None:
    answers = await asyncio.gather(
        *(told(store, make_group(), "elsewhere", "their key") for _ in range(12))
    )
    assert len(set(answers)) == 1
    assert len(await rows_of(store, "elsewhere")) == 1


async def test_bad_ones_fail_alone(store: Store) -> None:
    await told(store, make_group(), "before", "used", b"one body")
    await count(store, "exists", "begun")
    await store.keys.destroy("erased")
    group, good = make_group(), [f"good-{n}" for n in range(20)]
    calls = {
        "key of another request": told(store, group, "bad-body", "used", b"another body"),
        "a rule": told(store, group, "bad-rule", n=7),
        "an erased person": told(store, group, "erased"),
        "what PostgreSQL cannot store": told(store, group, "bad\x00text"),
        "a stream that is there already so": told(store, group, "exists"),
        **{person: told(store, group, person) for person in good},
    }
    results = await asyncio.gather(*calls.values(), return_exceptions=True)
    found = dict(zip(calls, results, strict=True))
    assert {name: type(it) for name, it in found.items() if isinstance(it, Exception)} == {
        "key of another request": KeyUsedForAnotherRequest,
        "a rule": NumberTaken,
        "an erased person": PersonErased,
        "what PostgreSQL cannot store": asyncpg.CharacterNotInRepertoireError,
    }
    unchanged = found["a stream that is there already so"]
    assert isinstance(unchanged, Answer)
    assert unchanged.events == 0
    assert len(await rows_of(store, *good, "bad-body", "bad-rule", "erased")) == 20
    assert len(await rows_of(store, "exists")) == 1
    left = ref("bad-body").id, ref("bad-rule").id
    assert not await store.pool.fetch("SELECT FROM stream WHERE id = ANY ($1::uuid[])", left)


async def test_what_is_taken_does_not_cost_the_group_its_commit(store: Store) -> None:
    await told(store, make_group(), "first", "taken", b"one body")
    await count(store, "there", "begun there")
    group, good = make_group(), [f"beside-{n}" for n in range(10)]
    await store.keys.for_writing([*good, "late", "there"])
    results = await asyncio.gather(
        told(store, group, "late", "taken", b"another body"),
        told(store, group, "there"),
        *(told(store, group, person, "theirs", person.encode()) for person in good[:2]),
        *(told(store, group, person) for person in good[2:]),
        return_exceptions=True,
    )
    refused = [KeyUsedForAnotherRequest, Answer, Answer, KeyUsedForAnotherRequest]
    assert [type(it) for it in results] == refused + [Answer] * 8
    assert await commits_of(store, *good) == 1


async def test_a_second_body_under_one_key_and_stream_is_refused(store: Store) -> None:
    group = make_group()
    await store.keys.for_writing(["twice"])
    results = await asyncio.gather(
        *(told(store, group, "twice", "twice", body) for body in (b"one", b"one", b"two")),
        return_exceptions=True,
    )
    assert results[0] == results[1]
    assert [type(it) for it in results] == [Answer, Answer, KeyUsedForAnotherRequest]


async def test_what_the_driver_cannot_send_is_no_lost_database(store: Store) -> None:
    group = make_group()
    await store.keys.for_writing(["odd", "sendable"])
    unsendable = begin(
        store, group, tally, Ref("tally", new_id(), "\ud800"), Count("odd", 1), context(store)
    )
    bad, good = await asyncio.gather(
        unsendable, told(store, group, "sendable"), return_exceptions=True
    )
    assert isinstance(bad, asyncpg.DataError)
    assert isinstance(good, Answer)


async def test_a_session_ended_in_mid_commit_is_503_for_all_and_once_after_a_retry(
    store: Store,
) -> None:
    group, persons = make_group(), [f"cut-{n}" for n in range(30)]
    await store.keys.for_writing(persons)

    async def all_told() -> list[Answer | BaseException]:
        calls = (told(store, group, person, person) for person in persons)
        return await asyncio.gather(*calls, return_exceptions=True)

    async with held_up(store):
        telling = asyncio.create_task(all_told())
        for pid in await in_mid_append(store):
            await as_superuser(store, "SELECT pg_terminate_backend($1)", pid)
        results = await telling
    away = [it for it in results if isinstance(it, DATABASE_AWAY)]
    assert len(away) == len(persons)
    again = await all_told()
    assert [type(it) for it in again] == [Answer] * len(persons)
    assert await all_told() == again
    assert sorted(row["key"] for row in await rows_of(store, *persons)) == sorted(persons)


async def test_a_caller_who_goes_breaks_nothing(store: Store) -> None:
    group, stays, goes = (
        make_group(),
        [f"stay-{n}" for n in range(10)],
        [f"go-{n}" for n in range(10)],
    )
    await store.keys.for_writing([*stays, *goes, "waits", "never sent"])
    async with held_up(store):
        calls = {p: asyncio.create_task(told(store, group, p, p)) for p in stays + goes}
        await in_mid_append(store)
        waits = asyncio.create_task(told(store, group, "waits"))
        never = asyncio.create_task(told(store, group, "never sent"))
        await asyncio.sleep(0)
        for task in (*(calls[p] for p in goes), never):
            task.cancel()
        await asyncio.gather(*(calls[p] for p in goes), never, return_exceptions=True)
    answers = await asyncio.gather(*(calls[p] for p in stays), waits)
    assert [answer.events for answer in answers] == [1] * 11
    # What was sent is there, and a repeat gets its answer; what still waited is not.
    assert len(await rows_of(store, *stays, *goes, "waits")) == 21
    assert (await told(store, group, "go-3", "go-3")).events == 1
    assert len(await rows_of(store, "go-3")) == 1
    assert await rows_of(store, "never sent") == []


@pytest.mark.parametrize(("limit", "value"), [("QUEUE", 10), ("QUEUE_BYTES", 1_500)])
async def test_beyond_the_limit_is_503_and_what_waits_is_served(
    store: Store, monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    monkeypatch.setattr(together, limit, value)
    group, persons = make_group(), [f"{limit}-{n}" for n in range(30)]
    await store.keys.for_writing(persons)
    results = await asyncio.gather(
        *(told(store, group, person, person) for person in persons), return_exceptions=True
    )
    full = [it for it in results if isinstance(it, Problem)]
    assert {(it.status, str(it.headers)) for it in full} == {(503, "{'Retry-After': '1'}")}
    served = [type(it) for it in results].count(Answer)
    assert min(len(full), served) >= 5
    assert len(full) + served == 30
    assert len(await rows_of(store, *persons)) == served
    # What was served makes room: the others find it when they come again.
    for person in persons:
        assert (await told(store, group, person, person)).events == 1
    assert len(await rows_of(store, *persons)) == 30


async def test_how_many_a_commit_held_is_seen_by_operators(store: Store) -> None:
    def seen() -> list[float]:
        page = metrics.exposition().decode()
        names = ("count", "sum")
        found = (
            re.search(rf'merit_group_commands_{n}{{service="toy"}} (\S+)', page) for n in names
        )
        return [float(it[1]) if it else 0.0 for it in found]

    commits, commands = seen()
    group, persons = make_group(), [f"seen-{n}" for n in range(7)]
    await store.keys.for_writing(persons)
    await asyncio.gather(*(told(store, group, person) for person in persons))
    assert seen() == [commits + await commits_of(store, *persons), commands + 7]


async def test_a_group_stands_in_the_gate_before_it_is_given_positions(store: Store) -> None:
    group = make_group()
    before = (await told(store, group, "earlier")).position
    async with held_up(store):
        first = asyncio.create_task(told(store, group, "held"))
        (pid,) = await in_mid_append(store)
        gates = await as_superuser(
            store,
            """SELECT (classid::bigint << 32) | objid::bigint AS gate FROM pg_locks
               WHERE locktype = 'advisory' AND objsubid = 1 AND mode = 'ShareLock' AND pid = $1""",
            pid,
        )
        last = await store.pool.fetchval("SELECT last_value FROM event_position_seq")
        assert [row["gate"] for row in gates] == [last]
        assert last >= before
    assert (await first).position > last
