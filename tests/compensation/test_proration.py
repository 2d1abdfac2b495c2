"""Proration over real days and segments, with the published cases."""

from datetime import date

import pytest

from chassis.values import Period, round_to
from compensation.domain.facts import EmploymentFact
from compensation.domain.merit import prorated_increase
from compensation.domain.proration import eligible_days, proration, segments, spells
from tests.compensation.cases import assigned, d, eur, hired, left, pay, source

Y2025 = Period(date(2025, 1, 1), date(2025, 12, 31))
Y2024 = Period(date(2024, 1, 1), date(2024, 12, 31))


@pytest.mark.parametrize(
    ("period", "days", "pct"),
    [
        pytest.param(Y2025, 184, "1.5123", id="AD-44"),
        pytest.param(Y2024, 184, "1.5082", id="AD-44-leap"),
    ],
)
def test_hired_in_the_middle_of_the_period(period: Period, days: int, pct: str) -> None:
    employed = spells([hired(date(period.start.year, 7, 1))])
    assert eligible_days(period, employed) == days
    assert round_to(3 * proration(days, period), d("0.0001")) == d(pct)


def test_ad_46_a_whole_leap_year_is_exactly_one() -> None:
    days = eligible_days(Y2024, spells([hired()]))
    assert days == 366
    assert proration(days, Y2024) == 1
    assert prorated_increase(eur(100_000), d("3"), days, Y2024) == 3_000_00


def test_start_and_end_are_clipped_to_the_period() -> None:
    assert eligible_days(Y2025, spells([hired(date(2025, 12, 31))])) == 1
    assert eligible_days(Y2025, spells([hired(date(2026, 1, 1))])) == 0
    assert eligible_days(Y2025, spells([hired(), left(date(2025, 1, 1))])) == 1
    assert eligible_days(Y2025, spells([hired(), left(date(2024, 12, 31))])) == 0


def test_who_left_and_returned_has_two_spells() -> None:
    back = EmploymentFact("returned", date(2025, 12, 1), source("employment"))
    told = [hired(), left(date(2025, 3, 31)), back]
    assert eligible_days(Y2025, spells(told)) == 90 + 31


def test_a_second_leaving_date_corrects_the_first() -> None:
    told = [hired(), left(date(2025, 3, 31)), left(date(2025, 1, 31))]
    assert eligible_days(Y2025, spells(told)) == 31


def test_a_period_is_cut_wherever_pay_or_assignment_changes() -> None:
    found = segments(
        Y2025,
        spells([hired()]),
        [pay(50_000), pay(60_000, date(2025, 7, 1), version=4)],
        [assigned("G5"), assigned("G6", date(2025, 10, 1), version=5)],
    )
    known = [
        (part.period.days, part.pay.annual, part.assignment.grade)
        for part in found
        if part.pay and part.assignment
    ]
    assert known == [
        (181, eur(50_000), "G5"),
        (92, eur(60_000), "G5"),
        (92, eur(60_000), "G6"),
    ]


def test_days_before_the_first_pay_fact_are_known_to_lack_it() -> None:
    found = segments(Y2025, spells([hired()]), [pay(1, date(2025, 2, 1))], [assigned()])
    assert [part.pay is None for part in found] == [True, False]


def test_of_two_facts_from_one_day_the_later_recorded_counts() -> None:
    first, corrected = pay(50_000, version=2), pay(51_000, version=7)
    (found,) = segments(Y2025, spells([hired()]), [corrected, first], [assigned()])
    assert found.pay == corrected
