"""What happens to schemes, cycles and appraisals, as it is stored and published."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal, NewType

PersonId = NewType("PersonId", str)
SchemeId = NewType("SchemeId", str)
CycleId = NewType("CycleId", str)
AppraisalId = NewType("AppraisalId", str)

Step = Literal["self", "manager", "share", "interview", "acknowledge"]
MissingPolicy = Literal["exclude_and_reweight", "zero", "block"]
Measure = Literal["higher", "lower_linear", "lower_ratio", "on_target", "zero_defect", "signed"]


@dataclass(frozen=True, slots=True)
class PercentPoint:
    """A KPI percent and the score that it earns; between two points the score is on the line."""

    pct: Decimal
    score: Decimal


@dataclass(frozen=True, slots=True)
class RatingBand:
    """From this score on, up to the next band, the rating is this."""

    from_score: Decimal
    rating: str


@dataclass(frozen=True, slots=True)
class SchemeContent:
    """How achievement becomes a score and a score a rating.

    kpi_points: rising percents; below the first the first's score, above the last the last's.
    places, rounding: of the one rounding at the end.
    """

    scale_min: Decimal
    scale_max: Decimal
    kpi_points: tuple[PercentPoint, ...]
    ratings: tuple[RatingBand, ...]
    missing: MissingPolicy
    places: int
    rounding: Literal["half_up", "half_even"]


@dataclass(frozen=True, slots=True)
class SchemeDefined:
    scheme: SchemeId
    scheme_version: int
    content: SchemeContent
    content_hash: str


@dataclass(frozen=True, slots=True)
class CycleOpened:
    """The scheme is frozen into the cycle: later versions of it never touch this one."""

    cycle: CycleId
    title: str
    period_start: date
    period_end: date
    scheme: SchemeId
    scheme_version: int
    scheme_hash: str
    content: SchemeContent
    population: str
    self_due: date
    manager_due: date
    interview_due: date
    acknowledge_days: int
    opened_by: PersonId


@dataclass(frozen=True, slots=True)
class CycleClosed:
    cycle: CycleId
    closed_by: PersonId


@dataclass(frozen=True, slots=True)
class AppraisalOpened:
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
class AppraisalReassigned:
    """The open steps move to another manager; what was done stays as it is."""

    appraisal: AppraisalId
    cycle: CycleId
    person: PersonId
    manager: PersonId | None
    previous: PersonId | None


@dataclass(frozen=True, slots=True)
class LineRating:
    """A rating of one line of the contract, on the scheme's scale."""

    line: str
    value: Decimal
    comment: Annotated[str, "personal:person"]


@dataclass(frozen=True, slots=True)
class SelfRated:
    appraisal: AppraisalId
    cycle: CycleId
    person: PersonId
    ratings: tuple[LineRating, ...]
    comment: Annotated[str, "personal:person"]


@dataclass(frozen=True, slots=True)
class SelfSkipped:
    appraisal: AppraisalId
    cycle: CycleId
    person: PersonId


@dataclass(frozen=True, slots=True)
class StepAdvanced:
    """Somebody acted for the person whose step was late, and said why.

    acknowledge_by: when the interview is passed over, the employee's time to answer runs.
    """

    appraisal: AppraisalId
    cycle: CycleId
    person: PersonId
    step: Step
    by: PersonId
    reason: Annotated[str, "personal:person"]
    acknowledge_by: datetime | None = None
    revision: int = 1


