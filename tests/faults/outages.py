"""A platform of a test's own under load, and its servers stopped and started again."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from chassis.service import open_store, working
from chassis.settings import Settings
from chassis.store import Store
from cli.platform import kafka, processes, servers, state
from tests.chassis.toy import KAFKA, SERVICE
from tests.faults import toys
from tests.faults.report import Fault
from tests.support import until

PEOPLE, EACH = [f"person-{n}" for n in range(4)], 60
EXPECTED = toys.told(PEOPLE, EACH) | {("first", 1)}


async def slowly(store: Store, person: str) -> None:
    for n in range(1, EACH + 1):
        await toys.tell(store, person, [n])
        await asyncio.sleep(0.05)


@asynccontextmanager
async def loaded(home: Path, prefix: str, fault: Fault) -> AsyncIterator[Store]:
    """The toy at work, told events all the while; at the end each was heard once."""
    found = await asyncio.to_thread(servers.start, home, throwaway=True)
    settings = Settings(postgres=found.postgres, kafka=found.kafka, prefix=prefix, home=home)
    only = replace(SERVICE, consumers=[KAFKA])
    async with open_store(SERVICE, settings) as store, working(only, store, "all"):
        await toys.tell(store, "first", [1])
        await until(toys.has_heard(store, "kafka", 1))
        telling = asyncio.gather(*(slowly(store, person) for person in PEOPLE))
        yield store
        await telling
        await until(toys.has_heard(store, "kafka", len(EXPECTED)), 90)
        await asyncio.sleep(0.5)
        fault.count(1, EXPECTED, await toys.heard(store, "kafka"))


async def stopped(
    home: Path, server: str, how: signal.Signals, seconds: float, *, lost: bool = False
) -> None:
    """The server ends, stays away for a while, and comes back on its port; `lost`: with no data."""
    known = state.read(home)
    running = known.kafka if server == "kafka" else known.postgres
    assert running is not None, "started above"
    await asyncio.to_thread(processes.stop, running, how)
    if lost:
        kafka.remove_data(home)
    await asyncio.sleep(seconds)
    await asyncio.to_thread(servers.start, home, throwaway=True)
