"""Callers that ask at the same time: each gets its own answer, or is told to go alone."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import cast

import asyncpg
import pytest

from chassis.store import Connection, Store
from chassis.together import MOST, Together
from tests.chassis.edge import Pool

pytestmark = pytest.mark.asyncio
STORE = cast(Store, SimpleNamespace(service="toy", pool=Pool()))


async def test_who_comes_meanwhile_is_asked_together_next() -> None:
    groups: list[Sequence[int]] = []

    async def double(_: Store, connection: Connection, asked: Sequence[int]) -> list[int | None]:
        groups.append(asked)
        await asyncio.sleep(0)
        return [2 * n for n in asked]

    together = Together(double)
    assert await asyncio.gather(*(together.ask(STORE, n) for n in range(100))) == [
        2 * n for n in range(100)
    ]
    assert [n for group in groups for n in group] == list(range(100))
    assert len(groups) < 5


async def test_too_few_answers_are_nobodys() -> None:
    async def forget_one(
        _: Store, connection: Connection, asked: Sequence[int]
    ) -> list[int | None]:
        return list(asked[1:])

    together = Together(forget_one)
    async with asyncio.timeout(5):
        answers = await asyncio.gather(*(together.ask(STORE, n) for n in range(3)))
    assert answers == [None, None, None]


async def test_a_database_that_is_away_is_away_for_all() -> None:
    async def away(_: Store, connection: Connection, asked: Sequence[int]) -> list[int | None]:
        raise asyncpg.ConnectionDoesNotExistError("gone")

    together = Together(away)
    asked = [together.ask(STORE, n) for n in range(3)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(answer) for answer in answers] == [asyncpg.ConnectionDoesNotExistError] * 3


async def test_no_connection_is_away_for_all_who_wait() -> None:
    class Exhausted(Pool):
        @asynccontextmanager
        async def acquire(self) -> AsyncIterator[Pool]:
            await asyncio.sleep(0)
            raise TimeoutError
            yield self

    async def never(_: Store, connection: Connection, asked: Sequence[int]) -> list[int | None]:
        raise AssertionError("nobody can be asked")

    together = Together(never)
    none = cast(Store, SimpleNamespace(service="toy", pool=Exhausted()))
    asked = [together.ask(none, n) for n in range(300)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(answer) for answer in answers] == [TimeoutError] * 300


async def test_after_a_lost_connection_another_is_taken() -> None:
    taken: list[Pool] = []

    class Closing(Pool):
        closed = False

        def is_closed(self) -> bool:
            return self.closed

    class Renewed(Pool):
        @asynccontextmanager
        async def acquire(self) -> AsyncIterator[Pool]:
            taken.append(Closing())
            yield taken[-1]

    async def lose_the_first(
        _: Store, connection: Connection, asked: Sequence[int]
    ) -> list[int | None]:
        if len(taken) == 1:
            cast(Closing, connection).closed = True
            raise asyncpg.ConnectionDoesNotExistError("gone")
        return list(asked)

    together = Together(lose_the_first)
    renewed = cast(Store, SimpleNamespace(service="toy", pool=Renewed()))
    asked = [together.ask(renewed, n) for n in range(MOST + 5)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert answers[MOST:] == list(range(MOST, MOST + 5))
    assert {type(answer) for answer in answers[:MOST]} == {asyncpg.ConnectionDoesNotExistError}
    assert len(taken) == 2
