"""Two relays at once, leaders whose sessions end, members that join and leave under load."""

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
from tests.chassis.toy import KAFKA, SERVICE
from tests.faults import toys
from tests.faults.report import Fault

pytestmark = [pytest.mark.fault, pytest.mark.integration, pytest.mark.asyncio]
ONLY_KAFKA = replace(SERVICE, consumers=[KAFKA])
PEOPLE, EACH = [f"person-{n}" for n in range(6)], 80
END_LEADER = """
SELECT pg_terminate_backend(pid) FROM pg_locks
WHERE locktype = 'advisory' AND classid = 19794 AND objid = 1 AND objsubid = 2
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


@asynccontextmanager
async def member(settings: Settings) -> AsyncIterator[Store]:
    """A worker as another process would run it: a relay that wants to lead, a consumer."""
    async with (
        open_store(ONLY_KAFKA, settings) as opened,
        working(ONLY_KAFKA, opened, "all") as (_, workers),
    ):

        async def listening() -> bool:
            return workers.listening

        await toys.until(listening)
        yield opened


async def slowly(store: Store) -> None:
    async def one(person: str) -> None:
        for n in range(1, EACH + 1):
            await toys.tell(store, person, [n])
            await asyncio.sleep(0.04)

    await asyncio.gather(*map(one, PEOPLE))


async def counted(store: Store, fault: Fault, rounds: int) -> None:
    await toys.until(toys.has_heard(store, "kafka", len(PEOPLE) * EACH))
    await asyncio.sleep(0.5)
    fault.count(rounds, toys.told(PEOPLE, EACH), await toys.heard(store, "kafka"))


def settings_of(servers: Servers, prefix: str, home: Path) -> Settings:
    return Settings(postgres=servers.postgres, kafka=servers.kafka, prefix=prefix, home=home)


async def test_two_relays_and_leaders_whose_sessions_end(
    servers: Servers, prefix: str, tmp_path: Path, fault: Fault
) -> None:
    settings = settings_of(servers, prefix + "r", tmp_path)
    async with open_store(ONLY_KAFKA, settings) as store, member(settings), member(settings):
        telling = asyncio.create_task(slowly(store))
        ended = 0
        while not telling.done():
            ended += len(await toys.as_superuser(store, END_LEADER))
            await asyncio.sleep(0.6)
        await telling
        assert ended, "a leader was there to be ended"
        await counted(store, fault, ended)


async def test_members_that_join_and_leave_under_load(
    servers: Servers, prefix: str, tmp_path: Path, fault: Fault
) -> None:
    settings = settings_of(servers, prefix + "m", tmp_path)
    async with member(settings) as store:
        telling = asyncio.create_task(slowly(store))
        rounds = 0
        while not telling.done():
            async with member(settings):
                await asyncio.sleep(1)
            rounds += 1
        await telling
        await counted(store, fault, rounds)
