"""Wiring of the goals service."""

from pathlib import Path

from chassis.service import Service, run
from goals.api import contracts, objectives, plans, progress, todo
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
    routers=[r.router for r in (objectives, plans, contracts, progress, todo)],
    consumers=[*CONSUMERS, OBJECTIVES, PLANS, CONTRACTS, READINGS],
    migrations=Path(__file__).parents[1] / "migrations",
)

if __name__ == "__main__":
    run(SERVICE)
