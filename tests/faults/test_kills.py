"""kill -9 of the process that takes commands and of the worker, at random, round after round."""

import asyncio
import random
from pathlib import Path

import pytest

from chassis.service import open_store, working
from chassis.settings import Settings
from cli.platform.servers import Servers
from tests.chassis.toy import SERVICE
from tests.faults import toys
from tests.faults.report import Fault

pytestmark = [pytest.mark.fault, pytest.mark.integration, pytest.mark.asyncio]
WORKER, CLIENT = "tests.chassis.toy", "tests.faults.client"
PEOPLE = 4


async def survive(settings: Settings, fault: Fault, rounds: int, each: int) -> None:
    chance = random.Random(rounds)
    people = [f"person-{n}" for n in range(PEOPLE)]
    async with open_store(SERVICE, settings) as store:
        for _ in range(rounds):
            async with (
                toys.process(settings, WORKER, "--role", "worker") as worker,
                toys.process(settings, CLIENT, str(PEOPLE), str(each)) as client,
            ):
                await asyncio.sleep(chance.uniform(1.0, 2.5))
                victims = [worker, client]
                chance.shuffle(victims)
                await toys.kill(victims[0])
                await asyncio.sleep(chance.uniform(0.0, 0.3))
        async with working(SERVICE, store, "all"):
            await asyncio.gather(*(toys.tell(store, p, range(1, each + 1)) for p in people))
            await toys.until(toys.has_heard(store, "kafka", 2 * PEOPLE * each), 300)
            await asyncio.sleep(0.5)
        people += [f"echo-{person}" for person in people]
        fault.count(rounds, toys.told(people, each), await toys.heard(store, "kafka"))


def settings_of(servers: Servers, prefix: str, home: Path) -> Settings:
    return Settings(postgres=servers.postgres, kafka=servers.kafka, prefix=prefix, home=home)


async def test_kill_9_of_client_and_worker(
    servers: Servers, prefix: str, tmp_path: Path, fault: Fault
) -> None:
    settings = settings_of(servers, prefix, tmp_path)
    await survive(settings, fault, rounds=fault(5, 100), each=fault(150, 1500))
