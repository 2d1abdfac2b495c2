"""What strangers write about schemes, cycles and appraisals."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from appraisal.domain.events import (
    LineRating,
    MissingPolicy,
    PercentPoint,
    RatingBand,
    SchemeContent,
)

Code = Annotated[str, Field(min_length=1, max_length=64)]
Words = Annotated[str, Field(max_length=4_000)]
Reason = Annotated[str, Field(min_length=1, max_length=2_000)]
Figure = Annotated[Decimal, Field(max_digits=18, decimal_places=6)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PointBody(Strict):
    pct: Figure
    score: Figure


class RatingBandBody(Strict):
    from_score: Figure
    rating: Code


class SchemeBody(Strict):
    """How KPI percents become scores, and scores ratings; both lists rise."""

    scale_min: Figure
    scale_max: Figure
    kpi_points: Annotated[tuple[PointBody, ...], Field(min_length=1, max_length=100)]
    ratings: Annotated[tuple[RatingBandBody, ...], Field(min_length=1, max_length=50)]
    missing: MissingPolicy
    places: Annotated[int, Field(ge=0, le=6)] = 2
    rounding: Literal["half_up", "half_even"] = "half_up"

    def content(self) -> SchemeContent:
        return SchemeContent(
            scale_min=self.scale_min,
            scale_max=self.scale_max,
            kpi_points=tuple(PercentPoint(p.pct, p.score) for p in self.kpi_points),
            ratings=tuple(RatingBand(b.from_score, b.rating) for b in self.ratings),
            missing=self.missing,
            places=self.places,
            rounding=self.rounding,
        )


class CycleBody(Strict):
    """`population` is all, entity:<code> or unit:<code>; days are due days of the steps."""

    title: Annotated[str, Field(min_length=1, max_length=200)]
    period_start: date
    period_end: date
    scheme: Code
    population: Annotated[str, Field(pattern=r"^(all|(entity|unit):\S{1,64})$")] = "all"
    self_due: date
    manager_due: date
    interview_due: date
    acknowledge_days: Annotated[int, Field(ge=1, le=90)] = 10


class AdvanceBody(Strict):
    """Act for those who are late at a step, or for the appraisals that are named."""

    step: Literal["self", "share", "interview"]
    reason: Reason
    appraisals: Annotated[tuple[Code, ...], Field(max_length=2_000)] | None = None


class RatingBody(Strict):
    """A rating of a line of the contract: a goal's or a competency's id."""

    line: Code
    value: Figure
    comment: Words = ""


class RateBody(Strict):
    ratings: Annotated[tuple[RatingBody, ...], Field(max_length=100)] = ()
    comment: Words = ""

    def lines(self) -> tuple[LineRating, ...]:
        return tuple(LineRating(r.line, r.value, r.comment) for r in self.ratings)


class InterviewBody(Strict):
    """`held_on` is today unless said."""

    held_on: date | None = None
    agreed_points: Words = ""


class AcknowledgeBody(Strict):
    """Disagreeing and refusing say why."""

    kind: Literal["accepted", "accepted_with_disagreement", "refused"]
    comment: Words = ""


class ReasonBody(Strict):
    reason: Reason
