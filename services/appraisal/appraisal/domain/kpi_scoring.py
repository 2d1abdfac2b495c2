"""From a reading to percent of target (formulas F15 to F25).  Unrounded; nothing is capped
unless the KPI says so, and then once, after its formula."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Literal

from appraisal.domain.errors import (
    BandsMustTile,
    BaselineMustDifferFromTarget,
    CapIsRequired,
    LevelsMustBeOrdered,
    TableMustStartAtZero,
    TargetMustBePositive,
)
from appraisal.domain.figures import HUNDRED, ZERO, Figure, Undefined, mean

ONE = Decimal(1)
Rollup = Literal["sum", "average", "last"]


def higher_is_better(actual: Decimal, target: Decimal) -> Decimal:
    """F15: 100·A/T, for T > 0."""
    _positive(target)
    return HUNDRED * actual / target


def lower_is_better(actual: Decimal, target: Decimal) -> Decimal:
    """F16: 100 − 100·(A − T)/T, for T > 0: on target 100, at twice the target 0."""
    _positive(target)
    return HUNDRED - HUNDRED * (actual - target) / target


def lower_by_ratio(actual: Decimal, target: Decimal, cap_pct: Decimal | None) -> Decimal:
    """F17: 100·T/A, for T > 0, never above the mandatory cap; nothing measured is the cap."""
    _positive(target)
    if cap_pct is None:
        raise CapIsRequired("found no cap, the ratio grows without bound")
    return cap_pct if actual <= 0 else min(HUNDRED * target / actual, cap_pct)


def on_target(actual: Decimal, target: Decimal) -> Decimal:
    """F18: 100 − |100·(A − T)/T|, for T > 0."""
    _positive(target)
    return HUNDRED - abs(HUNDRED * (actual - target) / target)


def zero_target(actual: Decimal, table: Sequence[tuple[Decimal, Decimal]]) -> Decimal:
    """F19: percent by table of (up to, percent); beyond the last step 0."""
    steps = [up_to for up_to, _ in table]
    if not steps or steps[0] != 0 or any(a >= b for a, b in pairwise(steps)):
        raise TableMustStartAtZero(f"steps are up to {[str(step) for step in steps]}")
    return next((pct for up_to, pct in table if actual <= up_to), ZERO)


def signed_target(actual: Decimal, baseline: Decimal, target: Decimal) -> Decimal:
    """F20: 100·(A − baseline)/(T − baseline), in either direction and for any sign."""
    if target == baseline:
        raise BaselineMustDifferFromTarget(f"both are {target}")
    return HUNDRED * (actual - baseline) / (target - baseline)


def bounded(percent: Decimal, floor_pct: Decimal | None, cap_pct: Decimal | None) -> Decimal:
    """F21: not below the floor, not above the cap; where there is none, unbounded."""
    if floor_pct is not None:
        percent = max(percent, floor_pct)
    return percent if cap_pct is None else min(percent, cap_pct)


@dataclass(frozen=True, slots=True)
class RolledUp:
    """Target and actual over the same periods, and the periods that had no reading."""

    actual: Decimal
    target: Decimal
    missing: tuple[str, ...]


def roll_up(
    targets: Mapping[str, Decimal], actuals: Mapping[str, Decimal | None], how: Rollup
) -> RolledUp | Undefined:
    """F22: sum, average or last over periods; a missing period leaves actual and target alike.

    Periods are in the order of `targets`.
    """
    known = [(name, actuals.get(name)) for name in targets]
    missing = tuple(name for name, value in known if value is None)
    found = [(value, targets[name]) for name, value in known if value is not None]
    if not found:
        return Undefined("no period has a reading")
    if how == "last":
        return RolledUp(found[-1][0], found[-1][1], missing)
    actual, target = (sum(column, ZERO) for column in zip(*found, strict=True))
    if how == "sum":
        return RolledUp(actual, target, missing)
    return RolledUp(actual / len(found), target / len(found), missing)


def combined(values: Sequence[Decimal], how: Rollup) -> Figure:
    """F22 for readings against one target: their sum, their mean, or the last."""
    if not values:
        return Undefined("no reading")
    if how == "last":
        return values[-1]
    return sum(values, ZERO) if how == "sum" else mean(values)


@dataclass(frozen=True, slots=True)
class PayoutCurve:
    """Threshold, target and maximum of a payout, and what target and maximum pay.

    Raises LevelsMustBeOrdered unless threshold < target < maximum (all negated where lower is
    better) and 0 < target bonus ≤ maximum bonus.
    """

    threshold: Decimal
    target: Decimal
    maximum: Decimal
    target_bonus: Decimal
    max_bonus: Decimal
    lower_is_better: bool = False

    def __post_init__(self) -> None:
        h, t, m = (self._turned(v) for v in (self.threshold, self.target, self.maximum))
        if not (h < t < m and 0 < self.target_bonus <= self.max_bonus):
            found = f"{self.threshold}, {self.target}, {self.maximum}"
            raise LevelsMustBeOrdered(f"threshold, target, maximum are {found}")

    def _turned(self, value: Decimal) -> Decimal:
        return -value if self.lower_is_better else value

    def multiple(self, actual: Decimal) -> Decimal:
        """F23: the multiple of the target bonus; nothing at the threshold, 1 at the target."""
        a, h, t, m = (self._turned(v) for v in (actual, self.threshold, self.target, self.maximum))
        a = min(a, m)
        if a <= h:
            return ZERO
        if a < t:
            return (a - h) / (t - h)
        return ONE + (a - t) / (m - t) * (self.max_bonus / self.target_bonus - ONE)


STEPS = tuple(
    (Decimal(low), Decimal(pct))
    for low, pct in ((80, 50), (90, 80), (100, 100), (110, 120), (120, 150))
)


def step_payout(
    achievement_pct: Decimal, steps: Sequence[tuple[Decimal, Decimal]] = STEPS
) -> Decimal:
    """F24: percent of target by half-open steps [80, 90) 50, … [120, ∞) 150; below the first 0."""
    reached = [pct for low, pct in steps if low <= achievement_pct]
    return reached[-1] if reached else ZERO


@dataclass(frozen=True, slots=True)
class ClosedBand:
    """A level for values from `low` to `high`."""

    low: Decimal
    high: Decimal
    level: str


def check_lookup(bands: Sequence[ClosedBand], kind: Literal["integer", "decimal"]) -> None:
    """F25: closed bands tile whole numbers; decimals need bands that meet, half-open at the top.

    Raises BandsMustTile.
    """
    step = ONE if kind == "integer" else ZERO
    for earlier, later in pairwise(bands):
        if later.low != earlier.high + step:
            uncovered = f"between {earlier.high} and {later.low}"
            raise BandsMustTile(f"{kind} bands do not tile {uncovered}")
    if not bands or any(band.low > band.high for band in bands):
        raise BandsMustTile("a band needs a low end that is not above its high end")


def lookup(
    value: Decimal, bands: Sequence[ClosedBand], kind: Literal["integer", "decimal"]
) -> str | Undefined:
    """F25: the band's level; a decimal on a shared end belongs to the higher band."""
    check_lookup(bands, kind)
    if kind == "integer":
        found = [band.level for band in bands if band.low <= value <= band.high]
    else:
        last = bands[-1]
        found = [b.level for b in bands if b.low <= value < b.high]
        found += [last.level] if value == last.high else []
    return found[-1] if found else Undefined(f"{value} lies in no band")


def _positive(target: Decimal) -> None:
    if target <= 0:
        raise TargetMustBePositive(f"target is {target}; use a zero table or a signed target")
