"""Wiring of the payroll service."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chassis.service import Service, run
from payroll.api import ROUTERS
from payroll.consumed import CONSUMERS
from payroll.domain.errors import PayrollRuleBroken
from payroll.domain.events import STORED
from payroll.policy import POLICY
from payroll.projections.batches import BATCHES
from payroll.projections.files import FILES
from payroll.projections.payees import PAYEES


def shows(held: frozenset[str], name: str, data: Mapping[str, Any]) -> bool:
    """Payroll and audit see all; oneself what was paid; others only that one is mapped."""
    if held & {"pay", "aud"}:
        return True
    return name == "payroll.PayeeMapped" or (name == "payroll.LineAcknowledged" and "own" in held)


SERVICE = Service(
    name="payroll",
    events=STORED,
    rule_broken=PayrollRuleBroken,
    policy=POLICY,
    routers=[*ROUTERS],
    consumers=[*CONSUMERS, PAYEES, BATCHES, FILES],
    migrations=Path(__file__).parents[1] / "migrations",
    shows=shows,
)

if __name__ == "__main__":
    run(SERVICE)
