"""Salary ranges: minimum, midpoint and maximum by grade, country and currency, over time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from chassis.values import Money
from compensation.domain.commands import SetRange
from compensation.domain.errors import CompensationRuleBroken
from compensation.domain.events import RangeSet


class RangeMustBeOrdered(CompensationRuleBroken):
    """A range needs 0 < minimum < maximum, with the midpoint between them."""


class RangeHasOneCurrency(CompensationRuleBroken):
    """The figures of a range are in another currency than the range."""


@dataclass(frozen=True, slots=True)
class RangeState:
    """The three points by the day from which they count."""

    points: Mapping[date, tuple[Money, Money, Money]] = field(default_factory=dict)


INITIAL = RangeState()


def evolve(state: RangeState, event: RangeSet) -> RangeState:
    points = (event.minimum, event.midpoint, event.maximum)
    return RangeState({**state.points, event.effective_on: points})


def decide(state: RangeState, c: SetRange) -> list[RangeSet]:
    """The range from a day on; set again for the same day, the later one counts."""
    points = (c.minimum, c.midpoint, c.maximum)
    found = sorted({point.currency for point in points} - {c.currency})
    if found:
        raise RangeHasOneCurrency(f"found {', '.join(found)}, allowed is {c.currency}")
    low, middle, high = (point.minor for point in points)
    if not 0 < low <= middle <= high or low == high:
        raise RangeMustBeOrdered(
            f"range is {c.minimum} to {c.midpoint} to {c.maximum}, allowed is"
            " 0 < minimum <= midpoint <= maximum with minimum < maximum"
        )
    if state.points.get(c.effective_on) == points:
        return []
    return [
        RangeSet(
            range=c.range,
            grade=c.grade,
            country=c.country,
            currency=c.currency,
            effective_on=c.effective_on,
            minimum=c.minimum,
            midpoint=c.midpoint,
            maximum=c.maximum,
            by=c.by,
        )
    ]
