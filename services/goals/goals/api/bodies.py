"""What strangers write about plans, and how it becomes the domain's content."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from goals.domain.events import (
    CompetencyLine,
    GoalId,
    GoalLine,
    Link,
    Measure,
    PlanContent,
    Rollup,
    ZeroStep,
)

Code = Annotated[str, Field(min_length=1, max_length=64)]
Text = Annotated[str, Field(min_length=1, max_length=2_000)]
Figure = Annotated[Decimal, Field(max_digits=24, decimal_places=8)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LinkBody(Strict):
    """What a line serves: an organisation objective or a responsibility of the job."""

    kind: Literal["objective", "responsibility"]
    code: Code


class ZeroStepBody(Strict):
    up_to: Figure
    pct: Figure


class GoalBody(Strict):
    """A KPI.  Weights are percent of the block; threshold and stretch may be left out."""

    goal: Code
    title: Text
    unit: Code
    measure: Measure
    target: Figure
    baseline: Figure | None = None
    threshold: Figure | None = None
    stretch: Figure | None = None
    floor_pct: Figure | None = None
    cap_pct: Figure | None = None
    rollup: Rollup = "last"
    zero_table: Annotated[tuple[ZeroStepBody, ...], Field(max_length=50)] = ()
    weight_pct: Figure
    link: LinkBody


class CompetencyBody(Strict):
    competency: Code
    name: Annotated[str, Field(min_length=1, max_length=200)]
    expected_level: Annotated[int, Field(ge=1, le=9)]
    weight_pct: Figure
    anchors: Annotated[str, Field(max_length=2_000)] = ""
    link: LinkBody


class ContentBody(Strict):
    """What is agreed.  Each block's lines weigh 100 % together, and so do the two blocks."""

    goals: Annotated[tuple[GoalBody, ...], Field(max_length=50)]
    competencies: Annotated[tuple[CompetencyBody, ...], Field(max_length=50)] = ()
    goals_weight_pct: Figure
    competencies_weight_pct: Figure = Decimal(0)

    def content(self, salt: str) -> PlanContent:
        return PlanContent(
            goals=tuple(_goal(line) for line in self.goals),
            competencies=tuple(_competency(line) for line in self.competencies),
            goals_weight_pct=self.goals_weight_pct,
            competencies_weight_pct=self.competencies_weight_pct,
            salt=salt,
        )


class PlanBody(ContentBody):
    """A plan's content and the days that it is for."""

    period_start: date
    period_end: date


class AmendmentBody(ContentBody):
    """The whole new content, counting from `effective_on`, and why."""

    effective_on: date
    reason: Text


class SignBody(Strict):
    """The hash of the content that the signer looked at."""

    content_hash: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class ReasonBody(Strict):
    reason: Text


class ReadingBody(Strict):
    """A reading of one goal, of the day `as_of`."""

    goal: Code
    value: Figure
    as_of: date
    source: Code = "manual"
    note: Annotated[str, Field(max_length=2_000)] = ""


class CorrectionBody(Strict):
    value: Figure
    as_of: date
    reason: Text


def _goal(line: GoalBody) -> GoalLine:
    return GoalLine(
        goal=GoalId(line.goal),
        title=line.title,
        unit=line.unit,
        measure=line.measure,
        baseline=line.baseline,
        threshold=line.threshold,
        target=line.target,
        stretch=line.stretch,
        floor_pct=line.floor_pct,
        cap_pct=line.cap_pct,
        rollup=line.rollup,
        zero_table=tuple(ZeroStep(step.up_to, step.pct) for step in line.zero_table),
        weight_pct=line.weight_pct,
        link=Link(line.link.kind, line.link.code),
    )


def _competency(line: CompetencyBody) -> CompetencyLine:
    return CompetencyLine(
        competency=line.competency,
        name=line.name,
        expected_level=line.expected_level,
        anchors=line.anchors,
        weight_pct=line.weight_pct,
        link=Link(line.link.kind, line.link.code),
    )
