"""One key per person, kept in a database of their own."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count

import asyncpg
import pytest
import pytest_asyncio

from chassis import keys
from chassis.keys import KEY_TABLE, KeyRing, PersonErased, opened
from chassis.migrate import ensure_database, open_pool
from chassis.sealing import seal
from chassis.settings import Settings
from cli.platform.servers import Servers

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NONCE = bytes(12)
_numbers = count()


@dataclass(frozen=True)
class Rings:
    """Two processes over one key database."""

    pool: asyncpg.Pool
    here: KeyRing
    there: KeyRing


@pytest_asyncio.fixture(scope="module")
async def pool(servers: Servers, prefix: str) -> AsyncIterator[asyncpg.Pool]:
    settings = Settings(postgres=servers.postgres, prefix=prefix)
    await ensure_database(settings, settings.database("keys"))
    async with await open_pool(settings, settings.database("keys")) as pool:
        await pool.execute(KEY_TABLE)
        yield pool


@pytest.fixture
def rings(pool: asyncpg.Pool) -> Rings:
    return Rings(pool, KeyRing(pool, lambda: NOON), KeyRing(pool, lambda: NOON))


@pytest.fixture
def ann() -> str:
    return f"ann-{next(_numbers)}"


async def test_a_person_has_one_key_however_many_ask_at_once(rings: Rings, ann: str) -> None:
    others = [f"{ann}-{n}" for n in range(20)]
    asked = [
        ring.for_writing([ann, *(others if n % 2 else reversed(others))])
        for n, ring in enumerate([KeyRing(rings.pool, lambda: NOON) for _ in range(16)])
    ]
    found = await asyncio.gather(*asked)
    assert all(each == found[0] for each in found)
    assert len({key.id for key in found[0].values()}) == 21


async def test_a_key_is_committed_before_it_is_given(rings: Rings, ann: str) -> None:
    key = (await rings.here.for_writing([ann]))[ann]
    assert await rings.there.by_id([key.id]) == {key.id: key}


async def test_nothing_is_asked_twice_within_the_minute(rings: Rings, ann: str) -> None:
    key = (await rings.here.for_writing([ann]))[ann]
    await rings.pool.execute("DELETE FROM person_key WHERE person = $1", ann)
    assert await rings.here.for_writing([ann]) == {ann: key}
    assert await rings.here.by_id([key.id]) == {key.id: key}


async def test_a_destroyed_key_opens_nothing_and_is_never_made_again(
    rings: Rings, ann: str
) -> None:
    key = (await rings.here.for_writing([ann]))[ann]
    await rings.here.destroy(ann)
    for ring in (rings.here, rings.there):
        assert await ring.by_id([key.id]) == {}
        with pytest.raises(PersonErased):
            await ring.for_writing([ann])
    await rings.here.destroy(ann)


async def test_a_person_without_a_key_can_be_erased_too(rings: Rings, ann: str) -> None:
    await rings.here.destroy(ann)
    with pytest.raises(PersonErased):
        await rings.there.for_writing([ann])


async def test_another_process_forgets_a_destroyed_key_within_a_minute(
    rings: Rings, ann: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = (await rings.there.for_writing([ann]))[ann]
    await rings.here.destroy(ann)
    assert key.id in await rings.there.by_id([key.id])
    monkeypatch.setattr(keys, "CACHE_S", 0.0)
    assert await rings.there.by_id([key.id]) == {}


async def test_the_cache_is_bounded(
    rings: Rings, ann: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "CACHE_SIZE", 3)
    people = [f"{ann}-{n}" for n in range(10)]
    found = await rings.here.for_writing(people)
    assert len(await rings.here.by_id([key.id for key in found.values()])) == 10
    assert len(rings.here._by_person._entries) == 3


async def test_an_answer_is_opened_wherever_texts_are(rings: Rings, ann: str) -> None:
    ben = f"{ann}-ben"
    found = await rings.here.for_writing([ann, ben])
    hello, bye = seal("hello", found[ann], NONCE), seal("bye", found[ben], NONCE)
    answer = {"title": hello, "goals": [{"note": bye, "n": 1}, None], "plain": ("x", hello)}
    await rings.here.destroy(ben)
    assert await opened(rings.here, answer) == {
        "title": "hello",
        "goals": [{"note": "[erased]", "n": 1}, None],
        "plain": ("x", "hello"),
    }


async def test_an_answer_without_sealed_text_asks_no_key(rings: Rings) -> None:
    answer = {"n": [1, "x"]}
    assert await opened(rings.here, answer) is answer
