"""Callers that ask at the same time: each gets its own answer, or is told to go alone."""

import asyncio
from collections.abc import Sequence
from typing import cast

import asyncpg
import pytest

from chassis.store import Store
from chassis.together import Together

pytestmark = pytest.mark.asyncio
STORE = cast(Store, type("Named", (), {"service": "toy"})())


async def test_who_comes_meanwhile_is_asked_together_next() -> None:
    groups: list[Sequence[int]] = []

    async def double(_: Store, asked: Sequence[int]) -> list[int | None]:
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
    async def forget_one(_: Store, asked: Sequence[int]) -> list[int | None]:
        return list(asked[1:])

    together = Together(forget_one)
    async with asyncio.timeout(5):
        answers = await asyncio.gather(*(together.ask(STORE, n) for n in range(3)))
    assert answers == [None, None, None]


async def test_a_database_that_is_away_is_away_for_all() -> None:
    async def away(_: Store, asked: Sequence[int]) -> list[int | None]:
        raise asyncpg.ConnectionDoesNotExistError("gone")

    together = Together(away)
    asked = [together.ask(STORE, n) for n in range(3)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(answer) for answer in answers] == [asyncpg.ConnectionDoesNotExistError] * 3
