"""The whole cycle over all services, and what must not change it: order, kills, restarts."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from cli.demo.story import Told, tell
from cli.demo.world import local_world
from cli.platform import services
from cli.platform.servers import Servers
from tests.journeys.platform import COMPANY, PEOPLE, figures_of, platform, silent
from tests.journeys.sabotage import Saboteur, Strike, each_killed_once

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


def test_services_may_start_in_any_order_and_late(
    servers: Servers, run_prefix_text: str, home: Path, undisturbed: dict[str, Any]
) -> None:
    """People is there first; the others come one by one, from the end of the chain to its start.

    Then each of them is killed and started again.
    """
    late = ["audit", "payroll", "compensation", "appraisal", "feedback", "goals"]
    with platform(servers, f"{run_prefix_text}o", home, ["people"]) as running:
        with each_killed_once(running, late):
            told = asyncio.run(walk(home))
        assert figures_of(told, running) == undisturbed


STRIKES = [
    Strike("set up", "people", 1.0),
    Strike("agree plans", "goals", 0.3),
    Strike("coach", "goals", 0.5),
    Strike("coach", "feedback", 0.1),
    Strike("appraise", "appraisal", 0.3),
    Strike("finalise", "audit", 0.1),
    Strike("launch pay review", "compensation", 0.05),
    Strike("award", "compensation", 0.2),
    Strike("pay", "payroll", 0.1),
]


def test_killed_services_come_back_to_the_same_figures(
    servers: Servers, run_prefix_text: str, home: Path, undisturbed: dict[str, Any]
) -> None:
    with platform(servers, f"{run_prefix_text}k", home) as running:
        saboteur = Saboteur(running, STRIKES)
        told = asyncio.run(walk(home, saboteur.hear))
        saboteur.finish()
        assert sorted(saboteur.killed) == sorted(strike.service for strike in STRIKES)
        assert {strike.service for strike in STRIKES} == set(services.known())
        assert all(services.is_ready(p.port) for p in _processes(home))
        assert figures_of(told, running) == undisturbed


def _processes(home: Path) -> list[Any]:
    from cli.platform import state

    return list(state.read(home).services.values())
