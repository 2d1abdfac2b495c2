"""Stand-ins that publish what people and appraisal publish, so that real events are heard."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated

from chassis.execute import execute
from chassis.ids import new_id, stream_id
from chassis.service import Service
from chassis.store import Context, Ref, Store
from chassis.values import Money


@dataclass(frozen=True, slots=True)
class PersonRegistered:
    person: str
    employee_no: str
    name: Annotated[str, "personal:person"]
    hired_on: date


@dataclass(frozen=True, slots=True)
class AssignmentChanged:
    person: str
    effective_on: date
    manager: str | None
    unit: str
    entity: str
    job: str
    grade: str
    location: str
    fte: Decimal
    country: str


@dataclass(frozen=True, slots=True)
class PayRecorded:
    person: str
    effective_on: date
    annual: Money
    fte: Decimal
    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class RoleGranted:
    grant: str
    actor: str
    role: str
    population: str
    valid_from: date
    valid_to: date | None
    proposed_by: str
    granted_by: str


@dataclass(frozen=True, slots=True)
class AppraisalFinalised:
    appraisal: str
    cycle: str
    person: str
    manager: str
    revision: int
    score: Decimal
    rating: str
    period_start: date
    period_end: date
    sheet_hash: str


@dataclass(frozen=True, slots=True)
class AppraisalReopened:
    appraisal: str
    cycle: str
    person: str
    revision: int
    by: str
    reason: Annotated[str, "personal:person"]


class RuleBroken(Exception):
    """The stand-ins have no rules."""


class verbatim:  # noqa: N801  # stands for a domain module
    """Records what it is told."""

    INITIAL = 0

    @staticmethod
    def evolve(state: int, event: object) -> int:
        return state + 1

    @staticmethod
    def decide(state: int, command: Sequence[object]) -> list[object]:
        return list(command)


def stand_in(name: str, *events: type) -> Service:
    return Service(
        name=name,
        events={(f"{name}.{event.__name__}", 1): event for event in events},
        rule_broken=RuleBroken,
        policy={},
        routers=[],
        consumers=[],
        migrations=Path(__file__).with_name("no_migrations"),
    )


PEOPLE = stand_in("people", PersonRegistered, AssignmentChanged, PayRecorded, RoleGranted)
APPRAISAL = stand_in("appraisal", AppraisalFinalised, AppraisalReopened)


async def publish(store: Store, actor: str, category: str, key: str, *events: object) -> None:
    """Append to the stand-in's stream of that key; its relay does the rest."""
    ref = Ref(category, stream_id(category, key), key=key)
    context = Context(actor, store.clock(), str(new_id()))
    await execute(store, verbatim, ref, events, context)