@dataclass(frozen=True, slots=True)
class ManagerRated:
    appraisal: AppraisalId
    cycle: CycleId
    person: PersonId
    revision: int
    by: PersonId
    ratings: tuple[LineRating, ...]
    comment: Annotated[str, "personal:person"]


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One line's way to its score, and its contribution to the score of its block.

    Figures are unrounded, to 28 digits.  readings: the ids of the readings behind `actual`.
    missing: why there is no figure.
    """

    kind: Literal["goal", "competency"]
    line: str
    weight_pct: Decimal
    measure: Measure | None
    formula: str
    target: Decimal | None
    actual: Decimal | None
    readings: tuple[str, ...]
    percent: Decimal | None
    score: Decimal | None
    contribution: Decimal | None
    missing: str | None


@dataclass(frozen=True, slots=True)
class SheetSegment:
    """The days for which one revision of the contract counts, and what it scored; without a score
    its days are left out."""

    revision: int
    content_hash: str
    start: date
    end: date
    days: int
    goals_weight_pct: Decimal
    competencies_weight_pct: Decimal
    lines: tuple[SheetLine, ...]
    goals_score: Decimal | None
    competencies_score: Decimal | None
    score: Decimal | None


@dataclass(frozen=True, slots=True)
class ScoreSheet:
    """Everything that the score was computed from, frozen, so that it can be computed again.

    plan: the stream of the contract.  readings_hash: over the ids, values and days of all readings
    known then.  known_position: the last event of goals that was heard about the person; later ones
    are late.  inputs_hash: over scheme, contracts, readings and ratings.
    """

    rules: str
    scheme_hash: str
    plan: str
    readings_known: int
    known_position: int
    readings_hash: str
    segments: tuple[SheetSegment, ...]
    unrounded: Decimal
    places: int
    rounding: Literal["half_up", "half_even"]
    score: Decimal
    rating: str
    inputs_hash: str


@dataclass(frozen=True, slots=True)
class ScoreComputed:
    appraisal: AppraisalId
    cycle: CycleId
    person: PersonId
    revision: int
    sheet: ScoreSheet


@dataclass(frozen=True, slots=True)
class ResultShared:
    appraisal: AppraisalId
    cycle: CycleId
    person: PersonId
    revision: int
    by: PersonId


@dataclass(frozen=True, slots=True)
class InterviewHeld:
    """From here the employee has until `acknowledge_by` to say what they think of it."""

    appraisal: AppraisalId
    cycle: CycleId
    person: PersonId
    revision: int
    held_on: date
    agreed_points: Annotated[str, "personal:person"]
    acknowledge_by: datetime
    by: PersonId


@dataclass(frozen=True, slots=True)
class Acknowledged:
    appraisal: AppraisalId
    cycle: CycleId
    person: PersonId
    revision: int
    kind: Literal["accepted", "accepted_with_disagreement", "refused"]
    comment: Annotated[str, "personal:person"]


@dataclass(frozen=True, slots=True)
class AcknowledgementTimedOut:
    """The deadline passed in silence, which is recorded as silence and never as acceptance."""

    appraisal: AppraisalId
    cycle: CycleId
    person: PersonId
    revision: int
    deadline: datetime


@dataclass(frozen=True, slots=True)
class AppraisalFinalised:
    appraisal: AppraisalId
    cycle: CycleId
    person: PersonId
    manager: PersonId | None
    revision: int
    score: Decimal
    rating: str
    period_start: date
    period_end: date
    sheet_hash: str


@dataclass(frozen=True, slots=True)
class AppraisalReopened:
    """A final result never changes: revision n+1 is rated anew, and n stays readable."""

    appraisal: AppraisalId
    cycle: CycleId
    person: PersonId
    revision: int
    by: PersonId
    reason: Annotated[str, "personal:person"]


CycleEvent = CycleOpened | CycleClosed
AppraisalEvent = (
    AppraisalOpened
    | AppraisalReassigned
    | SelfRated
    | SelfSkipped
    | StepAdvanced
    | ManagerRated
    | ScoreComputed
    | ResultShared
    | InterviewHeld
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
    ("appraisal.StepAdvanced", 1): StepAdvanced,
    ("appraisal.ManagerRated", 1): ManagerRated,
    ("appraisal.ScoreComputed", 1): ScoreComputed,
    ("appraisal.ResultShared", 1): ResultShared,
    ("appraisal.InterviewHeld", 1): InterviewHeld,
    ("appraisal.Acknowledged", 1): Acknowledged,
    ("appraisal.AcknowledgementTimedOut", 1): AcknowledgementTimedOut,
    ("appraisal.AppraisalFinalised", 1): AppraisalFinalised,
    ("appraisal.AppraisalReopened", 1): AppraisalReopened,
}
