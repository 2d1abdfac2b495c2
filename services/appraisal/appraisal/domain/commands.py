"""What may be asked of appraisal: who asks, when, and the facts that the answer depends on."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from appraisal.domain.events import SchemeContent
from appraisal.domain.terms import (
    AcknowledgementKind,
    AppraisalId,
    CycleId,
    LineRating,
    Measure,
    PersonId,
    ReadingUsed,
    Rollup,
    SchemeId,
    Source,
    Step,
)


@dataclass(frozen=True, slots=True)
class DefineScheme:
    scheme: SchemeId
    content: SchemeContent
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OpenCycle:
    """`scheme_version` 0: there is no such scheme."""

    cycle: CycleId
    title: str
    period_start: date
    period_end: date
    scheme: SchemeId
    scheme_version: int
    scheme_hash: str
    population: str
    self_due: date
    manager_due: date
    interview_due: date
    acknowledge_days: int
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CloseCycle:
    cycle: CycleId
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CycleTerms:
    """What an appraisal takes over from its cycle."""

    cycle: CycleId
    period_start: date
    period_end: date
    scheme: SchemeId
    scheme_version: int
    scheme_hash: str
    self_due: date
    manager_due: date
    interview_due: date
    acknowledge_days: int


@dataclass(frozen=True, slots=True)
class OpenAppraisal:
    """See to it that the appraisal is open, and with the manager whom the person has now."""

    appraisal: AppraisalId
    person: PersonId
    manager: PersonId
    terms: CycleTerms
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class KpiTerms:
    """A KPI as the contract says it; goals saw to it that its measure can be computed."""

    goal: str
    measure: Measure
    baseline: Decimal | None
    target: Decimal
    floor_pct: Decimal | None
    cap_pct: Decimal | None
    rollup: Rollup
    zero_table: tuple[tuple[Decimal, Decimal], ...]
    weight_pct: Decimal


@dataclass(frozen=True, slots=True)
class CompetencyTerms:
    competency: str
    expected_level: int
    weight_pct: Decimal


@dataclass(frozen=True, slots=True)
class Contract:
    """One revision of a performance contract, counting from `effective_on`."""

    plan: str
    revision: int
    period_start: date
    period_end: date
    effective_on: date
    content_hash: str
    goals: tuple[KpiTerms, ...]
    competencies: tuple[CompetencyTerms, ...]
    goals_weight_pct: Decimal
    competencies_weight_pct: Decimal
    source: Source


@dataclass(frozen=True, slots=True)
class Reading:
    """A reading that stands, not one that was corrected."""

    plan: str
    goal: str
    used: ReadingUsed


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was heard of the person's contracts and readings by now, and the frozen scheme."""

    scheme: SchemeContent
    contracts: tuple[Contract, ...]
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class RateSelf:
    ratings: tuple[LineRating, ...]
    comment: str
    evidence: Evidence
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SkipSelf:
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RateAsManager:
    """`manager`: whom the person has as manager now."""

    manager: PersonId | None
    ratings: tuple[LineRating, ...]
    comment: str
    evidence: Evidence
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ShareResult:
    manager: PersonId | None
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class HoldInterview:
    manager: PersonId | None
    held_on: date
    notes: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AdvanceStep:
    """HR goes on for somebody whose step it is."""

    step: Step
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Acknowledge:
    kind: AcknowledgementKind
    comment: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TimeOutAcknowledgement:
    at: datetime


@dataclass(frozen=True, slots=True)
class FinaliseAppraisal:
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReopenAppraisal:
    reason: str
    by: str
    at: datetime


CycleCommand = OpenCycle | CloseCycle
AppraisalCommand = (
    OpenAppraisal
    | RateSelf
    | SkipSelf
    | RateAsManager
    | ShareResult
    | HoldInterview
    | AdvanceStep
    | Acknowledge
    | TimeOutAcknowledgement
    | FinaliseAppraisal
    | ReopenAppraisal
)
