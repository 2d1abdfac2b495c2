"""A person is erased after a year over six services: the texts are nowhere, all else holds."""

import asyncio
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import httpx2
import pytest

from chassis.sealing import ERASED, PersonKey
from chassis.settings import Settings
from cli.client import local
from cli.demo.story import tell
from cli.demo.world import ADMIN, SECOND_ADMIN, World, cached
from cli.imports.company import company
from cli.platform import services
from cli.platform.paths import ROOT
from cli.platform.servers import Servers
from tests.erase.marked import MarkedWorld
from tests.erase.places import (
    Wanted,
    databases,
    files_of,
    key_of,
    records_of,
    rows_of,
    texts_under,
)
from tests.journeys.platform import Platform, platform, silent

pytestmark = pytest.mark.journey
COMPANY = company(24, seed=5)
# Those that people write to; what other services there are is looked through as well.
SIX = ("people", "goals", "feedback", "appraisal", "compensation", "payroll")


def merit(home: Path, servers: Servers, *words: str) -> tuple[int, Any]:
    """The merit command as a program; MERIT_PREFIX is the platform's."""
    environment = os.environ | {
        "MERIT_POSTGRES": servers.postgres,
        "MERIT_KAFKA": servers.kafka,
        "MERIT_HOME": str(home),
    }
    command = [sys.executable, "-P", "-m", "cli", *words, "--json"]
    done = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


async def a_year(home: Path, files: Path) -> str:
    """The year; it tells about whom every service holds a text."""
    async with httpx2.AsyncClient(timeout=60) as http:
        world = MarkedWorld(home, http, cached(lambda: local(home)))
        await tell(world, COMPANY, files, silent)
        return world.about


async def shown_now(home: Path, person: str) -> dict[str, str]:
    """What each service shows the person of their history."""
    async with httpx2.AsyncClient(timeout=60) as http:
        world, path = World(home, http, cached(lambda: local(home))), f"/history/{person}"
        return {
            name: json.dumps(await world.read(person, name, path, limit=200), ensure_ascii=False)
            for name in services.known()
        }


async def texts_of(settings: Settings, key: PersonKey) -> dict[str, set[str]]:
    return {name: await texts_under(key, settings, name) for name in services.known()}


async def found_in(settings: Settings, wanted: Wanted) -> tuple[list[str], Counter[str]]:
    """The places that hold a wanted text, and how much was looked through."""
    found: list[str] = []
    seen: Counter[str] = Counter()
    for database in await databases(settings):
        async for table, text in rows_of(settings, database):
            seen[database] += 1
            found += [f"{table}: {form}" for form in wanted.in_text(text)]
    async for topic, content in records_of(settings):
        seen[topic] += 1
        found += [f"{topic}: {form!r}" for form in wanted.in_bytes(content)]
    return found, seen


def test_an_erased_person_is_in_no_place_of_six_services(
    servers: Servers, prefix: str, tmp_path: Path
) -> None:
    home, files = tmp_path / "home", tmp_path / "files"
    files.mkdir()
    settings = Settings(postgres=servers.postgres, kafka=servers.kafka, prefix=prefix, home=home)
    with platform(servers, prefix, home) as running:
        person = asyncio.run(a_year(home, files))
        key = asyncio.run(key_of(settings, person))
        assert key is not None
        texts = asyncio.run(texts_of(settings, key))
        assert [name for name in SIX if not texts[name]] == [], "each of them holds one"
        wanted = Wanted(set().union(*texts.values()), key.secret)
        before = asyncio.run(shown_now(home, person))
        readable = [name for name, text in before.items() if wanted.in_text(text)]
        assert {"people", "goals", "feedback", "appraisal"} <= set(readable)

        erase(home, servers, person)
        assert asyncio.run(key_of(settings, person)) is None
        begin_anew(running)

        found, seen = asyncio.run(found_in(settings, wanted))
        assert Counter(found) == Counter()
        expected = {settings.topic(name) for name in SIX}
        expected |= {settings.database(name) for name in (*services.known(), "keys")}
        assert expected <= seen.keys()
        looked_at = dict(files_of(home))
        assert {f"logs/{name}.log" for name in services.known()} <= looked_at.keys()
        assert [name for name, content in looked_at.items() if wanted.in_bytes(content)] == []
        shown = asyncio.run(shown_now(home, person))
        assert [name for name, text in shown.items() if wanted.in_text(text)] == []
        assert [name for name in readable if ERASED not in shown[name]] == []
        everything_holds(home, servers)


def erase(home: Path, servers: Servers, person: str) -> None:
    """One administrator proposes, another confirms."""
    proposed = merit(
        home, servers, "erase", person, "--reason", "ordered_by_authority", "--as", ADMIN
    )
    assert (proposed[0], proposed[1]["events"]) == (0, 1)
    confirmed = merit(home, servers, "erase", person, "--confirm", "--as", SECOND_ADMIN)
    assert (confirmed[0], confirmed[1]["events"]) == (0, 1)


def begin_anew(running: Platform) -> None:
    """Processes that never had the key; those before may go on opening texts for a minute."""
    services.stop(running.home)
    running.start(services.known())


def everything_holds(home: Path, servers: Servers) -> None:
    code, checked = merit(home, servers, "verify")
    faults = [f for one in (*checked["stores"], *checked["consumers"]) for f in one["faults"]]
    assert (code, faults) == (0, [])
    code, rebuilt = merit(home, servers, "rebuild", "people.persons")
    assert (code, [t for t in rebuilt["tables"] if not t["equal"]]) == (0, [])
    code, replayed = merit(home, servers, "replay", "--verify")
    different = [table for table in replayed["tables"] if not table["equal"]]
    assert (code, different, replayed["equal"]) == (0, [], True)
