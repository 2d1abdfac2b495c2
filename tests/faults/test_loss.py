"""Writers that stall, roll back and contend: a reader sees each committed event once, in order."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from chassis.service import open_store
from chassis.settings import Settings
from chassis.store import Store, read_page, safe_position
from cli.platform.servers import Servers
from tests.chassis.toy import SERVICE
from tests.faults import toys
from tests.faults.report import Event, Fault

pytestmark = [pytest.mark.fault, pytest.mark.integration, pytest.mark.asyncio]
WRITER = "tests.faults.writer"


@pytest.fixture
def settings(servers: Servers, prefix: str, tmp_path: Path) -> Settings:
    name = f"{prefix}{tmp_path.name[5:10].replace('_', '')}"
    return Settings(postgres=servers.postgres, kafka=servers.kafka, prefix=name, home=tmp_path)


@pytest_asyncio.fixture
async def store(settings: Settings) -> AsyncIterator[Store]:
    async with open_store(SERVICE, settings) as opened:
        yield opened


async def follow(store: Store, done: asyncio.Event) -> list[Event]:
    """Reads page by page, with a new connection and only its cursor each second."""
    cursor, seen = 0, []
    while True:
        last_round = done.is_set()
        born = time.monotonic()
        async with store.pool.acquire() as connection:
            while True:
                upto = await safe_position(connection)
                page = await read_page(connection, cursor, upto, 500)
                seen += [(row["key"], row["version"]) for row in page]
                cursor = page[-1]["position"] if len(page) == 500 else upto
                finished = last_round and len(page) < 500
                if finished or (not last_round and time.monotonic() - born > 1):
                    break
                await asyncio.sleep(0.002)
        if finished:
            return seen


async def lose_nothing(settings: Settings, store: Store, fault: Fault, seconds: float) -> None:
    done = asyncio.Event()
    reading = asyncio.create_task(follow(store, done))
    committed: list[tuple[str, int]] = []
    async with (
        toys.process(settings, WRITER, str(seconds), "1", output=True) as one,
        toys.process(settings, WRITER, str(seconds), "100", output=True) as two,
    ):
        for output, _ in await asyncio.gather(one.communicate(), two.communicate()):
            committed += [(key, size) for key, size in json.loads(output)]
    done.set()
    expected = [(key, n) for key, size in committed for n in range(1, size + 1)]
    fault.count(1, expected, await reading)


async def test_stalls_and_rollbacks_of_two_processes(
    settings: Settings, store: Store, fault: Fault
) -> None:
    await lose_nothing(settings, store, fault, fault(3.0, 60.0))


async def test_twelve_contenders_on_hot_and_new_streams(store: Store, fault: Fault) -> None:
    """Each of twelve wants every number of four people; whoever is first counts, once."""
    people, each = [f"hot-{n}" for n in range(4)], 15
    await asyncio.gather(
        *(toys.tell(store, person, range(1, each + 1)) for _ in range(3) for person in people)
    )
    fault.count(each, toys.told(people, each), await toys.stored(store))
