"""What happened in compensation, and the names and versions it is stored under."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from chassis.values import Money, Rounding
from compensation.domain.increase import Circle
from compensation.domain.terms import (
    AnnouncedAmount,
    AnnouncedAward,
    AwardId,
    BonusIneligible,
    BonusPlanContent,
    BonusSegment,
    Commitment,
    CycleId,
    CycleTerms,
    MatrixContent,
    MeritIneligible,
    PayUsed,
    PersonId,
    PoolComponent,
    PoolId,
    PoolNeed,
    PositionUsed,
    Refusal,
    ReleasedLine,
    Source,
    WaitingReason,
)


@dataclass(frozen=True, slots=True)
class RangeSet:
    """The salary range of a grade in a country and currency from a day on, in full-time pay."""

    range: str
    grade: str
    country: str
    currency: str
    effective_on: date
    minimum: Money
    midpoint: Money
    maximum: Money
    by: str


@dataclass(frozen=True, slots=True)
class MatrixDefined:
    matrix: str
    matrix_version: int
    content: MatrixContent
    content_hash: str
    by: str


@dataclass(frozen=True, slots=True)
class BonusPlanDefined:
    plan: str
    plan_version: int
    content: BonusPlanContent
    content_hash: str
    by: str


@dataclass(frozen=True, slots=True)
class PoolFunded:
    """The pool holds this much from now on (not: this much more)."""

    pool: PoolId
    component: PoolComponent
    entity: str | None
    fund: Money
    by: str


@dataclass(frozen=True, slots=True)
class PoolCommitted:
    """These awards take these amounts; each replaces what the award took before."""

    pool: PoolId
    cycle: CycleId
    items: tuple[Commitment, ...]
    committed: Money
    by: str


@dataclass(frozen=True, slots=True)
class CycleLaunched:
    cycle: CycleId
    terms: CycleTerms
    terms_hash: str
    launched_by: str


@dataclass(frozen=True, slots=True)
class AwardOpened:
    award: AwardId
    person: PersonId
    cycle: CycleId
    by: str


@dataclass(frozen=True, slots=True)
class AwardWaiting:
    award: AwardId
    person: PersonId
    cycle: CycleId
    reasons: tuple[WaitingReason, ...]


@dataclass(frozen=True, slots=True)
class MeritCalculated:
    """The merit increase with every factor.  `difference` is to the revision before."""

    award: AwardId
    person: PersonId
    cycle: CycleId
    revision: int
    effective_on: date
    appraisal_revision: int
    rating: str
    score: Decimal
    entity: str
    manager: str | None
    not_eligible: MeritIneligible | None
    pay: PayUsed
    position: PositionUsed | None
    pct: Decimal
    eligible_days: int
    period_start: date
    period_end: date
    period_days: int
    unrounded_minor: Decimal
    step_minor: int
    rounding: Rounding
    circle: Circle
    amount: Money
    lump_sum: Money
    new_annual: Money
    difference: Money | None
    matrix: str
    matrix_version: int
    matrix_hash: str
    terms_hash: str
    formulas: tuple[str, ...]
    sources: tuple[Source, ...]
    inputs_changed_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BonusCalculated:
    """The bonus with every factor.  `difference` is to the revision before."""

    award: AwardId
    person: PersonId
    cycle: CycleId
    revision: int
    appraisal_revision: int
    rating: str
    not_eligible: BonusIneligible | None
    segments: tuple[BonusSegment, ...]
    eligible_days: int
    period_start: date
    period_end: date
    period_days: int
    individual_factor: Decimal
    company_factor: Decimal
    unrounded_minor: Decimal
    step_minor: int
    rounding: Rounding
    amount: Money
    difference: Money | None
    plan: str
    plan_version: int
    plan_hash: str
    terms_hash: str
    formulas: tuple[str, ...]
    sources: tuple[Source, ...]
    inputs_changed_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RecalculationOrdered:
    award: AwardId
    person: PersonId
    cycle: CycleId
    revision: int
    by: str
    reason: Annotated[str, "personal:person"]


@dataclass(frozen=True, slots=True)
class AwardCommitted:
    award: AwardId
    person: PersonId
    cycle: CycleId
    revision: int
    needs: tuple[PoolNeed, ...]
    by: str


@dataclass(frozen=True, slots=True)
class PoolRefused:
    """Nothing of the award was committed; it waits until the pools have room for all of it."""

    award: AwardId
    person: PersonId
    cycle: CycleId
    revision: int
    refusals: tuple[Refusal, ...]
    by: str


@dataclass(frozen=True, slots=True)
class AwardApproved:
    award: AwardId
    person: PersonId
    cycle: CycleId
    revision: int
    by: str


@dataclass(frozen=True, slots=True)
class AwardReturned:
    award: AwardId
    person: PersonId
    cycle: CycleId
    revision: int
    by: str
    reason: Annotated[str, "personal:person"]


@dataclass(frozen=True, slots=True)
class AwardCommunicated:
    award: AwardId
    person: PersonId
    cycle: CycleId
    revision: int
    by: str


@dataclass(frozen=True, slots=True)
class AwardReleased:
    award: AwardId
    person: PersonId
    cycle: CycleId
    revision: int
    entity: str
    effective_on: date
    lines: tuple[ReleasedLine, ...]
    pay_effective_on: date
    pay_version: int
    approved_by: str
    by: str


@dataclass(frozen=True, slots=True)
class AwardSuspended:
    award: AwardId
    person: PersonId
    cycle: CycleId
    revision: int
    reason: Literal["appraisal_reopened"]
    appraisal_revision: int


@dataclass(frozen=True, slots=True)
class AwardResumed:
    award: AwardId
    person: PersonId
    cycle: CycleId
    revision: int


@dataclass(frozen=True, slots=True)
class ReleaseAnnounced:
    """All that has been released for the entity in this cycle so far, not only what is new."""

    release: str
    cycle: CycleId
    entity: str
    number: int
    count: int
    totals: tuple[Money, ...]
    awards: tuple[AnnouncedAward, ...]
    newly: tuple[AnnouncedAmount, ...]
    by: str


AwardEvent = (
    AwardOpened
    | AwardWaiting
    | MeritCalculated
    | BonusCalculated
    | RecalculationOrdered
    | AwardCommitted
    | PoolRefused
    | AwardApproved
    | AwardReturned
    | AwardCommunicated
    | AwardReleased
    | AwardSuspended
    | AwardResumed
)
PoolEvent = PoolFunded | PoolCommitted
Event = (
    RangeSet
    | MatrixDefined
    | BonusPlanDefined
    | PoolEvent
    | CycleLaunched
    | AwardEvent
    | ReleaseAnnounced
)

STORED: dict[tuple[str, int], type] = {
    ("compensation.RangeSet", 1): RangeSet,
    ("compensation.MatrixDefined", 1): MatrixDefined,
    ("compensation.BonusPlanDefined", 1): BonusPlanDefined,
    ("compensation.PoolFunded", 1): PoolFunded,
    ("compensation.PoolCommitted", 1): PoolCommitted,
    ("compensation.CycleLaunched", 1): CycleLaunched,
    ("compensation.AwardOpened", 1): AwardOpened,
    ("compensation.AwardWaiting", 1): AwardWaiting,
    ("compensation.MeritCalculated", 1): MeritCalculated,
    ("compensation.BonusCalculated", 1): BonusCalculated,
    ("compensation.RecalculationOrdered", 1): RecalculationOrdered,
    ("compensation.AwardCommitted", 1): AwardCommitted,
    ("compensation.PoolRefused", 1): PoolRefused,
    ("compensation.AwardApproved", 1): AwardApproved,
    ("compensation.AwardReturned", 1): AwardReturned,
    ("compensation.AwardCommunicated", 1): AwardCommunicated,
    ("compensation.AwardReleased", 1): AwardReleased,
    ("compensation.AwardSuspended", 1): AwardSuspended,
    ("compensation.AwardResumed", 1): AwardResumed,
    ("compensation.ReleaseAnnounced", 1): ReleaseAnnounced,
}
