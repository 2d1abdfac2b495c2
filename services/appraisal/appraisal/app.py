"""Wiring of the appraisal service."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from appraisal.api import appraisals, cycles, explain
from appraisal.consumed import CONSUMERS, TIMERS
from appraisal.domain.errors import AppraisalRuleBroken
from appraisal.domain.events import STORED
from appraisal.policy import POLICY
from chassis.service import Service, run

# What the manager found, until it is shared, and drafts of it after a reopening.
_NOT_THEIR_OWN = {"appraisal.ManagerRated", "appraisal.ScoreComputed"}


def shows(held: frozenset[str], name: str, data: Mapping[str, Any]) -> bool:
    """One's own history shows the result as final; how it came about is under /explain."""
    return "own" not in held or name not in _NOT_THEIR_OWN


SERVICE = Service(
    name="appraisal",
    events=STORED,
    rule_broken=AppraisalRuleBroken,
    policy=POLICY,
    routers=[cycles.router, appraisals.router, explain.router],
    consumers=CONSUMERS,
    migrations=Path(__file__).parents[1] / "migrations",
    timers=TIMERS,
    shows=shows,
)

if __name__ == "__main__":
    run(SERVICE)
