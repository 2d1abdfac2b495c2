"""What may be asked of goals: who asks, when, and what they looked at."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from goals.domain.events import GoalId, ObjectiveCode, PersonId, PlanContent, PlanId, ReadingId


@dataclass(frozen=True, slots=True)
class SetObjective:
    objective: ObjectiveCode
    title: str
    theme: str
    unit: str
    parent: ObjectiveCode | None
    period_start: date
    period_end: date
    by: PersonId
    at: datetime


@dataclass(frozen=True, slots=True)
class Job:
    """The job description that a plan is made for: its version and what it expects."""

    job: str
    job_version: int
    responsibilities: frozenset[str]
    competencies: frozenset[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Offer:
    """Content put on the table, with all that it is checked against; its texts are plain.

    manager: the employee's manager now, None when there is none.
    """

    person: PersonId
    manager: PersonId | None
    job: Job
    objectives: frozenset[str]
    content: PlanContent
    by: PersonId
    at: datetime


@dataclass(frozen=True, slots=True)
class ProposePlan:
    plan: PlanId
    period: str
    period_start: date
    period_end: date
    offer: Offer


@dataclass(frozen=True, slots=True)
class CounterPlan:
    period_start: date
    period_end: date
    offer: Offer


@dataclass(frozen=True, slots=True)
class SignPlan:
    """`content_hash` is of the content that the signer looked at."""

    manager: PersonId | None
    content_hash: str
    by: PersonId
    at: datetime


@dataclass(frozen=True, slots=True)
class WithdrawPlan:
    manager: PersonId | None
    reason: str
    by: PersonId
    at: datetime


@dataclass(frozen=True, slots=True)
class ProposeAmendment:
    effective_on: date
    reason: str
    offer: Offer


@dataclass(frozen=True, slots=True)
class SignAmendment:
    manager: PersonId | None
    content_hash: str
    by: PersonId
    at: datetime


@dataclass(frozen=True, slots=True)
class RejectAmendment:
    manager: PersonId | None
    reason: str
    by: PersonId
    at: datetime


@dataclass(frozen=True, slots=True)
class Agreed:
    """What the contract in force says about readings: its goals and its period."""

    goals: frozenset[GoalId]
    period_start: date
    period_end: date


@dataclass(frozen=True, slots=True)
class RecordProgress:
    reading: ReadingId
    plan: PlanId
    person: PersonId
    agreed: Agreed | None
    goal: GoalId
    value: Decimal
    as_of: date
    source: str
    note: str
    by: PersonId
    at: datetime


@dataclass(frozen=True, slots=True)
class CorrectProgress:
    reading: ReadingId
    corrects: ReadingId
    plan: PlanId
    person: PersonId
    agreed: Agreed | None
    value: Decimal
    as_of: date
    reason: str
    by: PersonId
    at: datetime


PlanCommand = (
    ProposePlan
    | CounterPlan
    | SignPlan
    | WithdrawPlan
    | ProposeAmendment
    | SignAmendment
    | RejectAmendment
)
ProgressCommand = RecordProgress | CorrectProgress
