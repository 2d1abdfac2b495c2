"""Wiring of the audit service."""

from pathlib import Path

from audit.api import router
from audit.consumed import CONSUMERS
from audit.domain.errors import AuditRuleBroken
from audit.policy import POLICY
from chassis.service import Service, run

SERVICE = Service(
    name="audit",
    events={},
    rule_broken=AuditRuleBroken,
    policy=POLICY,
    routers=[router],
    consumers=CONSUMERS,
    migrations=Path(__file__).parents[1] / "migrations",
)

if __name__ == "__main__":
    run(SERVICE)
