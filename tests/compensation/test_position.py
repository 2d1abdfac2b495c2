"""Where pay lies in its range, with the published cases."""

from decimal import Decimal

import pytest

from chassis.values import CurrenciesDiffer, Money
from compensation.domain.exact import RatioIsUndefined
from compensation.domain.position import (
    compa_ratio,
    group_compa_ratio,
    mean_compa_ratio,
    range_penetration,
)
from tests.compensation.cases import d, eur


def shown(value: Decimal) -> Decimal:
    return value.quantize(d("0.0001"))


def test_ad_30_range_penetration() -> None:
    found = range_penetration(eur(70_000), eur(55_000), eur(82_200))
    assert shown(found) == d("0.5515")


@pytest.mark.parametrize(
    ("pay", "midpoint", "minimum", "maximum", "compa", "penetration"),
    [
        pytest.param(62_000, 70_000, 56_000, 84_000, "0.8857", "0.2143", id="AD-31"),
        pytest.param(91_000, 90_000, 72_000, 108_000, "1.0111", "0.5278", id="AD-32"),
    ],
)
def test_position_of_pay(
    pay: int, midpoint: int, minimum: int, maximum: int, compa: str, penetration: str
) -> None:
    assert shown(compa_ratio(eur(pay), eur(midpoint))) == d(compa)
    assert shown(range_penetration(eur(pay), eur(minimum), eur(maximum))) == d(penetration)


def test_part_time_pay_is_compared_as_full_time_pay() -> None:
    assert compa_ratio(eur(30_000), eur(60_000), d("0.5")) == 1
    assert range_penetration(eur(30_000), eur(50_000), eur(70_000), d("0.5")) == d("0.5")


def test_pay_outside_the_range_is_shown_as_such() -> None:
    assert range_penetration(eur(45_000), eur(50_000), eur(70_000)) == d("-0.25")
    assert range_penetration(eur(75_000), eur(50_000), eur(70_000)) == d("1.25")


def test_a_group_is_summed_or_averaged_as_declared() -> None:
    group = [(eur(30_000), eur(60_000)), (eur(30_000), eur(20_000))]
    assert group_compa_ratio(group) == d("0.75")
    assert mean_compa_ratio(group) == 1


def test_a_ratio_over_nothing_is_undefined_and_not_zero() -> None:
    with pytest.raises(RatioIsUndefined):
        compa_ratio(eur(1), eur(0))
    with pytest.raises(RatioIsUndefined):
        range_penetration(eur(1), eur(5), eur(5))
    with pytest.raises(RatioIsUndefined):
        group_compa_ratio([])
    with pytest.raises(RatioIsUndefined):
        mean_compa_ratio([])


def test_two_currencies_have_no_ratio() -> None:
    with pytest.raises(CurrenciesDiffer):
        compa_ratio(eur(1), Money(100, "USD"))


def test_a_bound_that_is_met_exactly_is_met() -> None:
    # 1/3 of the hours: pay and midpoint agree although neither quotient ends.
    fte = d("0.3333")
    midpoint = Money(70_000_03, "EUR")
    pay = Money(int(midpoint.minor * fte * 10_000) // 10_000, "EUR")
    assert compa_ratio(pay, midpoint, fte) != 1
    assert compa_ratio(Money(3_333, "EUR"), Money(10_000, "EUR"), fte) == 1
