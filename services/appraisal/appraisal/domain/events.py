"""What happens to schemes, cycles and appraisals, as it is stored and published."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from appraisal.domain.terms import (
    AcknowledgementKind,
    AppraisalId,
    CycleId,
    LineRating,
    Method,
    MissingPolicy,
    PersonId,
    SchemeId,
    ScoreSheet,
    Step,
)
from chassis.values import Rounding


@dataclass(frozen=True, slots=True)
class KpiPoint:
    """So many percent of target earn this score."""

    pct: Decimal
    score: Decimal


@dataclass(frozen=True, slots=True)
class RatingBand:
    """The rating of every score from here up to where the next band begins."""

    from_score: Decimal
    rating: str


@dataclass(frozen=True, slots=True)
class SchemeContent:
    """How achievement becomes a score, and a score a rating.

    kpi_map: `linear` between the points, or `steps` that hold from their percent on.
    missing: what a line without a figure does; `exclude_and_reweight` needs averages.
    rating_min, rating_max: the scale that competencies are rated on, the score's unless given;
    another one is converted (F12).  self_weight_pct: the employee's own rating counts so much.
    rated_by: the figure that the rating bands are looked up with.
    """

    scale_min: Decimal
    scale_max: Decimal
    kpi_points: tuple[KpiPoint, ...]
    ratings: tuple[RatingBand, ...]
    missing: MissingPolicy
    places: int
    rounding: Rounding
    kpi_map: Literal["linear", "steps"] = "linear"
    goals_method: Method = "weighted_average"
    competencies_method: Method = "weighted_average"
    blocks_method: Method = "weighted_average"
    rating_min: Decimal | None = None
    rating_max: Decimal | None = None
    self_weight_pct: Decimal = Decimal(0)
    rated_by: Literal["rounded", "unrounded"] = "rounded"


@dataclass(frozen=True, slots=True)
class SchemeDefined:
    """A version of a scheme; a cycle that froze an earlier one keeps it."""

    scheme: SchemeId
    scheme_version: int
    content: SchemeContent
    content_hash: str


@dataclass(frozen=True, slots=True)
class CycleOpened:
    """An appraisal of the population over the period, by a scheme frozen by its hash.

    interview_due: for sharing the result and the interview.  acknowledge_days: after it.
    """

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
    opened_by: str


@dataclass(frozen=True, slots=True)
class CycleClosed:
    """Nobody is taken in any more; what is open goes on to its end."""

    cycle: CycleId
    closed_by: str


@dataclass(frozen=True, slots=True)
class AppraisalOpened:
    appraisal: AppraisalId
    cycle: CycleId
    person: PersonId
    manager: PersonId
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
class AppraisalReassigned:
    """Open tasks are the new manager's; what was done before stays as it was done."""

    appraisal: AppraisalId
    cycle: CycleId
    person: PersonId
    manager: PersonId
    previous_manager: PersonId


@dataclass(frozen=True, slots=True)
class SelfRated:
    appraisal: AppraisalId
    cycle: CycleId
    person: PersonId
    ratings: tuple[LineRating, ...]
    comment: Annotated[str, "personal:person"]


@dataclass(frozen=True, slots=True)
class SelfSkipped:
    """There is no rating by the employee: they did not want to, or HR went on without."""

    appraisal: AppraisalId
    cycle: CycleId
    person: PersonId
    by: str


@dataclass(frozen=True, slots=True)
class ManagerRated:
    appraisal: AppraisalId
    cycle: CycleId
    person: PersonId
    manager: PersonId
    revision: int
    ratings: tuple[LineRating, ...]
    comment: Annotated[str, "personal:person"]


@dataclass(frozen=True, slots=True)
class ScoreComputed:
    """From here on no reading, amendment or scheme moves the score of this revision."""

    appraisal: AppraisalId
    cycle: CycleId
    person: PersonId
    revision: int
    sheet: ScoreSheet
    sheet_hash: str


