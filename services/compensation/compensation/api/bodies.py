"""What strangers send: shapes and limits; what the figures mean is for the domain to judge."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from chassis.values import Money, Rounding, UnknownCurrency, currency_exponent
from compensation.domain.increase import BelowMinimum
from compensation.domain.terms import (
    Band,
    BonusPlanContent,
    Cell,
    GradeTarget,
    MatrixContent,
    PoolComponent,
    PositionKey,
    RatingFactor,
)

Code = Annotated[str, Field(min_length=1, max_length=100)]
Rate = Annotated[Decimal, Field(max_digits=12, decimal_places=8)]
Reason = Annotated[str, Field(min_length=1, max_length=2_000)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MoneyBody(Body):
    """Integer minor units of an ISO 4217 currency."""

    minor: int = Field(ge=-(10**15), le=10**15)
    currency: str = Field(min_length=3, max_length=3)

    @field_validator("currency")
    @classmethod
    def known(cls, code: str) -> str:
        try:
            currency_exponent(code)
        except UnknownCurrency as error:
            raise ValueError("must be an ISO 4217 code such as EUR") from error
        return code

    def money(self) -> Money:
        return Money(self.minor, self.currency)


class RangeBody(Body):
    """A salary range from a day on, in full-time pay of a year."""

    grade: Code
    country: Code
    currency: str = Field(min_length=3, max_length=3)
    effective_on: date
    minimum: MoneyBody
    midpoint: MoneyBody
    maximum: MoneyBody


class BandBody(Body):
    """Positions from `low` to `high`; left out is without end, `…_closed` takes the end in."""

    code: Code
    low: Rate | None = None
    low_closed: bool = True
    high: Rate | None = None
    high_closed: bool = False


class CellBody(Body):
    """Yearly increase in percent; the default is what is awarded."""

    rating: Code
    band: Code
    min_pct: Rate
    default_pct: Rate
    max_pct: Rate


class MatrixBody(Body):
    key: PositionKey = "compa_ratio"
    bands: tuple[BandBody, ...] = Field(min_length=1, max_length=50)
    cells: tuple[CellBody, ...] = Field(min_length=1, max_length=1_000)
    below_minimum: BelowMinimum = "guideline_only"
    step_minor: int = Field(default=1, le=10**9)
    rounding: Rounding = "half_up"

    def content(self) -> MatrixContent:
        return MatrixContent(
            key=self.key,
            bands=tuple(Band(**band.model_dump()) for band in self.bands),
            cells=tuple(Cell(**cell.model_dump()) for cell in self.cells),
            below_minimum=self.below_minimum,
            step_minor=self.step_minor,
            rounding=self.rounding,
        )


class TargetBody(Body):
    grade: Code
    target_pct: Rate


class FactorBody(Body):
    rating: Code
    factor: Rate


class PlanBody(Body):
    """A multiplicative bonus plan; a grade without target is not eligible."""

    targets: tuple[TargetBody, ...] = Field(min_length=1, max_length=500)
    individual: tuple[FactorBody, ...] = Field(min_length=1, max_length=100)
    company_factor: Rate
    min_service_days: int = Field(default=0, le=3_660)
    proration: Literal["segments", "none"] = "segments"
    step_minor: int = Field(default=1, le=10**9)
    rounding: Rounding = "half_up"

    def content(self) -> BonusPlanContent:
        return BonusPlanContent(
            targets=tuple(GradeTarget(**t.model_dump()) for t in self.targets),
            individual=tuple(RatingFactor(**f.model_dump()) for f in self.individual),
            company_factor=self.company_factor,
            min_service_days=self.min_service_days,
            proration=self.proration,
            step_minor=self.step_minor,
            rounding=self.rounding,
        )


class PoolBody(Body):
    """`fund` is what the pool holds from now on; without `entity` it pays for every entity."""

    component: PoolComponent
    entity: Code | None = None
    fund: MoneyBody


class LaunchBody(Body):
    """`cycle` is the appraisal cycle whose results are paid for; `increase_on` the day from which
    the merit increase counts."""

    cycle: Code
    period_start: date
    period_end: date
    increase_on: date
    matrix: Code
    plan: Code
    pools: tuple[Code, ...] = Field(default=(), max_length=200)

    @model_validator(mode="after")
    def ordered(self) -> "LaunchBody":
        if self.period_end < self.period_start:
            raise ValueError("the period must not end before it starts")
        return self


class SelectionBody(Body):
    """Which of a cycle's awards: of one entity, or named ones; without both, all of them.

    `start_after` is what the answer before gave as `next`.
    """

    entity: Code | None = None
    awards: tuple[Code, ...] | None = Field(default=None, max_length=2_000)
    limit: int = Field(default=500, ge=1, le=2_000)
    start_after: Code | None = None


class CycleSelectionBody(SelectionBody):
    cycle: Code


class ReleaseBody(Body):
    entity: Code
    limit: int = Field(default=500, ge=1, le=2_000)
    start_after: Code | None = None


class ApproveBody(Body):
    """`revision` is the one that was looked at; an award that moved on since is refused."""

    revision: int | None = Field(default=None, ge=1)


class ReasonBody(Body):
    reason: Reason


class EmptyBody(Body):
    """Nothing more to say."""
