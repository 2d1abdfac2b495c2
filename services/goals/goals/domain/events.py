"""What happens to objectives, plans and progress, as it is stored and published."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal, NewType

PersonId = NewType("PersonId", str)
PlanId = NewType("PlanId", str)
ObjectiveCode = NewType("ObjectiveCode", str)
GoalId = NewType("GoalId", str)
ReadingId = NewType("ReadingId", str)

Party = Literal["employee", "manager"]
Measure = Literal["higher", "lower_linear", "lower_ratio", "on_target", "zero_defect", "signed"]
Rollup = Literal["sum", "average", "last"]


@dataclass(frozen=True, slots=True)
class ObjectiveSet:
    """What the organisation, or a unit of it, wants to reach in a period."""

    objective: ObjectiveCode
    title: str
    theme: str
    unit: str
    parent: ObjectiveCode | None
    period_start: date
    period_end: date


@dataclass(frozen=True, slots=True)
class Link:
    """What a line serves: an objective, or a responsibility of the job description."""

    kind: Literal["objective", "responsibility"]
    code: str


@dataclass(frozen=True, slots=True)
class ZeroStep:
    """In a zero-defect KPI: a count up to this many earns so many percent."""

    up_to: Decimal
    pct: Decimal


@dataclass(frozen=True, slots=True)
class GoalLine:
    """A KPI: what is measured, how far it should get, and what share of the block it decides."""

    goal: GoalId
    title: Annotated[str, "personal:person"]
    unit: str
    measure: Measure
    baseline: Decimal | None
    threshold: Decimal | None
    target: Decimal
    stretch: Decimal | None
    floor_pct: Decimal | None
    cap_pct: Decimal | None
    rollup: Rollup
    zero_table: tuple[ZeroStep, ...]
    weight_pct: Decimal
    link: Link


@dataclass(frozen=True, slots=True)
class CompetencyLine:
    """An ability or quality that the job expects, and how it shows."""

    competency: str
    name: str
    expected_level: int
    anchors: Annotated[str, "personal:person"]
    weight_pct: Decimal
    link: Link


@dataclass(frozen=True, slots=True)
class PlanContent:
    """What two people sign.  The salt keeps the signed hash from being guessed after an erasure."""

    goals: tuple[GoalLine, ...]
    competencies: tuple[CompetencyLine, ...]
    goals_weight_pct: Decimal
    competencies_weight_pct: Decimal
    salt: Annotated[str, "personal:person"]


@dataclass(frozen=True, slots=True)
class PlanProposed:
    """`period` is the name that the two call the plan by, such as 2026."""

    plan: PlanId
    person: PersonId
    manager: PersonId
    period: str
    period_start: date
    period_end: date
    job: str
    job_version: int
    content: PlanContent
    content_hash: str
    by: PersonId


@dataclass(frozen=True, slots=True)
class PlanCountered:
    """Other content is on the table; signatures on the earlier one no longer count."""

    plan: PlanId
    person: PersonId
    manager: PersonId
    period: str
    period_start: date
    period_end: date
    job: str
    job_version: int
    content: PlanContent
    content_hash: str
    by: PersonId


@dataclass(frozen=True, slots=True)
class PlanSigned:
    plan: PlanId
    person: PersonId
    by: PersonId
    role: Party
    content_hash: str
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class PlanWithdrawn:
    plan: PlanId
    person: PersonId
    by: PersonId
    reason: Annotated[str, "personal:person"]


@dataclass(frozen=True, slots=True)
class GoalAgreed:
    """Both have signed; one for each KPI of the contract."""

    plan: PlanId
    person: PersonId
    goal: GoalId
    weight_pct: Decimal
    revision: int


@dataclass(frozen=True, slots=True)
class ContractIssued:
    """The performance contract, with the content that both signatures are for.

    `manager` is who signed as the manager; whoever manages the person later can amend it.
    """

    plan: PlanId
    person: PersonId
    manager: PersonId
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
class AmendmentProposed:
    """Checked against the job that the person has now, which may not be the contract's."""

    plan: PlanId
    person: PersonId
    by: PersonId
    effective_on: date
    reason: Annotated[str, "personal:person"]
    job: str
    job_version: int
    revision: int
    content: PlanContent
    content_hash: str


@dataclass(frozen=True, slots=True)
class AmendmentSigned:
    plan: PlanId
    person: PersonId
    by: PersonId
    role: Party
    content_hash: str
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class AmendmentRejected:
    plan: PlanId
    person: PersonId
    by: PersonId
    reason: Annotated[str, "personal:person"]


@dataclass(frozen=True, slots=True)
class ContractAmended:
    """A revision that counts from `effective_on`; the earlier one stands for the days before."""

    plan: PlanId
    person: PersonId
    manager: PersonId
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
    """A reading of a KPI, of the day `as_of`."""

    reading: ReadingId
    plan: PlanId
    person: PersonId
    goal: GoalId
    value: Decimal
    as_of: date
    source: str
    by: PersonId
    note: Annotated[str, "personal:person"]


@dataclass(frozen=True, slots=True)
class ProgressCorrected:
    """A reading that stands in for an earlier one; both stay readable."""

    reading: ReadingId
    corrects: ReadingId
    plan: PlanId
    person: PersonId
    goal: GoalId
    value: Decimal
    as_of: date
    by: PersonId
    reason: Annotated[str, "personal:person"]


PlanEvent = (
    PlanProposed
    | PlanCountered
    | PlanSigned
    | PlanWithdrawn
    | GoalAgreed
    | ContractIssued
    | AmendmentProposed
    | AmendmentSigned
    | AmendmentRejected
    | ContractAmended
)
ProgressEvent = ProgressRecorded | ProgressCorrected
Event = ObjectiveSet | PlanEvent | ProgressEvent

STORED: dict[tuple[str, int], type] = {
    ("goals.ObjectiveSet", 1): ObjectiveSet,
    ("goals.PlanProposed", 1): PlanProposed,
    ("goals.PlanCountered", 1): PlanCountered,
    ("goals.PlanSigned", 1): PlanSigned,
    ("goals.PlanWithdrawn", 1): PlanWithdrawn,
    ("goals.GoalAgreed", 1): GoalAgreed,
    ("goals.ContractIssued", 1): ContractIssued,
    ("goals.AmendmentProposed", 1): AmendmentProposed,
    ("goals.AmendmentSigned", 1): AmendmentSigned,
    ("goals.AmendmentRejected", 1): AmendmentRejected,
    ("goals.ContractAmended", 1): ContractAmended,
    ("goals.ProgressRecorded", 1): ProgressRecorded,
    ("goals.ProgressCorrected", 1): ProgressCorrected,
}
