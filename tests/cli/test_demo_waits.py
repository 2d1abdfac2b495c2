"""The demo asks nobody for something before they have heard who may ask for it."""

import asyncio
from collections import Counter
from pathlib import Path

import httpx2

from cli.demo.setup import heard_of
from cli.demo.world import World
from cli.platform.services import known

BASES = {name: f"http://{name}.test" for name in known()}


def status(unsent: int, people: int | None, goals: int) -> dict[str, object]:
    heard = [{"source": "people", "events": people}, {"source": "goals", "events": goals}]
    return {"relay": {"events": unsent}, "consumers": heard}


async def polls(home: Path, told: dict[str, list[dict[str, object]]]) -> Counter[str]:
    """How often each service was asked; a service repeats the last answer it has."""
    asked: Counter[str] = Counter()

    def answer(request: httpx2.Request) -> httpx2.Response:
        name = request.url.host.partition(".")[0]
        answers = told.get(name, [status(0, 0, 7)])
        asked[name] += 1
        return httpx2.Response(200, json=answers[min(asked[name], len(answers)) - 1])

    async with httpx2.AsyncClient(transport=httpx2.MockTransport(answer)) as http:
        await heard_of(World(home, http, lambda: BASES), "people")
    return asked


def test_it_waits_until_the_last_service_has_heard(tmp_path: Path) -> None:
    late = [status(0, None, 0), status(0, 3, 0), status(0, 0, 9)]
    asked = asyncio.run(polls(tmp_path, {"compensation": late}))
    assert asked["compensation"] == 3


def test_what_is_not_on_kafka_yet_is_waited_for(tmp_path: Path) -> None:
    asked = asyncio.run(polls(tmp_path, {"people": [status(2, 0, 0), status(0, 0, 0)]}))
    assert asked["compensation"] == 1, "asked when people had sent all"
    assert asked["people"] == 3, "twice for what it has to send, once for what it has heard"


def test_what_others_tell_is_not_waited_for(tmp_path: Path) -> None:
    asked = asyncio.run(polls(tmp_path, {}))
    assert set(asked.values()) == {1, 2}
    assert asked.keys() == BASES.keys()
