"""Values that events and commands carry: ids, matrix and plan contents, cycle terms, sources."""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal, NewType

from chassis.values import Money, Period, Rounding
from compensation.domain.increase import BelowMinimum

PersonId = NewType("PersonId", str)
AwardId = NewType("AwardId", str)
CycleId = NewType("CycleId", str)
PoolId = NewType("PoolId", str)

PositionKey = Literal["compa_ratio", "penetration"]
PoolComponent = Literal["merit", "bonus"]
MeritIneligible = Literal["not_employed_on_the_day_of_the_increase"]
BonusIneligible = Literal["no_target_for_the_grade", "below_minimum_service", "no_service"]
WaitingReason = Literal[
    "no_cycle",
    "no_employment",
    "no_pay_fact",
    "no_assignment",
    "no_manager",
    "no_range",
    "currencies_differ",
    "rating_not_in_matrix",
    "rating_not_in_plan",
]
SourceKind = Literal["appraisal", "employment", "assignment", "pay", "range", "cycle"]


@dataclass(frozen=True, slots=True)
class Source:
    """The event that an input was taken from, where it stands in its stream, and who caused it."""

    kind: SourceKind
    service: str
    event: str
    stream: str
    version: int
    hash: str
    by: str


@dataclass(frozen=True, slots=True)
class Band:
    """Positions from `low` to `high`; None is without end.  Each end says whether it belongs."""

    code: str
    low: Decimal | None
    low_closed: bool
    high: Decimal | None
    high_closed: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """Yearly merit increase in percent of base pay for one rating in one band."""

    rating: str
    band: str
    min_pct: Decimal
    default_pct: Decimal
    max_pct: Decimal


@dataclass(frozen=True, slots=True)
class MatrixContent:
    """A merit matrix: rating by position in the range."""

    key: PositionKey
    bands: tuple[Band, ...]
    cells: tuple[Cell, ...]
    below_minimum: BelowMinimum = "guideline_only"
    step_minor: int = 1
    rounding: Rounding = "half_up"


@dataclass(frozen=True, slots=True)
class GradeTarget:
    """Target bonus of a grade in percent of base pay; a grade without one is not eligible."""

    grade: str
    target_pct: Decimal


@dataclass(frozen=True, slots=True)
class RatingFactor:
    """What a rating multiplies the target bonus by."""

    rating: str
    factor: Decimal


@dataclass(frozen=True, slots=True)
class BonusPlanContent:
    """A multiplicative bonus plan (F49)."""

    targets: tuple[GradeTarget, ...]
    individual: tuple[RatingFactor, ...]
    company_factor: Decimal
    min_service_days: int
    proration: Literal["segments", "none"] = "segments"
    step_minor: int = 1
    rounding: Rounding = "half_up"


@dataclass(frozen=True, slots=True)
class PoolUse:
    """A pool of the cycle: whose awards of which component and currency it pays for."""

    pool: PoolId
    component: PoolComponent
    currency: str
    entity: str | None


@dataclass(frozen=True, slots=True)
class CycleTerms:
    """Everything that the launch of a cycle freezes; its hash stands in every calculation."""

    period_start: date
    period_end: date
    increase_on: date
    matrix: str
    matrix_version: int
    matrix_hash: str
    matrix_by: str
    matrix_content: MatrixContent
    plan: str
    plan_version: int
    plan_hash: str
    plan_by: str
    plan_content: BonusPlanContent
    pools: tuple[PoolUse, ...]

    @property
    def period(self) -> Period:
        return Period(self.period_start, self.period_end)


@dataclass(frozen=True, slots=True)
class Commitment:
    """What an award takes from a pool, in the pool's minor units; 0 gives everything back."""

    award: AwardId
    revision: int
    minor: int


@dataclass(frozen=True, slots=True)
class PoolNeed:
    """The pool that a part of an award is charged to, and how much it takes."""

    component: PoolComponent
    pool: PoolId | None
    amount: Money


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a part of an award could not be committed; `room` is what the pool had left."""

    reason: Literal["no_fit_in_pool", "no_pool"]
    component: PoolComponent
    pool: PoolId | None
    needed: Money
    room: Money | None


@dataclass(frozen=True, slots=True)
class PayUsed:
    """Pay in force on the day of the increase; `version` is that of the latest pay fact seen."""

    annual: Money
    fte: Decimal
    effective_on: date
    version: int


@dataclass(frozen=True, slots=True)
class PositionUsed:
    """The range that was applied, in full-time pay, where pay lay in it, and the matrix cell."""

    grade: str
    country: str
    range_effective_on: date
    minimum: Money
    midpoint: Money
    maximum: Money
    compa_ratio: Decimal
    penetration: Decimal
    band: str
    min_pct: Decimal
    default_pct: Decimal
    max_pct: Decimal


@dataclass(frozen=True, slots=True)
class BonusSegment:
    """Days of the period with one pay and one grade.  `target_pct` is 0 without a target."""

    start: date
    end: date
    days: int
    annual: Money
    grade: str
    target_pct: Decimal


@dataclass(frozen=True, slots=True)
class ReleasedLine:
    """The award's whole current amount of a component; of merit the yearly increase."""

    component: Literal["merit", "lump_sum", "bonus"]
    kind: Literal["recurring", "one_off"]
    amount: Money
    new_annual: Money | None


@dataclass(frozen=True, slots=True)
class AnnouncedAward:
    """`version` is that of the award's AwardReleased in the award's stream."""

    award: AwardId
    version: int


@dataclass(frozen=True, slots=True)
class AnnouncedAmount:
    """An award that is new or changed in this announcement, and the sum of its lines."""

    award: AwardId
    version: int
    total: Money


def content_hash(content: Any) -> str:
    """SHA-256 over the canonical JSON of a frozen content; equal contents give equal hashes."""
    text = json.dumps(asdict(content), sort_keys=True, separators=(",", ":"), default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: object) -> str:
    # 5, 5.0 and 5.00 are one rate, so they must give one hash.
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a frozen content")