@dataclass(frozen=True, slots=True)
class ResultShared:
    appraisal: AppraisalId
    cycle: CycleId
    person: PersonId
    revision: int
    score: Decimal
    rating: str
    by: str


@dataclass(frozen=True, slots=True)
class InterviewHeld:
    """The employee has until the end of `acknowledge_by` to acknowledge."""

    appraisal: AppraisalId
    cycle: CycleId
    person: PersonId
    revision: int
    held_on: date
    notes: Annotated[str, "personal:person"]
    acknowledge_by: date
    by: str


@dataclass(frozen=True, slots=True)
class StepAdvanced:
    """HR went on for somebody.  acknowledge_by: after the interview step, as after an interview."""

    appraisal: AppraisalId
    cycle: CycleId
    person: PersonId
    step: Step
    by: str
    reason: Annotated[str, "personal:person"]
    acknowledge_by: date | None = None


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The employee has seen the result; agreeing with it is another matter, see `kind`."""

    appraisal: AppraisalId
    cycle: CycleId
    person: PersonId
    revision: int
    kind: AcknowledgementKind
    comment: Annotated[str, "personal:person"]


@dataclass(frozen=True, slots=True)
class AcknowledgementTimedOut:
    """The employee was silent until the deadline; silence is not consent."""

    appraisal: AppraisalId
    cycle: CycleId
    person: PersonId
    revision: int
    deadline: date


@dataclass(frozen=True, slots=True)
class AppraisalFinalised:
    """The final result of this revision; it never changes."""

    appraisal: AppraisalId
    cycle: CycleId
    person: PersonId
    manager: PersonId
    revision: int
    score: Decimal
    rating: str
    period_start: date
    period_end: date
    sheet_hash: str
    acknowledgement: Literal["accepted", "accepted_with_disagreement", "refused", "timed_out"]


@dataclass(frozen=True, slots=True)
class AppraisalReopened:
    """The manager rates again, towards `revision`; the revision before it stays readable."""

    appraisal: AppraisalId
    cycle: CycleId
    person: PersonId
    revision: int
    by: str
    reason: Annotated[str, "personal:person"]


CycleEvent = CycleOpened | CycleClosed
AppraisalEvent = (
    AppraisalOpened
    | AppraisalReassigned
    | SelfRated
    | SelfSkipped
    | ManagerRated
    | ScoreComputed
    | ResultShared
    | InterviewHeld
    | StepAdvanced
    | Acknowledged
    | AcknowledgementTimedOut
    | AppraisalFinalised
    | AppraisalReopened
)
Event = SchemeDefined | CycleEvent | AppraisalEvent

STORED: dict[tuple[str, int], type] = {
    ("appraisal.SchemeDefined", 1): SchemeDefined,
    ("appraisal.CycleOpened", 1): CycleOpened,
    ("appraisal.CycleClosed", 1): CycleClosed,
    ("appraisal.AppraisalOpened", 1): AppraisalOpened,
    ("appraisal.AppraisalReassigned", 1): AppraisalReassigned,
    ("appraisal.SelfRated", 1): SelfRated,
    ("appraisal.SelfSkipped", 1): SelfSkipped,
    ("appraisal.ManagerRated", 1): ManagerRated,
    ("appraisal.ScoreComputed", 1): ScoreComputed,
    ("appraisal.ResultShared", 1): ResultShared,
    ("appraisal.InterviewHeld", 1): InterviewHeld,
    ("appraisal.StepAdvanced", 1): StepAdvanced,
    ("appraisal.Acknowledged", 1): Acknowledged,
    ("appraisal.AcknowledgementTimedOut", 1): AcknowledgementTimedOut,
    ("appraisal.AppraisalFinalised", 1): AppraisalFinalised,
    ("appraisal.AppraisalReopened", 1): AppraisalReopened,
}
