"""The score sheet: from contract, readings and ratings to one score, step by step (rules v1).

A KPI's readings become an actual (F22), a percent (F15 to F21) and by the scheme's points a score;
a competency's score is the manager's rating.  Lines are averaged by weight (F1) to their block,
blocks by theirs (F5), revisions of the contract by the days for which they count (F11).  Each
revision is measured with the readings of the whole period, which is what its targets are for.  The
one rounding comes last, and the rating is read from the rounded score (F14).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

from appraisal.domain.commands import (
    CompetencyTerms,
    ContractTerms,
    Evidence,
    GoalTerms,
    Reading,
)
from appraisal.domain.errors import ContractIsMissing, FigureIsMissing
from appraisal.domain.events import (
    MissingPolicy,
    SchemeContent,
    ScoreSheet,
    SheetLine,
    SheetSegment,
)
from appraisal.domain.figures import ZERO, Figure, Undefined, exact, rounded, stored
from appraisal.domain.hashing import digest
from appraisal.domain.kpi_scoring import (
    bounded,
    combined,
    higher_is_better,
    lower_by_ratio,
    lower_is_better,
    on_target,
    signed_target,
    zero_target,
)
from appraisal.domain.scoring import Band, Segment, letter, segmented, weighted_average
from chassis.values import Period

RULES = "score-sheet v1"
FORMULAS = {
    "higher": "F15 v1",
    "lower_linear": "F16 v1",
    "lower_ratio": "F17 v1",
    "on_target": "F18 v1",
    "zero_defect": "F19 v1",
    "signed": "F20 v1",
}


def compute(
    content: SchemeContent,
    scheme_hash: str,
    period: Period,
    evidence: Evidence,
    ratings: Mapping[str, Decimal],
) -> ScoreSheet:
    """The sheet for a period.  Raises ContractIsMissing, and FigureIsMissing if missing blocks."""
    if not evidence.contracts:
        raise ContractIsMissing("no contract for the period is in force")
    contracts = sorted(evidence.contracts, key=lambda c: (c.effective_on, c.plan, c.revision))
    readings = [reading for reading in evidence.readings if reading.as_of in period]
    with exact():
        parts = [
            _segment(content, contract, days, readings, ratings)
            for contract, days in _days_of(contracts, period)
        ]
        unrounded = _whole(parts)
    score = rounded(unrounded, content.places, content.rounding)
    readings_hash = digest(sorted(evidence.readings, key=lambda reading: reading.reading))
    hashes = [contract.content_hash for contract in contracts]
    return ScoreSheet(
        rules=RULES,
        scheme_hash=scheme_hash,
        plan=contracts[0].plan,
        readings_known=len(evidence.readings),
        known_position=evidence.known_position,
        readings_hash=readings_hash,
        segments=tuple(_kept(part) for part in parts),
        unrounded=stored(unrounded),
        places=content.places,
        rounding=content.rounding,
        score=score,
        rating=letter(score, [Band(b.from_score, b.rating) for b in content.ratings]),
        inputs_hash=digest(scheme_hash, hashes, readings_hash, dict(ratings)),
    )


def kpi_percent(goal: GoalTerms, actual: Decimal) -> Decimal:
    """Percent of target by the KPI's measure, bounded once by its floor and cap (F21)."""
    match goal.measure:
        case "higher":
            percent = higher_is_better(actual, goal.target)
        case "lower_linear":
            percent = lower_is_better(actual, goal.target)
        case "lower_ratio":
            percent = lower_by_ratio(actual, goal.target, goal.cap_pct)
        case "on_target":
            percent = on_target(actual, goal.target)
        case "zero_defect":
            percent = zero_target(actual, goal.zero_table)
        case "signed":
            assert goal.baseline is not None, "set-up refuses a signed KPI without baseline"
            percent = signed_target(actual, goal.baseline, goal.target)
    return bounded(percent, goal.floor_pct, goal.cap_pct)


def points(content: SchemeContent, percent: Decimal) -> Decimal:
    """The score that a percent earns: on the line between the scheme's two points around it."""
    table = content.kpi_points
    if percent <= table[0].pct:
        return table[0].score
    for low, high in pairwise(table):
        if percent <= high.pct:
            climb = (percent - low.pct) * (high.score - low.score)
            return low.score + climb / (high.pct - low.pct)
    return table[-1].score


def _days_of(
    contracts: Sequence[ContractTerms], period: Period
) -> list[tuple[ContractTerms, Period]]:
    """Each revision with the days of the period for which it counts."""
    starts = [max(c.effective_on, period.start) for c in contracts]
    following = [start - timedelta(days=1) for start in starts[1:]] + [period.end]
    ends = [
        min(end, contract.ends_on, period.end)
        for contract, end in zip(contracts, following, strict=True)
    ]
    return [
        (contract, Period(start, end))
        for contract, start, end in zip(contracts, starts, ends, strict=True)
        if start <= end
    ]


