"""Green and red circles, and new pay."""

import pytest

from chassis.values import Money
from compensation.domain.increase import Increase, Limits, circled, new_pay, rise_to_minimum
from tests.compensation.cases import d, eur

LIMITS = Limits(eur(50_000), eur(70_000))
FULL = d("1")


def test_an_increase_inside_the_range_raises_base_pay() -> None:
    found = circled(eur(60_000), eur(3_000), LIMITS, "guideline_only", FULL)
    assert found == Increase(eur(3_000), eur(0), "none")


@pytest.mark.parametrize("pay", [70_000, 75_000])
def test_pay_at_or_over_the_maximum_takes_it_all_as_a_lump_sum(pay: int) -> None:
    found = circled(eur(pay), eur(2_000), LIMITS, "guideline_only", FULL)
    assert found == Increase(eur(0), eur(2_000), "red")


def test_an_increase_that_crosses_the_maximum_is_split_there() -> None:
    found = circled(eur(69_000), eur(2_500), LIMITS, "guideline_only", FULL)
    assert found == Increase(eur(1_000), eur(1_500), "crosses_maximum")


def test_an_increase_that_ends_at_the_maximum_is_not_split() -> None:
    found = circled(eur(69_000), eur(1_000), LIMITS, "guideline_only", FULL)
    assert found == Increase(eur(1_000), eur(0), "none")


def test_pay_below_the_minimum_rises_to_it_where_the_plan_says_so() -> None:
    kept = circled(eur(46_000), eur(1_000), LIMITS, "guideline_only", FULL)
    assert kept == Increase(eur(1_000), eur(0), "green")
    risen = circled(eur(46_000), eur(1_000), LIMITS, "rise_to_minimum", FULL)
    assert risen == Increase(eur(4_000), eur(0), "green")
    more = circled(eur(49_500), eur(1_000), LIMITS, "rise_to_minimum", FULL)
    assert more == Increase(eur(1_000), eur(0), "green")


def test_the_range_is_scaled_to_part_time_and_rounded_inwards() -> None:
    limits = Limits(Money(50_001, "EUR"), Money(70_001, "EUR"))
    half = d("0.5")
    crossing = circled(Money(35_000, "EUR"), Money(7, "EUR"), limits, "guideline_only", half)
    assert crossing == Increase(Money(0, "EUR"), Money(7, "EUR"), "red")
    rising = circled(Money(25_000, "EUR"), Money(0, "EUR"), limits, "rise_to_minimum", half)
    assert rising == Increase(Money(1, "EUR"), Money(0, "EUR"), "green")


def test_a_rise_by_table_takes_a_share_of_the_gap() -> None:
    assert rise_to_minimum(eur(46_000), eur(50_000), d("50")) == 2_000_00
    assert rise_to_minimum(eur(46_000), eur(50_000)) == 4_000_00
    assert rise_to_minimum(eur(51_000), eur(50_000)) == 0


def test_new_pay_leaves_the_lump_sum_out_of_base_pay() -> None:
    found = new_pay(eur(50_000), eur(1_000), eur(4_000), eur(200), eur(300))
    assert found.base == eur(55_200)
    assert found.total_increase == eur(5_500)
    assert found.final_pay == eur(55_500)
