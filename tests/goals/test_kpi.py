"""Which KPIs are sound: each rule with a line that keeps it and one that breaks it."""

from dataclasses import replace
from decimal import Decimal

import pytest

from goals.domain.errors import (
    BaselineIsRequired,
    CapIsRequired,
    CapMustExceedFloor,
    LevelsMustBeOrdered,
    MoreDefectsMustNotEarnMore,
    TargetMustBePositive,
    ZeroDefectMeansZero,
    ZeroTableIsForZeroDefect,
    ZeroTableMustRise,
)
from goals.domain.events import GoalLine, Measure, ZeroStep
from goals.domain.kpi import check_line
from tests.goals.cases import DEFECTS, REVENUE

D = Decimal

BARE = replace(REVENUE, threshold=None, stretch=None)
SIGNED = replace(BARE, measure="signed", baseline=D(-5), target=D(5))
RATIOS: tuple[Measure, ...] = ("higher", "lower_linear", "lower_ratio", "on_target")


def table(*steps: tuple[int, int]) -> GoalLine:
    return replace(DEFECTS, zero_table=tuple(ZeroStep(D(n), D(pct)) for n, pct in steps))


def levels(measure: Measure, *values: str | None) -> GoalLine:
    threshold, target, stretch = (None if v is None else D(v) for v in values)
    assert target is not None
    return replace(BARE, measure=measure, threshold=threshold, target=target, stretch=stretch)


@pytest.mark.parametrize("measure", RATIOS)
def test_a_ratio_needs_a_target_above_zero(measure: Measure) -> None:
    check_line(replace(BARE, measure=measure, target=D("0.01")))
    for target in (D(0), D(-1)):
        with pytest.raises(TargetMustBePositive):
            check_line(replace(BARE, measure=measure, target=target))


def test_a_target_of_zero_or_below_is_for_signed_kpis() -> None:
    check_line(replace(SIGNED, target=D(0)))
    check_line(replace(SIGNED, target=D(-2)))


def test_the_ratio_that_grows_without_bound_needs_a_cap() -> None:
    check_line(replace(BARE, measure="lower_ratio"))
    check_line(replace(BARE, measure="lower_linear", cap_pct=None))
    with pytest.raises(CapIsRequired):
        check_line(replace(BARE, measure="lower_ratio", cap_pct=None))


@pytest.mark.parametrize("floor", ["120", "121"])
def test_the_floor_lies_below_the_cap(floor: str) -> None:
    check_line(replace(BARE, floor_pct=D("119.99"), cap_pct=D(120)))
    check_line(replace(BARE, floor_pct=None, cap_pct=D(120)))
    with pytest.raises(CapMustExceedFloor):
        check_line(replace(BARE, floor_pct=D(floor), cap_pct=D(120)))


@pytest.mark.parametrize("baseline", [None, D(5), D("5.0")])
def test_a_signed_kpi_is_measured_from_another_baseline(baseline: D | None) -> None:
    check_line(SIGNED)
    with pytest.raises(BaselineIsRequired):
        check_line(replace(SIGNED, baseline=baseline))


def test_zero_defect_means_a_target_of_zero() -> None:
    check_line(DEFECTS)
    with pytest.raises(ZeroDefectMeansZero):
        check_line(replace(DEFECTS, target=D(1)))


@pytest.mark.parametrize(
    "steps", [(), ((1, 100),), ((0, 100), (3, 50), (3, 40)), ((0, 100), (3, 50), (2, 40))]
)
def test_the_table_of_a_zero_defect_kpi_starts_at_zero_and_rises(
    steps: tuple[tuple[int, int], ...],
) -> None:
    check_line(table((0, 100), (2, 50), (3, 40)))
    with pytest.raises(ZeroTableMustRise):
        check_line(table(*steps))


def test_more_defects_earn_no_more() -> None:
    check_line(table((0, 100), (2, 50), (3, 50)))
    with pytest.raises(MoreDefectsMustNotEarnMore):
        check_line(table((0, 100), (2, 50), (3, 51)))


def test_a_table_stands_only_where_it_is_read() -> None:
    check_line(BARE)
    with pytest.raises(ZeroTableIsForZeroDefect):
        check_line(replace(BARE, zero_table=DEFECTS.zero_table))


@pytest.mark.parametrize(
    "line",
    [
        levels("higher", "80", "100", "120"),
        levels("higher", None, "100", "120"),
        levels("higher", "80", "100", None),
        levels("lower_linear", "120", "100", "80"),
        levels("lower_ratio", "120", "100", None),
        levels("on_target", "120", "100", "110"),
        replace(SIGNED, threshold=D(0), stretch=D(6)),
        replace(SIGNED, baseline=D(9), threshold=D(7), stretch=D(1)),
    ],
    ids=lambda line: f"{line.measure} {line.threshold} {line.target} {line.stretch}",
)
def test_levels_that_follow_the_direction_are_sound(line: GoalLine) -> None:
    check_line(line)


@pytest.mark.parametrize(
    "line",
    [
        levels("higher", "100", "100", "120"),
        levels("higher", "80", "100", "100"),
        levels("higher", "120", "100", "80"),
        levels("lower_linear", "80", "100", "120"),
        levels("lower_ratio", None, "100", "100"),
        replace(SIGNED, threshold=D(6)),
        replace(SIGNED, baseline=D(9), threshold=D(1)),
    ],
    ids=lambda line: f"{line.measure} {line.threshold} {line.target} {line.stretch}",
)
def test_levels_against_the_direction_are_refused(line: GoalLine) -> None:
    with pytest.raises(LevelsMustBeOrdered):
        check_line(line)
