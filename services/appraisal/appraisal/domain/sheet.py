"""The score sheet: contract, readings and ratings to one score, with every step kept."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TypeVar

from appraisal.domain.commands import CompetencyTerms, Contract, Evidence
from appraisal.domain.errors import ContractIsMissing, FigureIsMissing
from appraisal.domain.events import SchemeContent
from appraisal.domain.figures import HUNDRED, ZERO, Undefined, content_hash, exact, kept
from appraisal.domain.kpi_line import FORMULA_VERSION, kpi_line
from appraisal.domain.scheme import rating_of, rating_scale, scheme_hash, score_scale
from appraisal.domain.scoring import (
    Segment,
    convert_scale,
    section_score,
    segmented,
    weighted_average,
)
from appraisal.domain.terms import (
    Block,
    CompetencyScore,
    KpiLine,
    Method,
    ReadingUsed,
    SchemeId,
    ScoreSheet,
    SheetPart,
)
from chassis.values import Period, round_to

METHOD_FORMULAS: dict[Method, str] = {
    "weighted_average": "F1",
    "weighted_sum": "F2",
    "average": "F5",
    "sum": "F5",
}
Ratings = Mapping[str, Decimal]
Line = TypeVar("Line", KpiLine, CompetencyScore, Block)


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything that a score is computed from."""

    scheme: SchemeId
    scheme_version: int
    period: Period
    evidence: Evidence
    manager_ratings: Ratings
    self_ratings: Ratings


def in_force(contracts: Sequence[Contract], period: Period) -> list[tuple[Contract, Period]]:
    """Each revision with the days of the period for which it counts.

    It counts from its effective date until a later revision of its plan does; a revision that a
    later one replaces from the same day on counts for no day and is left out.
    """
    found = []
    for contract in contracts:
        later = [
            other.effective_on
            for other in contracts
            if other.plan == contract.plan and other.revision > contract.revision
        ]
        start = max(contract.effective_on, contract.period_start)
        end = min([contract.period_end, *(day - timedelta(days=1) for day in later)])
        days = Period(start, end).overlap(period) if start <= end else None
        if days:
            found.append((contract, days))
    return sorted(found, key=lambda pair: (pair[1].start, pair[0].plan))


def compute(inputs: Inputs) -> ScoreSheet:
    """The score of the period.  Raises ContractIsMissing, FigureIsMissing, SegmentsMustNotOverlap."""
    scheme = inputs.evidence.scheme
    counting = in_force(inputs.evidence.contracts, inputs.period)
    if not counting:
        raise ContractIsMissing(f"no contract counts from {inputs.period.start} on")
    with exact():
        parts = tuple(_part(inputs, contract, days) for contract, days in counting)
        scored = [
            Segment(part.score, Period(part.start, part.end))
            for part in parts
            if part.score is not None
        ]
        whole = segmented(scored)
        if isinstance(whole, Undefined):
            raise FigureIsMissing("no line has a figure")
        unrounded = kept(whole)
        score = round_to(unrounded, Decimal(1).scaleb(-scheme.places), scheme.rounding)
    return ScoreSheet(
        scheme=inputs.scheme,
        scheme_version=inputs.scheme_version,
        scheme_hash=scheme_hash(scheme),
        missing_policy=scheme.missing,
        parts=parts,
        formula="F11" if len(parts) > 1 else METHOD_FORMULAS[scheme.blocks_method],
        unrounded=unrounded,
        places=scheme.places,
        rounding=scheme.rounding,
        score=score,
        rated_by=scheme.rated_by,
        rating=rating_of(scheme, score if scheme.rated_by == "rounded" else unrounded),
        inputs_hash=_inputs_hash(inputs, parts),
    )


def sheet_hash(sheet: ScoreSheet) -> str:
    return content_hash(asdict(sheet))


def rated_lines(contracts: Sequence[Contract], period: Period) -> frozenset[str]:
    """The competencies that the manager rates."""
    return frozenset(
        line.competency
        for contract, _ in in_force(contracts, period)
        for line in contract.competencies
    )


def all_lines(contracts: Sequence[Contract], period: Period) -> frozenset[str]:
    """Every line, for the employee to say something about."""
    goals = {line.goal for contract, _ in in_force(contracts, period) for line in contract.goals}
    return rated_lines(contracts, period) | goals


def readings_of(evidence: Evidence, plan: str, goal: str, period: Period) -> list[ReadingUsed]:
    """The readings of a KPI over the whole period, in the order of their days.

    A revision is measured against all of them: its target is for the period, its score counts
    for its days.
    """
    found = [
        reading.used
        for reading in evidence.readings
        if (reading.plan, reading.goal) == (plan, goal) and reading.used.as_of in period
    ]
    return sorted(found, key=_by_day)


def _by_day(reading: ReadingUsed) -> tuple[date, int]:
    return (reading.as_of, reading.source.position)


def _part(inputs: Inputs, contract: Contract, days: Period) -> SheetPart:
    scheme = inputs.evidence.scheme
    goals = [
        kpi_line(scheme, k, readings_of(inputs.evidence, contract.plan, k.goal, inputs.period))
        for k in contract.goals
    ]
    competencies = [_competency(inputs, line) for line in contract.competencies]
    goals, first = _block(scheme, "goals", contract.goals_weight_pct, goals)
    competencies, second = _block(
        scheme, "competencies", contract.competencies_weight_pct, competencies
    )
    blocks = [block for block, lines in ((first, goals), (second, competencies)) if lines]
    blocks, score = _together(scheme, scheme.blocks_method, blocks)
    return SheetPart(
        plan=contract.plan,
        revision=contract.revision,
        contract_hash=contract.content_hash,
        source=contract.source,
        start=days.start,
        end=days.end,
        days=days.days,
        goals=tuple(goals),
        competencies=tuple(competencies),
        blocks=tuple(blocks),
        formula=METHOD_FORMULAS[scheme.blocks_method],
        score=score,
    )


