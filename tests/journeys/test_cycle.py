"""The whole cycle over all services, and what must not change it: order, kills, restarts."""

import asyncio
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from cli.demo.story import Told, tell
from cli.demo.world import local_world
from cli.platform import services
from cli.platform.servers import Servers
from tests.journeys.platform import COMPANY, PEOPLE, Platform, figures_of, platform, silent

pytestmark = pytest.mark.journey


async def walk(home: Path, say: Any = silent) -> Told:
    async with local_world(home) as world:
        return await tell(world, COMPANY, home, say)


def test_a_whole_cycle_adds_up(undisturbed: dict[str, Any]) -> None:
    found = undisturbed
    assert found["people"] == PEOPLE
    assert found["contracts"] == found["finalised"] == found["awards"] > PEOPLE * 0.8
    assert (found["lost"], found["duplicated"], found["parked"]) == (0, 0, 0)
    assert found["payroll"]["lines"] == found["payroll"]["acknowledged"] > 0
    paid: dict[str, int] = found["payroll"]["total"]
    due: dict[str, int] = {}
    for component in ("merit", "lump_sum", "bonus"):
        for currency, minor in found[component].items():
            due[currency] = due.get(currency, 0) + minor
    assert paid == due, "what was sealed is what was awarded, to the minor unit"


def start_one_by_one(running: Platform, names: list[str]) -> None:
    for name in names:
        running.start([name])


def test_services_may_start_in_any_order_and_late(
    servers: Servers, run_prefix_text: str, home: Path, undisturbed: dict[str, Any]
) -> None:
    """People is there first; the others come one by one, from the end of the chain to its start."""
    late = ["payroll", "compensation", "appraisal", "feedback", "goals"]
    with platform(servers, f"{run_prefix_text}o", home, ["people"]) as running:
        starter = threading.Thread(target=start_one_by_one, args=(running, late))
        starter.start()
        try:
            told = asyncio.run(walk(home))
        finally:
            starter.join(120)
        assert figures_of(told, running) == undisturbed


class Saboteur:
    """Kills a service when the story comes to a stage, and starts it again a little later."""

    def __init__(self, running: Platform, plans: dict[str, tuple[str, float]]) -> None:
        self.running = running
        self.plans = plans
        self.killed: list[str] = []
        self.threads: list[threading.Thread] = []
        self.one_at_a_time = threading.Lock()

    def hear(self, line: str) -> None:
        stage = line.strip(" …")
        if stage in self.plans:
            thread = threading.Thread(target=self.strike, args=self.plans[stage])
            thread.start()
            self.threads.append(thread)

    def strike(self, name: str, after_s: float) -> None:
        time.sleep(after_s)
        with self.one_at_a_time:
            self.running.kill(name)
            self.killed.append(name)
            self.running.start([name])


def test_killed_services_come_back_to_the_same_figures(
    servers: Servers, run_prefix_text: str, home: Path, undisturbed: dict[str, Any]
) -> None:
    plans = {
        "agree plans": ("goals", 0.3),
        "coach": ("goals", 0.5),
        "award": ("compensation", 0.2),
        "launch pay review": ("compensation", 0.05),
    }
    with platform(servers, f"{run_prefix_text}k", home) as running:
        saboteur = Saboteur(running, plans)
        told = asyncio.run(walk(home, saboteur.hear))
        for thread in saboteur.threads:
            thread.join(60)
        assert sorted(saboteur.killed) == ["compensation", "compensation", "goals", "goals"]
        assert all(services.is_ready(p.port) for p in _processes(home))
        assert figures_of(told, running) == undisturbed


def _processes(home: Path) -> list[Any]:
    from cli.platform import state

    return list(state.read(home).services.values())
