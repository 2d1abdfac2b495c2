"""The published and derived cases for scores and KPIs; the id of a case is in the test's id."""

from datetime import date
from decimal import Decimal

import pytest

from appraisal.domain.errors import BandsMustTile
from appraisal.domain.figures import Figure, Undefined, mean
from appraisal.domain.kpi_scoring import (
    ClosedBand,
    PayoutCurve,
    bounded,
    check_lookup,
    higher_is_better,
    lookup,
    lower_by_ratio,
    lower_is_better,
)
from appraisal.domain.scoring import (
    MissingPolicy,
    Scale,
    Segment,
    convert_by_bins,
    convert_scale,
    final_score,
    goal_progress,
    manual_goals,
    peer_aggregate,
    segmented,
    stars,
)
from chassis.values import Period, round_to

D = Decimal


def numbers(*texts: str) -> list[Decimal]:
    return [Decimal(text) for text in texts]


def shown(figure: Figure, places: int) -> Decimal:
    """The figure as the case prints it."""
    assert isinstance(figure, Decimal)
    return round_to(figure, Decimal(1).scaleb(-places))


GOALS = manual_goals(numbers("5", "3"), numbers("30", "70"))
SELF = stars(numbers("0.8", "0.7"), numbers("70", "30"))


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param(manual_goals([D(5)], [D(30)]), "1.5", id="AD-1 first goal earned"),
        pytest.param(manual_goals([D(3)], [D(70)]), "2.1", id="AD-1 second goal earned"),
        pytest.param(GOALS, "3.6", id="AD-1 total"),
        pytest.param(SELF, "3.85", id="AD-2 self"),
        pytest.param(peer_aggregate([SELF], 1), "3.85", id="AD-2 feedback"),
        pytest.param(stars(numbers("0.6", "0.8"), numbers("70", "30")), "3.3", id="AD-3 second"),
        pytest.param(peer_aggregate(numbers("3.85", "3.3"), 1), "3.575", id="AD-3 average"),
        pytest.param(goal_progress(numbers("50", "0")), "25", id="AD-5 child"),
        pytest.param(goal_progress([D(0), numbers("50", "0")]), "12.5", id="AD-5 parent"),
        pytest.param(
            convert_scale(D("3.4"), Scale(D(1), D(5)), Scale(D("0.25"), D(5))), "3.1", id="AD-9"
        ),
        pytest.param(higher_is_better(D(45), D(50)), "90", id="AD-20"),
        pytest.param(higher_is_better(D(40), D(50)), "80", id="AD-21"),
        pytest.param(lower_is_better(D(40), D(50)), "120", id="AD-23 below target"),
        pytest.param(lower_is_better(D(50), D(50)), "100", id="AD-23 on target"),
        pytest.param(lower_is_better(D(60), D(50)), "80", id="AD-23 above target"),
        pytest.param(lower_by_ratio(D(2), D(5), D(250)), "250", id="AD-24 before the cap"),
        pytest.param(lower_by_ratio(D(2), D(5), D(120)), "120", id="AD-24 capped"),
        pytest.param(bounded(D(250), D(0), D(120)), "120", id="AD-24 by F21"),
    ],
)
def test_the_figure_is_the_published_one(found: Figure, expected: str) -> None:
    assert found == Decimal(expected)


@pytest.mark.parametrize(
    ("goal", "feedback", "own", "policy", "places", "expected"),
    [
        pytest.param("3.6", None, None, "zero", 1, "1.2", id="AD-1 final"),
        pytest.param("3.6", "3.85", "3.85", "zero", 3, "3.767", id="AD-2 final"),
        pytest.param("5", "5", None, "zero", 2, "3.33", id="AD-11 missing is zero"),
        pytest.param(
            "5", "5", None, "exclude_and_reweight", 2, "5", id="AD-11 missing is excluded"
        ),
    ],
)
def test_the_final_score_says_what_a_missing_part_does(  # the columns of the case
    goal: str,
    feedback: str | None,
    own: str | None,
    policy: MissingPolicy,
    places: int,
    expected: str,
) -> None:
    given = {"goal": goal, "feedback": feedback, "self": own}
    parts = {name: None if text is None else Decimal(text) for name, text in given.items()}
    assert shown(final_score(parts, policy), places) == Decimal(expected)


@pytest.mark.parametrize(
    "found", [pytest.param(peer_aggregate([]), id="AD-7"), pytest.param(mean([]), id="AD-7 mean")]
)
def test_no_feedback_is_no_figure_and_not_zero(found: Figure) -> None:
    assert isinstance(found, Undefined)


@pytest.mark.parametrize(
    ("rating", "expected"),
    [pytest.param(r, e, id=f"AD-10 {r}") for r, e in ((1, 1), (2, 1), (3, 2), (4, 3))],
)
def test_four_levels_become_three(rating: int, expected: int) -> None:
    assert convert_by_bins(Decimal(rating), Scale(D(1), D(4)), 3) == expected


@pytest.mark.parametrize("case", [pytest.param(None, id="AD-12")])
def test_segments_count_by_their_days(case: None) -> None:
    found = segmented(
        [
            Segment(D("3.0"), Period(date(2025, 1, 1), date(2025, 3, 31))),
            Segment(D("4.0"), Period(date(2025, 4, 1), date(2025, 12, 31))),
        ]
    )
    assert found == D(274) / 73
    assert shown(found, 4) == D("3.7534")


HIGHER = PayoutCurve(D(80), D(100), D(120), D(10), D(15))
LOWER = PayoutCurve(D(20), D(10), D(5), D(10), D(15), lower_is_better=True)


@pytest.mark.parametrize(
    ("curve", "actual", "expected"),
    [
        *(
            pytest.param(HIGHER, a, e, id=f"AD-26 {a}")
            for a, e in zip(
                ("80", "85", "90", "100", "110", "120", "130"),
                ("0", "0.25", "0.5", "1", "1.25", "1.5", "1.5"),
                strict=True,
            )
        ),
        *(
            pytest.param(LOWER, a, e, id=f"AD-29 {a}")
            for a, e in zip(
                ("25", "20", "15", "10", "7.5", "5", "3"),
                ("0", "0", "0.5", "1", "1.25", "1.5", "1.5"),
                strict=True,
            )
        ),
    ],
)
def test_the_payout_follows_its_curve(curve: PayoutCurve, actual: str, expected: str) -> None:
    assert curve.multiple(Decimal(actual)) == Decimal(expected)


TABLE = [
    ClosedBand(D(0), D(15), "1"),
    ClosedBand(D(16), D(30), "2"),
    ClosedBand(D(31), D(50), "3"),
]


@pytest.mark.parametrize("case", [pytest.param(None, id="AD-28 integer")])
def test_whole_numbers_find_their_band(case: None) -> None:
    assert lookup(D(18), TABLE, "integer") == "2"


@pytest.mark.parametrize("case", [pytest.param(None, id="AD-28 decimal")])
def test_a_table_with_gaps_is_refused_for_decimals(case: None) -> None:
    with pytest.raises(BandsMustTile, match="between 15 and 16"):
        check_lookup(TABLE, "decimal")
