"""What an increase does to base pay: green and red circles (F40) and new pay (F45)."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Literal

from chassis.values import Money
from compensation.domain.exact import exact

Circle = Literal["none", "green", "red", "crosses_maximum"]
BelowMinimum = Literal["guideline_only", "rise_to_minimum"]


@dataclass(frozen=True, slots=True)
class Limits:
    """Minimum and maximum of the range, in full-time pay."""

    minimum: Money
    maximum: Money


@dataclass(frozen=True, slots=True)
class Increase:
    """An increase split into what raises base pay and what is paid once."""

    recurring: Money
    lump_sum: Money
    circle: Circle


def circled(
    annual: Money, increase: Money, limits: Limits, below_minimum: BelowMinimum, fte: Decimal
) -> Increase:
    """F40: pay at or over the maximum takes the whole increase as a lump sum, an increase that
    crosses the maximum raises pay to it and pays the rest once; pay under the minimum rises
    to it where the plan says so.  The limit of the red circle is the maximum of the range.

    annual: as contracted at `fte`; the limits are scaled to it.
    """
    lowest, highest = _at(limits.minimum, fte, ROUND_CEILING), _at(limits.maximum, fte, ROUND_FLOOR)
    nothing = Money(0, annual.currency)
    if annual.minor >= highest.minor:
        return Increase(nothing, increase, "red")
    if (annual + increase).minor > highest.minor:
        recurring = highest - annual
        return Increase(recurring, increase - recurring, "crosses_maximum")
    if annual.minor < lowest.minor:
        to_minimum = lowest - annual
        if below_minimum == "rise_to_minimum" and increase.minor < to_minimum.minor:
            return Increase(to_minimum, nothing, "green")
        return Increase(increase, nothing, "green")
    return Increase(increase, nothing, "none")


def rise_to_minimum(annual: Money, minimum: Money, share_pct: Decimal = Decimal(100)) -> Decimal:
    """F40 by table: this percent of the gap to the minimum, unrounded minor units; 0 above it."""
    gap = max(minimum.minor - annual.minor, 0)
    with exact():
        return gap * share_pct / 100


@dataclass(frozen=True, slots=True)
class NewPay:
    """F45: what pay becomes, and what the increase is with and without the lump sum."""

    base: Money
    total_increase: Money
    final_pay: Money


def new_pay(
    current: Money, merit: Money, promotion: Money, adjustments: Money, lump_sum: Money
) -> NewPay:
    """F45: base = current + promotion + merit + adjustments; the totals add the lump sum.

    Merit is taken on pay before the promotion.
    """
    base = current + promotion + merit + adjustments
    return NewPay(base, base - current + lump_sum, base + lump_sum)


def _at(full_time: Money, fte: Decimal, inwards: str) -> Money:
    with exact():
        scaled = (full_time.minor * fte).to_integral_value(inwards)
    return Money(int(scaled), full_time.currency)
