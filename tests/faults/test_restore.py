"""A store from its backup: everything as it was, or at an earlier point, which consumers notice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from chassis.service import open_store, working
from chassis.settings import Settings
from chassis.store import Store
from cli.platform.servers import Servers
from tests.chassis.toy import KAFKA, SERVICE, tally_id
from tests.faults import clusters, toys
from tests.faults.report import Event, Fault
from tests.support import until

pytestmark = [pytest.mark.fault, pytest.mark.integration, pytest.mark.asyncio]
TOY, EAR = replace(SERVICE, consumers=[]), replace(SERVICE, name="ear", consumers=[KAFKA])


@pytest.fixture
def settings(servers: Servers, prefix: str, tmp_path: Path) -> Settings:
    name = f"{prefix}{tmp_path.name[5:12].replace('_', '')}"
    return Settings(postgres=servers.postgres, kafka=servers.kafka, prefix=name, home=tmp_path)


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[tuple[Store, Store]]:
    """The toy that publishes and the service that hears it, each with a database of its own."""
    async with (
        open_store(TOY, settings) as toy,
        open_store(EAR, settings) as ear,
        working(TOY, toy, "all"),
        working(EAR, ear, "all"),
    ):
        yield toy, ear


async def heard(ear: Store, people: list[str]) -> list[Event]:
    names = {tally_id(person): person for person in people}
    rows = await ear.pool.fetch("SELECT stream, version FROM heard ORDER BY row")
    return [(names[row["stream"]], row["version"]) for row in rows]


async def has_heard(ear: Store, people: list[str], events: int) -> None:
    async def enough() -> bool:
        return len(await heard(ear, people)) >= events

    await until(enough)


async def test_a_dump_in_a_fresh_cluster_goes_on(
    settings: Settings, tmp_path: Path, fault: Fault
) -> None:
    people, each = [f"person-{n}" for n in range(fault(5, 100))], 10
    async with running(settings) as (toy, ear):
        await asyncio.gather(*(toys.tell(toy, person, range(1, each + 1)) for person in people))
        await has_heard(ear, people, len(people) * 2)
    async with clusters.fresh_cluster() as dsn:
        elsewhere = settings.model_copy(update={"postgres": dsn})
        for service in ("toy", "ear", "keys"):
            await clusters.dump(settings, service, tmp_path / service)
            await clusters.restore(elsewhere, service, tmp_path / service)
        async with running(elsewhere) as (toy, ear):
            assert set(await toys.stored(toy)) == toys.told(people, each)
            await asyncio.gather(
                *(toys.tell(toy, person, range(1, 2 * each + 1)) for person in people)
            )
            await has_heard(ear, people, len(people) * 2 * each)
            fault.count(1, toys.told(people, 2 * each), await heard(ear, people))


async def test_a_store_at_an_earlier_point_forks_only_what_was_written_since(
    settings: Settings, tmp_path: Path, fault: Fault
) -> None:
    """`longer` and `shorter` were written to after the dump, and `same` was not."""
    forked, people = {"longer", "equal", "shorter"}, ["longer", "equal", "shorter", "same"]
    async with running(settings) as (toy, ear):
        for person in people:
            await toys.tell(toy, person, [1, 2, 3])
        await has_heard(ear, people, 12)
        await clusters.dump(settings, "toy", tmp_path / "toy")
        for person in forked:
            await toys.tell(toy, person, [4, 5, 6])
        await has_heard(ear, people, 21)
    await clusters.restore(settings, "toy", tmp_path / "toy")
    async with running(settings) as (toy, ear):
        for person, upto in (("longer", 8), ("equal", 6), ("shorter", 4), ("same", 6)):
            for n in range(4, upto + 1):
                await toys.insist(toy, person, f"{person} {n} again", n)
        await has_heard(ear, people, 24)

        async def all_named() -> bool:
            rows = await ear.pool.fetch(
                "SELECT DISTINCT ON (key) key, version, error FROM parked ORDER BY key, id"
            )
            named = {row["key"]: row["version"] for row in rows if row["error"][:5] == "fork:"}
            return named == dict.fromkeys(forked, 4)

        await until(all_named, 10)
        fault.count(1, toys.told(people, 6), await heard(ear, people))