def _whole(parts: Sequence[SheetSegment]) -> Decimal:
    """The scores of the segments by their days (F11); a segment without one is left out."""
    if not parts:
        raise ContractIsMissing("no contract counts on a day of the period")
    scored = [Segment(p.score, Period(p.start, p.end)) for p in parts if p.score is not None]
    whole = segmented(scored)
    if isinstance(whole, Undefined):
        raise FigureIsMissing("no line of the contract has a figure")
    return whole


def _kept(part: SheetSegment) -> SheetSegment:
    """The segment as the sheet keeps it: figures to 28 digits."""
    lines = tuple(
        replace(
            line,
            actual=_figure(line.actual),
            percent=_figure(line.percent),
            score=_figure(line.score),
            contribution=_figure(line.contribution),
        )
        for line in part.lines
    )
    return replace(
        part,
        lines=lines,
        goals_score=_figure(part.goals_score),
        competencies_score=_figure(part.competencies_score),
        score=_figure(part.score),
    )


def _figure(value: Decimal | None) -> Decimal | None:
    return None if value is None else stored(value)


def _segment(
    content: SchemeContent,
    contract: ContractTerms,
    days: Period,
    readings: Sequence[Reading],
    ratings: Mapping[str, Decimal],
) -> SheetSegment:
    goals, goals_score = _block(
        [_goal_line(content, goal, readings) for goal in contract.goals], content.missing
    )
    skills, skills_score = _block(
        [_competency_line(line, ratings) for line in contract.competencies], content.missing
    )
    blocks = [
        (score, weight)
        for score, weight in (
            (goals_score, contract.goals_weight_pct),
            (skills_score, contract.competencies_weight_pct),
        )
        if isinstance(score, Decimal)
    ]
    score = weighted_average([s for s, _ in blocks], [w for _, w in blocks])
    return SheetSegment(
        revision=contract.revision,
        content_hash=contract.content_hash,
        start=days.start,
        end=days.end,
        days=days.days,
        goals_weight_pct=contract.goals_weight_pct,
        competencies_weight_pct=contract.competencies_weight_pct,
        lines=(*goals, *skills),
        goals_score=goals_score if isinstance(goals_score, Decimal) else None,
        competencies_score=skills_score if isinstance(skills_score, Decimal) else None,
        score=score if isinstance(score, Decimal) else None,
    )


def _goal_line(content: SchemeContent, goal: GoalTerms, readings: Sequence[Reading]) -> SheetLine:
    used = _readings_of(goal, readings)
    actual: Figure = combined([reading.value for reading in used], goal.rollup)
    known = isinstance(actual, Decimal)
    percent = kpi_percent(goal, actual) if isinstance(actual, Decimal) else None
    return SheetLine(
        kind="goal",
        line=goal.goal,
        weight_pct=goal.weight_pct,
        measure=goal.measure,
        formula=FORMULAS[goal.measure],
        target=goal.target,
        actual=actual if isinstance(actual, Decimal) else None,
        readings=tuple(reading.reading for reading in used),
        percent=percent,
        score=points(content, percent) if percent is not None else None,
        contribution=None,
        missing=None if known else "no reading",
    )


def _readings_of(goal: GoalTerms, readings: Sequence[Reading]) -> list[Reading]:
    """Those of the whole period, because the target is the whole period's (F22); "last" is the
    last recorded of the last day."""
    found = sorted((r for r in readings if r.goal == goal.goal), key=lambda r: r.as_of)
    return found[-1:] if goal.rollup == "last" else found


def _competency_line(line: CompetencyTerms, ratings: Mapping[str, Decimal]) -> SheetLine:
    rating = ratings.get(line.competency)
    return SheetLine(
        kind="competency",
        line=line.competency,
        weight_pct=line.weight_pct,
        measure=None,
        formula="manager's rating",
        target=None,
        actual=rating,
        readings=(),
        percent=None,
        score=rating,
        contribution=None,
        missing=None if rating is not None else "not rated",
    )


def _block(lines: Sequence[SheetLine], policy: MissingPolicy) -> tuple[list[SheetLine], Figure]:
    """The block's score (F1) after the policy for missing figures, and each line's share of it."""
    missing = [line.line for line in lines if line.score is None]
    if missing and policy == "block":
        raise FigureIsMissing(f"without a figure: {', '.join(missing)}")
    counted = [
        replace(line, score=ZERO) if line.score is None and policy == "zero" else line
        for line in lines
    ]
    scored = [(line.score, line.weight_pct) for line in counted if line.score is not None]
    if not scored:
        return list(lines), Undefined("no line has a figure")
    whole = sum((weight for _, weight in scored), ZERO)
    shared = [
        line
        if line.score is None
        else replace(line, contribution=line.score * line.weight_pct / whole)
        for line in counted
    ]
    return shared, weighted_average([s for s, _ in scored], [w for _, w in scored])