def _competency(inputs: Inputs, line: CompetencyTerms) -> CompetencyScore:
    """The manager's rating, or it and the employee's own where the scheme gives that a weight."""
    scheme = inputs.evidence.scheme
    by_manager = inputs.manager_ratings.get(line.competency)
    by_self = inputs.self_ratings.get(line.competency)
    rating = _with_self(scheme, by_manager, by_self)
    source, target = rating_scale(scheme), score_scale(scheme)
    converted = rating is not None and source != target
    score = convert_scale(rating, source, target) if rating is not None and converted else rating
    return CompetencyScore(
        competency=line.competency,
        weight_pct=line.weight_pct,
        expected_level=line.expected_level,
        manager_rating=by_manager,
        self_rating=by_self,
        self_weight_pct=scheme.self_weight_pct,
        score=None if score is None else kept(score),
        contribution=None,
        formula="F12" if converted else "F1" if scheme.self_weight_pct else "rating",
        formula_version=FORMULA_VERSION,
        missing="" if score is not None else "no rating",
    )


def _with_self(
    scheme: SchemeContent, by_manager: Decimal | None, by_self: Decimal | None
) -> Decimal | None:
    share = scheme.self_weight_pct
    if not share or by_manager is None:
        return by_manager
    if by_self is None:
        if scheme.missing == "exclude_and_reweight":
            return by_manager
        if scheme.missing == "block":
            return None
    found = weighted_average([by_manager, by_self or ZERO], [HUNDRED - share, share])
    return None if isinstance(found, Undefined) else found


def _block(
    scheme: SchemeContent, name: str, weight_pct: Decimal, lines: list[Line]
) -> tuple[list[Line], Block]:
    is_goals = name == "goals"
    method = scheme.goals_method if is_goals else scheme.competencies_method
    missing = tuple(_name(line) for line in lines if line.score is None)
    lines, score = _together(scheme, method, lines)
    return lines, Block(
        name="goals" if is_goals else "competencies",
        weight_pct=weight_pct,
        method=method,
        formula=METHOD_FORMULAS[method],
        score=score,
        contribution=None,
        missing=missing,
    )


def _together(
    scheme: SchemeContent, method: Method, lines: list[Line]
) -> tuple[list[Line], Decimal | None]:
    """The lines with their contributions, and the score that they make; None if none counts."""
    missing = [_name(line) for line in lines if line.score is None]
    if missing and scheme.missing == "block":
        raise FigureIsMissing(f"no figure for {', '.join(missing)}")
    scores = [_counted(scheme, line) for line in lines]
    pairs = [(s, line.weight_pct) for s, line in zip(scores, lines, strict=True) if s is not None]
    score = _by_method(method, pairs)
    if isinstance(score, Undefined):
        return lines, None
    whole = sum((weight for _, weight in pairs), ZERO)
    told = [
        line if s is None else replace(line, contribution=_contribution(method, s, line, whole, n))
        for s, line, n in zip(scores, lines, [len(pairs)] * len(lines), strict=True)
    ]
    return told, kept(score)


def _counted(scheme: SchemeContent, line: KpiLine | CompetencyScore | Block) -> Decimal | None:
    return ZERO if line.score is None and scheme.missing == "zero" else line.score


def _by_method(
    method: Method, pairs: Sequence[tuple[Decimal, Decimal]]
) -> Decimal | Undefined:
    if not pairs:
        return Undefined("nothing counts")
    scores, weights = [score for score, _ in pairs], [weight for _, weight in pairs]
    if method in ("average", "sum"):
        return section_score(scores, None, "sum" if method == "sum" else "average")
    return section_score(scores, weights, "sum" if method == "weighted_sum" else "average")


def _contribution(
    method: Method,
    score: Decimal,
    line: KpiLine | CompetencyScore | Block,
    whole: Decimal,
    count: int,
) -> Decimal:
    match method:
        case "weighted_average":
            return kept(score * line.weight_pct / whole)
        case "weighted_sum":
            return kept(score * line.weight_pct / HUNDRED)
        case "average":
            return kept(score / count)
        case "sum":
            return score


def _name(line: KpiLine | CompetencyScore | Block) -> str:
    match line:
        case KpiLine():
            return line.goal
        case CompetencyScore():
            return line.competency
        case Block():
            return line.name


def _inputs_hash(inputs: Inputs, parts: Sequence[SheetPart]) -> str:
    used = {r.reading: (r.value, r.as_of, r.source.hash) for p in parts for k in p.goals for r in k.readings}
    return content_hash(
        {
            "scheme": [inputs.scheme, inputs.scheme_version, scheme_hash(inputs.evidence.scheme)],
            "period": [inputs.period.start, inputs.period.end],
            "contracts": [(p.plan, p.revision, p.contract_hash, p.start, p.end) for p in parts],
            "readings": used,
            "manager": dict(inputs.manager_ratings),
            "self": dict(inputs.self_ratings),
        }
    )
