"""Kafka without its data: the stores fill it again."""

import asyncio
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from chassis.service import open_store, working
from tests.chassis.toy import SERVICE, hear
from tests.faults import toys
from tests.faults.outages import EXPECTED, loaded, stopped
from tests.faults.report import Fault
from tests.support import until

pytestmark = [pytest.mark.fault, pytest.mark.integration, pytest.mark.asyncio]


async def test_kafka_loses_its_data(home: Path, prefix: str, fault: Fault) -> None:
    """A consumer goes on as if nothing was, another can begin."""
    async with loaded(home, prefix + "e", fault) as store:
        await asyncio.sleep(1)
        await stopped(home, "kafka", signal.SIGKILL, 0, lost=True)
    late = replace(SERVICE, consumers=[hear("late")])
    async with open_store(SERVICE, store.settings) as again, working(late, again, "all"):
        await until(toys.has_heard(again, "late", len(EXPECTED)))
        fault.count(1, EXPECTED, await toys.heard(again, "late"))
