"""From a reading to percent of target: edges, refusals, roll-up, payout steps and lookups."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from appraisal.domain.errors import (
    BandsMustTile,
    BaselineMustDifferFromTarget,
    CapIsRequired,
    LevelsMustBeOrdered,
    TableMustStartAtZero,
    TargetMustBePositive,
)
from appraisal.domain.figures import Undefined
from appraisal.domain.kpi_scoring import (
    ClosedBand,
    PayoutCurve,
    RolledUp,
    bounded,
    check_lookup,
    combined,
    higher_is_better,
    lookup,
    lower_by_ratio,
    lower_is_better,
    on_target,
    roll_up,
    signed_target,
    step_payout,
    zero_target,
)

D = Decimal
DEFECTS = [(D(0), D(100)), (D(2), D(50)), (D(5), D(10))]


@pytest.mark.parametrize("formula", [higher_is_better, lower_is_better, on_target])
@pytest.mark.parametrize("target", [0, -5])
def test_a_ratio_needs_a_target_above_zero(
    formula: Callable[[Decimal, Decimal], Decimal], target: int
) -> None:
    with pytest.raises(TargetMustBePositive):
        formula(D(3), D(target))


def test_nothing_is_capped_unless_the_kpi_says_so() -> None:
    assert higher_is_better(D(200), D(50)) == 400
    assert lower_is_better(D(200), D(50)) == -200


def test_twice_the_target_earns_nothing_where_lower_is_better() -> None:
    assert lower_is_better(D(10), D(5)) == 0


def test_none_at_all_earns_the_cap_by_ratio() -> None:
    assert lower_by_ratio(D(0), D(5), D(120)) == 120
    assert lower_by_ratio(D(10), D(5), D(120)) == 50


def test_a_ratio_that_grows_without_bound_needs_a_cap() -> None:
    with pytest.raises(CapIsRequired):
        lower_by_ratio(D(2), D(5), None)


def test_above_is_as_bad_as_below_where_the_target_is_to_be_met() -> None:
    assert on_target(D(90), D(100)) == on_target(D(110), D(100)) == 90


@pytest.mark.parametrize(("count", "pct"), [("0", 100), ("1", 50), ("2", 50), ("3", 10), ("6", 0)])
def test_defects_earn_by_table(count: str, pct: int) -> None:
    assert zero_target(D(count), DEFECTS) == pct


@pytest.mark.parametrize("table", [[], DEFECTS[1:], [DEFECTS[0], DEFECTS[0]]])
def test_a_table_of_defects_starts_at_none_and_rises(table: list[tuple[Decimal, Decimal]]) -> None:
    with pytest.raises(TableMustStartAtZero):
        zero_target(D(0), table)


@pytest.mark.parametrize(
    ("actual", "baseline", "target", "pct"),
    [
        ("-5", "-10", "0", 50),
        ("5", "10", "0", 50),
        ("12", "10", "0", -20),
        ("-2", "-4", "-1", None),
    ],
)
def test_progress_from_a_baseline_has_either_direction_and_any_sign(
    actual: str, baseline: str, target: str, pct: int | None
) -> None:
    expected = D(200) / 3 if pct is None else D(pct)
    assert signed_target(D(actual), D(baseline), D(target)) == expected


def test_a_target_at_the_baseline_is_refused() -> None:
    with pytest.raises(BaselineMustDifferFromTarget):
        signed_target(D(3), D(5), D(5))


def test_floor_and_cap_are_each_optional() -> None:
    assert bounded(D(-20), None, None) == -20
    assert bounded(D(-20), D(0), None) == 0
    assert bounded(D(130), None, D(120)) == 120


TARGETS = {"Q1": D(10), "Q2": D(20), "Q3": D(30)}
ACTUALS = {"Q1": D(9), "Q2": None, "Q3": D(33)}


@pytest.mark.parametrize(
    ("how", "actual", "target"), [("sum", 42, 40), ("average", 21, 20), ("last", 33, 30)]
)
def test_a_missing_period_leaves_target_and_actual_alike(
    how: str, actual: int, target: int
) -> None:
    found = roll_up(TARGETS, ACTUALS, how)  # type: ignore[arg-type]  # the literal comes from the table
    assert found == RolledUp(D(actual), D(target), ("Q2",))


def test_no_period_with_a_reading_is_no_figure() -> None:
    assert isinstance(roll_up(TARGETS, {}, "sum"), Undefined)
    assert isinstance(combined([], "sum"), Undefined)


def test_readings_are_summed_averaged_or_the_last_counts() -> None:
    values = [D(4), D(8)]
    assert [combined(values, "sum"), combined(values, "average"), combined(values, "last")] == [
        12,
        6,
        8,
    ]


@pytest.mark.parametrize(
    ("levels", "lower"),
    [
        ((100, 100, 120), False),
        ((80, 120, 100), False),
        ((80, 100, 120), True),
        ((5, 10, 20), True),
    ],
)
def test_threshold_target_and_maximum_follow_each_other(
    levels: tuple[int, int, int], lower: bool
) -> None:
    with pytest.raises(LevelsMustBeOrdered):
        PayoutCurve(D(levels[0]), D(levels[1]), D(levels[2]), D(10), D(15), lower)


@pytest.mark.parametrize(("target_bonus", "max_bonus"), [(0, 15), (10, 9)])
def test_the_maximum_pays_no_less_than_the_target(target_bonus: int, max_bonus: int) -> None:
    with pytest.raises(LevelsMustBeOrdered):
        PayoutCurve(D(80), D(100), D(120), D(target_bonus), D(max_bonus))


@pytest.mark.parametrize(
    ("achieved", "pct"),
    [
        ("79.99", 0),
        ("80", 50),
        ("89.99", 50),
        ("90", 80),
        ("100", 100),
        ("110", 120),
        ("119.9", 120),
        ("120", 150),
        ("300", 150),
    ],
)
def test_payout_steps_are_half_open(achieved: str, pct: int) -> None:
    assert step_payout(D(achieved)) == pct


MEETING = [ClosedBand(D(0), D(15), "low"), ClosedBand(D(15), D(30), "high")]


def test_decimals_on_a_shared_end_belong_to_the_higher_band() -> None:
    assert lookup(D(15), MEETING, "decimal") == "high"
    assert lookup(D("15.5"), MEETING, "decimal") == "high"
    assert lookup(D(30), MEETING, "decimal") == "high"
    assert isinstance(lookup(D(31), MEETING, "decimal"), Undefined)


def test_whole_numbers_must_not_lie_in_two_bands() -> None:
    with pytest.raises(BandsMustTile):
        check_lookup(MEETING, "integer")


@pytest.mark.parametrize("bands", [[], [ClosedBand(D(5), D(4), "x")]])
def test_a_band_has_values(bands: list[ClosedBand]) -> None:
    with pytest.raises(BandsMustTile):
        check_lookup(bands, "integer")
