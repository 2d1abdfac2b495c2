"""Wiring of the compensation service."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chassis.service import Service, run
from compensation.api import ROUTERS
from compensation.consumed import CONSUMERS
from compensation.domain.errors import CompensationRuleBroken
from compensation.domain.events import STORED
from compensation.policy import POLICY
from compensation.projections.awards import AWARDS
from compensation.projections.calculations import CALCULATIONS
from compensation.projections.pools import POOLS
from compensation.projections.releases import RELEASES

# What says nothing of an amount: the rest of one's own award is at /awards/mine once communicated.
_OWN = frozenset({"compensation.AwardOpened", "compensation.AwardCommunicated"})


def shows(held: frozenset[str], name: str, data: Mapping[str, Any]) -> bool:
    """The person concerned sees that there is an award and no amount, whatever else they hold."""
    return "own" not in held or name in _OWN


SERVICE = Service(
    name="compensation",
    events=STORED,
    rule_broken=CompensationRuleBroken,
    policy=POLICY,
    routers=ROUTERS,
    consumers=[*CONSUMERS, POOLS, AWARDS, CALCULATIONS, RELEASES],
    migrations=Path(__file__).parents[1] / "migrations",
    shows=shows,
)

if __name__ == "__main__":
    run(SERVICE)
