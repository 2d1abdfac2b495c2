"""Words that events and commands share: ids, ratings, and what a score sheet is made of."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, NewType

from chassis.values import Rounding

PersonId = NewType("PersonId", str)
AppraisalId = NewType("AppraisalId", str)
CycleId = NewType("CycleId", str)
SchemeId = NewType("SchemeId", str)

MissingPolicy = Literal["exclude_and_reweight", "zero", "block"]
Method = Literal["weighted_average", "weighted_sum", "average", "sum"]
Measure = Literal["higher", "lower_linear", "lower_ratio", "on_target", "zero_defect", "signed"]
Rollup = Literal["sum", "average", "last"]
Step = Literal["self", "share", "interview"]
AcknowledgementKind = Literal["accepted", "accepted_with_disagreement", "refused"]


@dataclass(frozen=True, slots=True)
class LineRating:
    """A rating of one line of the contract, on the scheme's rating scale."""

    line: str
    rating: Decimal
    comment: Annotated[str, "personal:person"] = ""


@dataclass(frozen=True, slots=True)
class Source:
    """The event that a fact was heard in, with its place in the hash chain of its stream."""

    service: str
    type: str
    event: str
    stream: str
    version: int
    position: int
    hash: str
    by: str


@dataclass(frozen=True, slots=True)
class ReadingUsed:
    """A reading that counted; a corrected one is not among them, its correction is."""

    reading: str
    value: Decimal
    as_of: date
    source: Source


@dataclass(frozen=True, slots=True)
class KpiLine:
    """A KPI on the sheet.  Figures are unrounded; None where `missing` says why there is none.

    percent: by `formula`, before floor and cap; bounded_pct: after them (F21); score: what the
    scheme gives for it; contribution: the line's part of the block's score.
    """

    goal: str
    weight_pct: Decimal
    measure: Measure
    rollup: Rollup
    baseline: Decimal | None
    target: Decimal
    floor_pct: Decimal | None
    cap_pct: Decimal | None
    actual: Decimal | None
    percent: Decimal | None
    bounded_pct: Decimal | None
    score: Decimal | None
    contribution: Decimal | None
    formula: str
    formula_version: int
    readings: tuple[ReadingUsed, ...]
    missing: str = ""


@dataclass(frozen=True, slots=True)
class CompetencyScore:
    """A competency on the sheet; `formula` is F12 where the rating scale is another one."""

    competency: str
    weight_pct: Decimal
    expected_level: int
    manager_rating: Decimal | None
    self_rating: Decimal | None
    self_weight_pct: Decimal
    score: Decimal | None
    contribution: Decimal | None
    formula: str
    formula_version: int
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """Goals or competencies together; `missing` names the lines that have no figure."""

    name: Literal["goals", "competencies"]
    weight_pct: Decimal
    method: Method
    formula: str
    score: Decimal | None
    contribution: Decimal | None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SheetPart:
    """One revision of a contract, over the days for which it counts (both included)."""

    plan: str
    revision: int
    contract_hash: str
    source: Source
    start: date
    end: date
    days: int
    goals: tuple[KpiLine, ...]
    competencies: tuple[CompetencyScore, ...]
    blocks: tuple[Block, ...]
    formula: str
    score: Decimal | None


@dataclass(frozen=True, slots=True)
class ScoreSheet:
    """How a score came about, with everything it used: a recalculation must match it exactly.

    inputs_hash: over scheme, contracts, readings and ratings, texts left out.
    """

    scheme: SchemeId
    scheme_version: int
    scheme_hash: str
    missing_policy: MissingPolicy
    parts: tuple[SheetPart, ...]
    formula: str
    unrounded: Decimal
    places: int
    rounding: Rounding
    score: Decimal
    rated_by: Literal["rounded", "unrounded"]
    rating: str
    inputs_hash: str
