"""Wiring of the goals service."""

from pathlib import Path

from chassis.service import Service, run
from goals.api import objectives, plans, progress
from goals.consumed import CONSUMERS
from goals.domain.errors import GoalsRuleBroken
from goals.domain.events import STORED
from goals.policy import POLICY
from goals.projections.contracts import CONTRACTS
from goals.projections.objectives import OBJECTIVES
from goals.projections.plans import PLANS
from goals.projections.readings import READINGS

SERVICE = Service(
    name="goals",
    events=STORED,
    rule_broken=GoalsRuleBroken,
    policy=POLICY,
    routers=[objectives.router, plans.router, progress.router],
    consumers=[*CONSUMERS, OBJECTIVES, PLANS, CONTRACTS, READINGS],
    migrations=Path(__file__).parents[1] / "migrations",
)

if __name__ == "__main__":
    run(SERVICE)
