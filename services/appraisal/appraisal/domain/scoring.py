"""Scores from scores: averages, sections, segments, scales and bands (formulas F1 to F14).

Everything is exact until somebody rounds it once; what cannot be computed is Undefined.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from itertools import pairwise
from typing import Literal

from appraisal.domain.errors import (
    BandsMustTile,
    CompletionIsInPercent,
    FiguresMustPairUp,
    ScaleMustRise,
    SegmentsMustNotOverlap,
    ThresholdNeedsThreeRaters,
    WeightMustNotBeNegative,
)
from appraisal.domain.figures import HUNDRED, ZERO, Figure, Undefined, mean, ratio
from chassis.values import Period

MissingPolicy = Literal["exclude_and_reweight", "zero", "block"]
TRIMMED_FROM = 5  # raters: fewer leave too little when the extremes are dropped


def weighted_average(scores: Sequence[Decimal], weights: Sequence[Decimal]) -> Figure:
    """F1: Σ(s·w) / Σw."""
    _check_pairs(scores, weights)
    return ratio(_products(scores, weights), sum(weights, ZERO), "the sum of weights")


def weighted_sum(scores: Sequence[Decimal], weights: Sequence[Decimal]) -> Decimal:
    """F2: Σ(s·w) / 100; equals F1 only where the weights total 100."""
    _check_pairs(scores, weights)
    return _products(scores, weights) / HUNDRED


def unweighted_total(scores: Sequence[Decimal]) -> Decimal:
    """F3: Σs, weights ignored; a scheme of its own, never a fallback."""
    return sum(scores, ZERO)


def section_score(
    items: Sequence[Decimal],
    weights: Sequence[Decimal] | None = None,
    method: Literal["average", "sum"] = "average",
) -> Figure:
    """F5: items to their section, and sections to the whole; weighted when weights are given."""
    if method == "sum":
        return sum(items, ZERO) if weights is None else weighted_sum(items, weights)
    return mean(items) if weights is None else weighted_average(items, weights)


def nearest_level(score: Decimal, levels: Sequence[Decimal]) -> Decimal:
    """F5: the numeric level nearest to the score; half way between two, the higher."""
    return min(levels, key=lambda level: (abs(level - score), -level))


def manual_goals(scores: Sequence[Decimal], weights: Sequence[Decimal]) -> Decimal:
    """F6: Σ(score·weight/100), each score 0 to 5."""
    _check_range(scores, ZERO, Decimal(5))
    return weighted_sum(scores, weights)


def goal_progress(children: Sequence["Decimal | Sequence[object]"]) -> Figure:
    """F7: a group goal's progress, the plain mean of its direct children, recursively."""
    values: list[Decimal] = []
    for child in children:
        value = child if isinstance(child, Decimal) else goal_progress(child)  # type: ignore[arg-type]  # nested sequences of the same kind
        if isinstance(value, Undefined):
            return value
        values.append(value)
    return mean(values)


def automatic_goals(completions_pct: Sequence[Decimal], weights: Sequence[Decimal]) -> Decimal:
    """F7: Σ(completion·weight/100) / 20, a total out of 5 from completion in percent."""
    _check_range(completions_pct, ZERO, HUNDRED)
    return weighted_sum(completions_pct, weights) / 20


def stars(ratings: Sequence[Decimal], weights: Sequence[Decimal]) -> Decimal:
    """F8: Σ(rating·5·weight/100), each rating 0 to 1."""
    _check_range(ratings, ZERO, Decimal(1))
    return weighted_sum([rating * 5 for rating in ratings], weights)


def final_score(parts: Mapping[str, Decimal | None], policy: MissingPolicy = "zero") -> Figure:
    """F9: the mean of the parts (goal, feedback, self); a missing part counts by the policy."""
    missing = sorted(name for name, value in parts.items() if value is None)
    if missing and policy == "block":
        return Undefined(f"missing: {', '.join(missing)}")
    given = [value for value in parts.values() if value is not None]
    if policy == "zero":
        given += [ZERO] * len(missing)
    return mean(given)


