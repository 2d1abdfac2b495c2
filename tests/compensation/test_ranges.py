"""The rules of salary ranges."""

from dataclasses import replace
from datetime import date

import pytest

from chassis.testing import Scenario
from chassis.values import Money
from compensation.domain import ranges
from compensation.domain.commands import SetRange
from compensation.domain.events import RangeSet
from compensation.domain.ranges import RangeHasOneCurrency, RangeMustBeOrdered
from tests.compensation.cases import ANALYST, T, eur

a_range = Scenario(ranges)
ask = SetRange(
    range="range-1",
    grade="G5",
    country="DE",
    currency="EUR",
    effective_on=date(2026, 1, 1),
    minimum=eur(48_000),
    midpoint=eur(60_000),
    maximum=eur(72_000),
    by=ANALYST,
    at=T,
)
known = RangeSet(
    range="range-1",
    grade="G5",
    country="DE",
    currency="EUR",
    effective_on=date(2026, 1, 1),
    minimum=eur(48_000),
    midpoint=eur(60_000),
    maximum=eur(72_000),
    by=ANALYST,
)


def test_a_range_counts_from_a_day() -> None:
    a_range.when(ask).then(known)
    a_range.when(ask).told_twice_changes_nothing()


def test_another_day_or_another_figure_is_recorded() -> None:
    a_range.given(known).when(replace(ask, effective_on=date(2027, 1, 1))).then(
        replace(known, effective_on=date(2027, 1, 1))
    )
    a_range.given(known).when(replace(ask, maximum=eur(74_000))).then(
        replace(known, maximum=eur(74_000))
    )


@pytest.mark.parametrize(
    ("low", "middle", "high"),
    [(0, 60_000, 72_000), (61_000, 60_000, 72_000), (1, 3, 2), (5, 5, 5)],
)
def test_the_points_are_ordered(low: int, middle: int, high: int) -> None:
    wrong = replace(ask, minimum=eur(low), midpoint=eur(middle), maximum=eur(high))
    a_range.when(wrong).refused(RangeMustBeOrdered)


def test_a_range_has_one_currency() -> None:
    a_range.when(replace(ask, maximum=Money(7_200_000, "USD"))).refused(RangeHasOneCurrency)
