"""Kafka and PostgreSQL stopped, killed and started again under load; on servers of their own."""

import asyncio
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from chassis.service import open_store, working
from chassis.settings import Settings
from chassis.store import Store
from cli.platform import kafka, processes, servers, state
from tests.chassis.toy import KAFKA, SERVICE, hear
from tests.conftest import discard
from tests.faults import toys
from tests.faults.report import Fault

pytestmark = [pytest.mark.fault, pytest.mark.integration, pytest.mark.asyncio]
PEOPLE, EACH = [f"person-{n}" for n in range(4)], 60


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MERIT_KAFKA", raising=False)
        patch.delenv("MERIT_POSTGRES", raising=False)
        made = Path(tempfile.mkdtemp(prefix="merit-faults-"))
        try:
            yield made
        finally:
            discard(made)


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
        await toys.until(toys.has_heard(store, "kafka", 1))
        telling = asyncio.gather(*(slowly(store, person) for person in PEOPLE))
        yield store
        await telling
        expected = toys.told(PEOPLE, EACH) | {("first", 1)}
        await toys.until(toys.has_heard(store, "kafka", len(expected)), 90)
        await asyncio.sleep(0.5)
        fault.count(1, expected, await toys.heard(store, "kafka"))


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


async def test_kafka_away_for_a_while(home: Path, prefix: str, fault: Fault) -> None:
    async with loaded(home, prefix + "a", fault):
        await asyncio.sleep(0.5)
        await stopped(home, "kafka", signal.SIGTERM, fault(2.0, 60.0))


async def test_kafka_killed_under_load(home: Path, prefix: str, fault: Fault) -> None:
    async with loaded(home, prefix + "b", fault):
        await asyncio.sleep(0.5)
        await stopped(home, "kafka", signal.SIGKILL, 0)


async def test_postgresql_killed_under_load(home: Path, prefix: str, fault: Fault) -> None:
    async with loaded(home, prefix + "c", fault):
        await asyncio.sleep(0.5)
        await stopped(home, "postgres", signal.SIGKILL, 1)


async def test_kafka_loses_its_data(home: Path, prefix: str, fault: Fault) -> None:
    """The store fills it again: a consumer goes on as if nothing was, another can begin."""
    async with loaded(home, prefix + "e", fault) as store:
        await asyncio.sleep(1)
        await stopped(home, "kafka", signal.SIGKILL, 0, lost=True)
    late = replace(SERVICE, consumers=[hear("late")])
    expected = toys.told(PEOPLE, EACH) | {("first", 1)}
    async with open_store(SERVICE, store.settings) as again, working(late, again, "all"):
        await toys.until(toys.has_heard(again, "late", len(expected)))
        fault.count(1, expected, await toys.heard(again, "late"))
