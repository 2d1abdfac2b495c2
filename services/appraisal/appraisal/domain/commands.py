"""What may be asked of appraisal: who asks, when, and what the answer is computed from."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from appraisal.domain.events import (
    AppraisalId,
    CycleId,
    LineRating,
    Measure,
    PersonId,
    SchemeContent,
    SchemeId,
    Step,
)


@dataclass(frozen=True, slots=True)
class DefineScheme:
    scheme: SchemeId
    content: SchemeContent
    by: PersonId
    at: datetime


@dataclass(frozen=True, slots=True)
class KnownScheme:
    """A scheme's newest version, as its stream has it."""

    scheme: SchemeId
    version: int
    content: SchemeContent
    content_hash: str


@dataclass(frozen=True, slots=True)
class OpenCycle:
    cycle: CycleId
    title: str
    period_start: date
    period_end: date
    scheme: KnownScheme | None
    population: str
    self_due: date
    manager_due: date
    interview_due: date
    acknowledge_days: int
    by: PersonId
    at: datetime


@dataclass(frozen=True, slots=True)
class CloseCycle:
    cycle: CycleId
    by: PersonId
    at: datetime


@dataclass(frozen=True, slots=True)
class GoalTerms:
    """A KPI of a contract, as far as scoring needs it."""

    goal: str
    measure: Measure
    baseline: Decimal | None
    target: Decimal
    floor_pct: Decimal | None
    cap_pct: Decimal | None
    rollup: Literal["sum", "average", "last"]
    zero_table: tuple[tuple[Decimal, Decimal], ...]
    weight_pct: Decimal


@dataclass(frozen=True, slots=True)
class CompetencyTerms:
    competency: str
    weight_pct: Decimal


@dataclass(frozen=True, slots=True)
class ContractTerms:
    """One revision of a contract; it counts from `effective_on` until the next one does, at most
    until the last day of the contract."""

    plan: str
    revision: int
    content_hash: str
    effective_on: date
    goals: tuple[GoalTerms, ...]
    competencies: tuple[CompetencyTerms, ...]
    goals_weight_pct: Decimal
    competencies_weight_pct: Decimal
    ends_on: date = date.max


@dataclass(frozen=True, slots=True)
class Reading:
    """A reading that stands: not corrected by a later one."""

    reading: str
    goal: str
    value: Decimal
    as_of: date


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of the contract and of progress at the moment of rating.

    readings: by day, those of one day as they were recorded.  known_position: the last event that
    was heard about this person; what comes after it is late.
    """

    contracts: tuple[ContractTerms, ...]
    readings: tuple[Reading, ...]
    known_position: int = 0


@dataclass(frozen=True, slots=True)
class OpenAppraisal:
    appraisal: AppraisalId
    cycle: CycleId
    person: PersonId
    manager: PersonId | None
    period_start: date
    period_end: date
    self_due: date
    manager_due: date
    interview_due: date
    acknowledge_days: int
    scheme_hash: str
    content: SchemeContent


@dataclass(frozen=True, slots=True)
class Reassign:
    manager: PersonId | None


@dataclass(frozen=True, slots=True)
class RateSelf:
    """`lines` are those of the contract that may be rated."""

    ratings: tuple[LineRating, ...]
    comment: str
    lines: frozenset[str]
    by: PersonId
    at: datetime


@dataclass(frozen=True, slots=True)
class AdvanceStep:
    step: Step
    reason: str
    by: PersonId
    at: datetime


@dataclass(frozen=True, slots=True)
class Rate:
    ratings: tuple[LineRating, ...]
    comment: str
    evidence: Evidence
    by: PersonId
    at: datetime


@dataclass(frozen=True, slots=True)
class ShareResult:
    by: PersonId
    at: datetime


@dataclass(frozen=True, slots=True)
class HoldInterview:
    held_on: date
    agreed_points: str
    by: PersonId
    at: datetime


@dataclass(frozen=True, slots=True)
class Acknowledge:
    kind: Literal["accepted", "accepted_with_disagreement", "refused"]
    comment: str
    by: PersonId
    at: datetime


@dataclass(frozen=True, slots=True)
class TimeOut:
    """The clock reached the deadline; `revision` is the one whose deadline it is."""

    revision: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Reopen:
    reason: str
    by: PersonId
    at: datetime


CycleCommand = OpenCycle | CloseCycle
AppraisalCommand = (
    OpenAppraisal
    | Reassign
    | RateSelf
    | AdvanceStep
    | Rate
    | ShareResult
    | HoldInterview
    | Acknowledge
    | TimeOut
    | Reopen
)