def peer_aggregate(
    values: Sequence[Decimal], threshold: int = 3, *, trimmed: bool = False
) -> Figure:
    """F10: the mean of the submitted raters of one perspective, not shown below the threshold.

    trimmed: one lowest and one highest are dropped, only from five raters on.
    """
    if threshold < 1:
        raise ThresholdNeedsThreeRaters(f"threshold is {threshold}, allowed is 1 or more")
    if not values:
        return Undefined("no feedback")
    if len(values) < threshold:
        return Undefined(f"{len(values)} raters, shown from {threshold} on")
    kept = sorted(values)
    if trimmed and len(kept) >= TRIMMED_FROM:
        kept = kept[1:-1]
    return mean(kept)


@dataclass(frozen=True, slots=True)
class Segment:
    """A score and the days, both included, for which it counts."""

    score: Decimal
    days: Period


def segmented(segments: Sequence[Segment]) -> Figure:
    """F11: Σ(score·days) / Σdays.  Raises SegmentsMustNotOverlap."""
    ordered = sorted(segments, key=lambda segment: segment.days.start)
    for earlier, later in pairwise(ordered):
        if later.days.start <= earlier.days.end:
            raise SegmentsMustNotOverlap(f"{later.days.start} lies in the segment before it")
    total = sum((s.score * s.days.days for s in segments), ZERO)
    return ratio(total, Decimal(sum(s.days.days for s in segments)), "the number of days")


@dataclass(frozen=True, slots=True)
class Scale:
    """The lowest and the highest score there is."""

    low: Decimal
    high: Decimal

    def __post_init__(self) -> None:
        if self.low >= self.high:
            raise ScaleMustRise(f"from {self.low} to {self.high}")


def convert_scale(score: Decimal, source: Scale, target: Scale) -> Decimal:
    """F12: the same place on another scale; a named step, never done silently."""
    share = (score - source.low) / (source.high - source.low)
    return share * (target.high - target.low) + target.low


def convert_by_bins(score: Decimal, source: Scale, levels: int) -> int:
    """F13: one of `levels` equal bins, closed at the top; lowers ratings, so not for pay."""
    exact = levels * (score - source.low) / (source.high - source.low)
    return max(1, int(exact.to_integral_value(ROUND_CEILING)))


@dataclass(frozen=True, slots=True)
class Band:
    """From `low` on, up to where the next band begins."""

    low: Decimal
    code: str


def check_bands(bands: Sequence[Band]) -> None:
    """Raises BandsMustTile unless the bands rise."""
    if not bands or any(a.low >= b.low for a, b in pairwise(bands)):
        raise BandsMustTile(f"bands begin at {[str(band.low) for band in bands]}")


def letter(score: Decimal, bands: Sequence[Band]) -> str:
    """F14: half-open bands [low, next low); below the first takes the first, above all the last."""
    check_bands(bands)
    reached = [band.code for band in bands if band.low <= score]
    return reached[-1] if reached else bands[0].code


def _products(scores: Sequence[Decimal], weights: Sequence[Decimal]) -> Decimal:
    return sum((s * w for s, w in zip(scores, weights, strict=True)), ZERO)


def _check_pairs(scores: Sequence[Decimal], weights: Sequence[Decimal]) -> None:
    if len(scores) != len(weights):
        raise FiguresMustPairUp(f"{len(scores)} scores, {len(weights)} weights")
    if any(weight < 0 for weight in weights):
        raise WeightMustNotBeNegative(f"weights are {[str(weight) for weight in weights]}")


def _check_range(values: Sequence[Decimal], low: Decimal, high: Decimal) -> None:
    if any(not low <= value <= high for value in values):
        raise CompletionIsInPercent(f"allowed is {low} to {high}")
