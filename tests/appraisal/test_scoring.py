"""Scores from scores: what each formula does at its edges, and what it refuses."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appraisal.domain.errors import (
    BandsMustTile,
    CompletionIsInPercent,
    FiguresMustPairUp,
    ScaleMustRise,
    SegmentsMustNotOverlap,
    ThresholdNeedsThreeRaters,
    WeightMustNotBeNegative,
)
from appraisal.domain.figures import Undefined
from appraisal.domain.scoring import (
    Band,
    Scale,
    Segment,
    automatic_goals,
    check_bands,
    convert_by_bins,
    convert_scale,
    final_score,
    goal_progress,
    letter,
    manual_goals,
    nearest_level,
    peer_aggregate,
    section_score,
    segmented,
    stars,
    unweighted_total,
    weighted_average,
    weighted_sum,
)
from chassis.values import Period

D = Decimal
ONE_TO_FIVE, ONE_TO_FOUR = Scale(D(1), D(5)), Scale(D(1), D(4))
figures = st.decimals(min_value=0, max_value=1000, places=3)


def ds(*values: int | str) -> list[Decimal]:
    return [Decimal(value) for value in values]


def test_average_and_sum_agree_only_where_weights_total_100() -> None:
    assert weighted_average(ds(4, 2), ds(75, 25)) == weighted_sum(ds(4, 2), ds(75, 25)) == D("3.5")
    assert weighted_average(ds(4, 2), ds(30, 10)) == D("3.5")
    assert weighted_sum(ds(4, 2), ds(30, 10)) == D("1.4")


@given(st.lists(st.tuples(figures, figures.filter(bool)), min_size=1, max_size=8))
def test_an_average_lies_between_its_scores(pairs: list[tuple[Decimal, Decimal]]) -> None:
    scores = [score for score, _ in pairs]
    found = weighted_average(scores, [weight for _, weight in pairs])
    assert isinstance(found, Decimal)
    dust = D("1e-20")
    assert min(scores) - dust <= found <= max(scores) + dust


@pytest.mark.parametrize("weights", [[], ds(0, 0)])
def test_an_average_without_weight_is_undefined(weights: list[Decimal]) -> None:
    assert isinstance(weighted_average(ds(3, 4)[: len(weights)], weights), Undefined)


def test_every_score_has_a_weight() -> None:
    with pytest.raises(FiguresMustPairUp):
        weighted_average(ds(3, 4), ds(100))


def test_weights_are_not_negative() -> None:
    with pytest.raises(WeightMustNotBeNegative):
        weighted_sum(ds(3, 4), ds(120, -20))


def test_a_total_ignores_weights() -> None:
    assert unweighted_total(ds(3, 4)) == 7


def test_sections_are_averaged_or_summed_with_weights_or_without() -> None:
    assert section_score(ds(3, 5)) == 4
    assert section_score(ds(3, 5), ds(75, 25)) == D("3.5")
    assert section_score(ds(3, 5), method="sum") == 8
    assert section_score(ds(3, 5), ds(75, 25), "sum") == D("3.5")
    assert isinstance(section_score([]), Undefined)


def test_half_way_between_two_levels_is_the_higher() -> None:
    assert nearest_level(D("3.4"), ds(1, 2, 3, 4, 5)) == 3
    assert nearest_level(D("3.5"), ds(1, 2, 3, 4, 5)) == 4


def test_manual_scores_go_up_to_five() -> None:
    with pytest.raises(CompletionIsInPercent):
        manual_goals(ds("5.1"), ds(100))


def test_full_completion_is_five_of_five() -> None:
    assert automatic_goals(ds(100, 100), ds(40, 60)) == 5
    with pytest.raises(CompletionIsInPercent):
        automatic_goals(ds(101), ds(100))


def test_a_group_without_goals_has_no_progress() -> None:
    assert isinstance(goal_progress([D(50), []]), Undefined)


def test_stars_go_from_nothing_to_one() -> None:
    assert stars(ds(1), ds(100)) == 5
    with pytest.raises(CompletionIsInPercent):
        stars(ds("1.2"), ds(100))


def test_a_missing_part_can_block_the_final_score() -> None:
    found = final_score({"goal": D(4), "self": None}, "block")
    assert found == Undefined("missing: self")
    assert isinstance(final_score({"goal": None}, "exclude_and_reweight"), Undefined)


def test_too_few_raters_are_not_shown() -> None:
    assert isinstance(peer_aggregate(ds(3, 4)), Undefined)
    assert peer_aggregate(ds(3, 4, 5)) == 4
    with pytest.raises(ThresholdNeedsThreeRaters):
        peer_aggregate(ds(3), 0)


def test_extremes_are_dropped_from_five_raters_on() -> None:
    assert peer_aggregate(ds(1, 3, 3, 3), trimmed=True) == D("2.5")
    assert peer_aggregate(ds(1, 3, 3, 3, 5), trimmed=True) == 3


def segment(score: str, start: str, end: str) -> Segment:
    return Segment(D(score), Period(date.fromisoformat(start), date.fromisoformat(end)))


def test_a_day_is_scored_once() -> None:
    with pytest.raises(SegmentsMustNotOverlap):
        segmented(
            [segment("3", "2026-01-01", "2026-06-30"), segment("4", "2026-06-30", "2026-12-31")]
        )


def test_segments_may_leave_days_out() -> None:
    parts = [segment("3", "2026-12-01", "2026-12-10"), segment("5", "2026-01-01", "2026-01-10")]
    assert segmented(parts) == 4
    assert isinstance(segmented([]), Undefined)


@given(st.decimals(min_value=1, max_value=5, places=2))
def test_a_scale_converted_forth_and_back_is_the_same(score: Decimal) -> None:
    percent = Scale(D(0), D(100))
    assert convert_scale(convert_scale(score, ONE_TO_FIVE, percent), percent, ONE_TO_FIVE) == score


def test_a_scale_rises() -> None:
    with pytest.raises(ScaleMustRise):
        Scale(D(5), D(5))


@pytest.mark.parametrize("score", ["1", "2", "3", "4"])
def test_bins_never_raise_a_rating_of_more_levels(score: str) -> None:
    assert convert_by_bins(D(score), ONE_TO_FOUR, 3) <= D(score)


LETTERS = [
    Band(D(low), code) for low, code in ((0, "D"), (25, "C"), (50, "B"), (75, "A"), (90, "A+"))
]


@pytest.mark.parametrize(
    ("score", "code"),
    [
        ("-1", "D"),
        ("0", "D"),
        ("24.99", "D"),
        ("25", "C"),
        ("50", "B"),
        ("90", "A+"),
        ("100", "A+"),
        ("101", "A+"),
    ],
)
def test_a_shared_end_belongs_to_the_higher_band(score: str, code: str) -> None:
    assert letter(D(score), LETTERS) == code


@pytest.mark.parametrize("bands", [[], [LETTERS[1], LETTERS[0]], [LETTERS[0], LETTERS[0]]])
def test_bands_rise(bands: list[Band]) -> None:
    with pytest.raises(BandsMustTile):
        check_bands(bands)
