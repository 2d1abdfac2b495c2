"""Wiring of the people service."""

from pathlib import Path

from chassis.service import Service, run
from people.api import erasure, extract, jobs, people, roles
from people.consumed import CONSUMERS
from people.domain.errors import PeopleRuleBroken
from people.domain.events import STORED
from people.policy import POLICY
from people.projections.erasures import ERASURES
from people.projections.jobs import JOBS
from people.projections.persons import PERSONS
from people.projections.roles import ROLES

SERVICE = Service(
    name="people",
    events=STORED,
    rule_broken=PeopleRuleBroken,
    policy=POLICY,
    routers=[extract.router, people.router, jobs.router, roles.router, erasure.router],
    consumers=[*CONSUMERS, PERSONS, JOBS, ROLES, ERASURES],
    migrations=Path(__file__).parents[1] / "migrations",
    start=roles.record_first_administrators,
)

if __name__ == "__main__":
    run(SERVICE)
