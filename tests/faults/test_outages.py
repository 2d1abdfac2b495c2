"""Kafka and PostgreSQL stopped, killed and started again under load; on servers of their own."""

import asyncio
import signal
from pathlib import Path

import pytest

from tests.faults.outages import loaded, stopped
from tests.faults.report import Fault

pytestmark = [pytest.mark.fault, pytest.mark.integration, pytest.mark.asyncio]


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
