"""Stand-ins that publish what people and goals publish, so that real events are heard."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated

from chassis.execute import execute
from chassis.ids import new_id, stream_id
from chassis.service import Service
from chassis.store import Context, Ref, Store


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


@dataclass(frozen=True, slots=True)
class PersonLeft:
    person: str
    effective_on: date
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
class ZeroStep:
    up_to: Decimal
    pct: Decimal


@dataclass(frozen=True, slots=True)
class Link:
    kind: str
    code: str


@dataclass(frozen=True, slots=True)
class GoalLine:
    goal: str
    title: Annotated[str, "personal:person"]
    unit: str
    measure: str
    baseline: Decimal | None
    threshold: Decimal | None
    target: Decimal
    stretch: Decimal | None
    floor_pct: Decimal | None
    cap_pct: Decimal | None
    rollup: str
    zero_table: tuple[ZeroStep, ...]
    weight_pct: Decimal
    link: Link


@dataclass(frozen=True, slots=True)
class CompetencyLine:
    competency: str
    name: str
    expected_level: int
    anchors: Annotated[str, "personal:person"]
    weight_pct: Decimal
    link: Link


@dataclass(frozen=True, slots=True)
class PlanContent:
    goals: tuple[GoalLine, ...]
    competencies: tuple[CompetencyLine, ...]
    goals_weight_pct: Decimal
    competencies_weight_pct: Decimal
    salt: Annotated[str, "personal:person"]


@dataclass(frozen=True, slots=True)
class ContractIssued:
    plan: str
    person: str
    manager: str
    period: str
    period_start: date
    period_end: date
    job: str
    job_version: int
    revision: int
    content: PlanContent
    content_hash: str
    employee_signed_at: datetime
    manager_signed_at: datetime


@dataclass(frozen=True, slots=True)
class ContractAmended:
    plan: str
    person: str
    manager: str
    period: str
    effective_on: date
    period_start: date
    period_end: date
    job: str
    job_version: int
    revision: int
    content: PlanContent
    content_hash: str
    previous_hash: str
    reason: Annotated[str, "personal:person"]
    employee_signed_at: datetime
    manager_signed_at: datetime


@dataclass(frozen=True, slots=True)
class ProgressRecorded:
    reading: str
    plan: str
    person: str
    goal: str
    value: Decimal
    as_of: date
    source: str
    by: str
    note: Annotated[str, "personal:person"]


@dataclass(frozen=True, slots=True)
class ProgressCorrected:
    reading: str
    corrects: str
    plan: str
    person: str
    goal: str
    value: Decimal
    as_of: date
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


PEOPLE = stand_in("people", PersonRegistered, AssignmentChanged, PersonLeft, RoleGranted)
GOALS = stand_in("goals", ContractIssued, ContractAmended, ProgressRecorded, ProgressCorrected)


async def publish(
    store: Store, actor: str, category: str, parts: Sequence[str], key: str, *events: object
) -> None:
    """Append to the stand-in's stream of these parts; its relay does the rest."""
    ref = Ref(category, stream_id(category, *parts), key=key)
    context = Context(actor, store.clock(), str(new_id()), fingerprint=b"")
    await execute(store, verbatim, ref, events, context)
