"""The score sheet: from contract, readings and ratings to one score, every step shown."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from appraisal.domain.commands import CompetencyTerms, ContractTerms, Evidence, Reading
from appraisal.domain.errors import ContractIsMissing, FigureIsMissing
from appraisal.domain.events import MissingPolicy, PercentPoint, ScoreSheet, SheetLine
from appraisal.domain.sheet import compute, kpi_percent
from chassis.values import Period
from tests.appraisal.cases import (
    CONTENT,
    CONTRACT,
    DEFECTS,
    END,
    EVIDENCE,
    LISTEN,
    READINGS,
    REVENUE,
    START,
    D,
)

YEAR = Period(START, END)
RATINGS = {"listen": D(4)}


def sheet(
    evidence: Evidence = EVIDENCE,
    missing: MissingPolicy = "exclude_and_reweight",
    ratings: dict[str, Decimal] = RATINGS,
) -> ScoreSheet:
    return compute(replace(CONTENT, missing=missing), "scheme-hash", YEAR, evidence, ratings)


def line(found: ScoreSheet, name: str, segment: int = 0) -> SheetLine:
    (wanted,) = [each for each in found.segments[segment].lines if each.line == name]
    return wanted


def test_every_step_of_a_score_is_on_the_sheet() -> None:
    found = sheet()
    revenue, defects, listen = found.segments[0].lines
    assert (revenue.actual, revenue.percent, revenue.score) == (D(110), D(110), D(4))
    assert (revenue.contribution, revenue.formula, revenue.readings) == (
        D("2.4"),
        "F15 v1",
        ("r1",),
    )
    assert (defects.percent, defects.score, defects.contribution) == (D(80), D(2), D("0.8"))
    assert (listen.actual, listen.score, listen.contribution) == (D(4), D(4), D(4))
    segment = found.segments[0]
    assert (segment.goals_score, segment.competencies_score) == (D("3.2"), D(4))
    # 70 % of 3.2 and 30 % of 4.
    assert (segment.score, found.unrounded, found.score) == (D("3.44"), D("3.44"), D("3.44"))
    assert found.rating == "A"
    assert (segment.start, segment.end, segment.days) == (START, END, 365)


def test_contributions_add_up_to_the_score_of_the_block() -> None:
    segment = sheet().segments[0]
    goals = [each.contribution for each in segment.lines if each.kind == "goal"]
    assert sum(share for share in goals if share is not None) == segment.goals_score


def test_the_order_of_other_goals_readings_does_not_matter() -> None:
    shuffled = replace(EVIDENCE, readings=READINGS[::-1])
    assert sheet() == sheet(shuffled)


@pytest.mark.parametrize(
    "other",
    [
        sheet(replace(EVIDENCE, readings=READINGS[:1])),
        sheet(replace(EVIDENCE, contracts=(replace(CONTRACT, content_hash="hash-2"),))),
        sheet(ratings={"listen": D("4.1")}),
        sheet(
            replace(
                EVIDENCE, readings=(replace(READINGS[0], as_of=date(2026, 12, 21)), READINGS[1])
            )
        ),
    ],
    ids=["a reading less", "another contract", "another rating", "another day"],
)
def test_other_inputs_have_another_hash(other: ScoreSheet) -> None:
    assert other.inputs_hash != sheet().inputs_hash


UNREAD = Evidence((CONTRACT,), READINGS[:1])


def test_a_missing_line_can_be_left_out_and_its_weight_shared() -> None:
    found = sheet(UNREAD)
    assert line(found, "defects").missing == "no reading"
    assert line(found, "defects").contribution is None
    assert line(found, "revenue").contribution == D(4)
    assert found.score == D(4)


def test_a_missing_line_can_count_zero() -> None:
    found = sheet(UNREAD, "zero")
    assert (line(found, "defects").score, line(found, "defects").missing) == (D(0), "no reading")
    # 70 % of (60 % of 4) and 30 % of 4.
    assert found.score == D("2.88")


def test_a_missing_line_can_block_the_score() -> None:
    with pytest.raises(FigureIsMissing, match="defects"):
        sheet(UNREAD, "block")


def test_a_whole_block_without_figures_is_left_out() -> None:
    assert sheet(Evidence((CONTRACT,), ())).score == D(4)


def test_nothing_at_all_is_no_score() -> None:
    goals_only = replace(
        CONTRACT, competencies=(), goals_weight_pct=D(100), competencies_weight_pct=D(0)
    )
    with pytest.raises(FigureIsMissing):
        sheet(Evidence((goals_only,), ()))
    with pytest.raises(ContractIsMissing):
        sheet(Evidence((), READINGS))


@pytest.mark.parametrize(
    ("rollup", "actual", "used"),
    [("last", "30", ("b",)), ("sum", "50", ("a", "b")), ("average", "25", ("a", "b"))],
)
def test_readings_are_rolled_up_as_the_kpi_says(
    rollup: str, actual: str, used: Sequence[str]
) -> None:
    goal = replace(REVENUE, rollup=rollup)  # type: ignore[arg-type]  # the literal comes from the table
    readings = (
        Reading("b", "revenue", D(30), date(2026, 6, 30)),
        Reading("a", "revenue", D(20), date(2026, 3, 31)),
    )
    contract = replace(CONTRACT, goals=(replace(goal, weight_pct=D(100)),))
    found = line(sheet(Evidence((contract,), readings)), "revenue")
    assert (found.actual, found.readings) == (D(actual), tuple(used))


JULY = date(2026, 7, 1)
AMENDED = replace(
    CONTRACT,
    revision=2,
    content_hash="hash-2",
    effective_on=JULY,
    goals=(replace(REVENUE, target=D(110), weight_pct=D(100)),),
)


def test_each_revision_counts_for_its_days() -> None:
    readings = (
        Reading("h1", "revenue", D(110), date(2026, 6, 30)),
        Reading("h2", "revenue", D(110), date(2026, 12, 31)),
        READINGS[1],
    )
    found = sheet(Evidence((CONTRACT, AMENDED), readings))
    first, second = found.segments
    assert (first.revision, first.start, first.end, first.days) == (
        1,
        START,
        date(2026, 6, 30),
        181,
    )
    assert (second.revision, second.start, second.end, second.days) == (2, JULY, END, 184)
    assert line(found, "revenue", 1).percent == 100
    # 60 % of 4 and 40 % of 2 before, 3 after: of each 70 %, and 30 % of 4.
    assert (first.score, second.score) == (D("3.44"), D("3.3"))
    assert found.unrounded == (D("3.44") * 181 + D("3.3") * 184) / 365


def test_a_revision_that_is_replaced_from_its_first_day_counts_for_none() -> None:
    third = replace(AMENDED, revision=3, content_hash="hash-3")
    found = sheet(Evidence((CONTRACT, AMENDED, third), READINGS))
    assert [segment.revision for segment in found.segments] == [1, 3]


def two_lines(first: str, second: str) -> ContractTerms:
    lines = (CompetencyTerms("listen", D(50)), CompetencyTerms("speak", D(50)))
    return replace(
        CONTRACT,
        goals=(),
        competencies=lines,
        goals_weight_pct=D(0),
        competencies_weight_pct=D(100),
    )


@pytest.mark.parametrize(
    ("rounding", "score", "rating"), [("half_up", "3.4", "A"), ("half_even", "3.4", "A")]
)
def test_the_rating_is_read_from_the_score_that_people_see(
    rounding: str, score: str, rating: str
) -> None:
    content = replace(CONTENT, places=1, rounding=rounding)  # type: ignore[arg-type]  # from the table
    ratings = {"listen": D("3.3"), "speak": D("3.4")}  # 3.35, one digit too many
    found = compute(content, "h", YEAR, Evidence((two_lines("3.3", "3.4"),), ()), ratings)
    assert (found.unrounded, found.score, found.rating) == (D("3.35"), D(score), rating)


def test_halves_are_rounded_as_the_scheme_says() -> None:
    ratings = {"listen": D("3.2"), "speak": D("3.3")}  # 3.25
    evidence = Evidence((two_lines("3.2", "3.3"),), ())
    up = compute(replace(CONTENT, places=1), "h", YEAR, evidence, ratings)
    even = compute(replace(CONTENT, places=1, rounding="half_even"), "h", YEAR, evidence, ratings)
    assert (up.score, even.score) == (D("3.3"), D("3.2"))


@pytest.mark.parametrize(
    ("changes", "actual", "pct"),
    [
        ({"measure": "higher"}, "90", "90"),
        ({"measure": "lower_linear"}, "110", "90"),
        ({"measure": "lower_ratio"}, "200", "50"),
        ({"measure": "on_target"}, "110", "90"),
        ({"measure": "zero_defect", "zero_table": DEFECTS.zero_table}, "1", "80"),
        ({"measure": "signed", "baseline": D(50)}, "75", "50"),
        ({"measure": "higher"}, "300", "120"),
        ({"measure": "lower_linear"}, "300", "0"),
    ],
    ids=["higher", "lower_linear", "lower_ratio", "on_target", "zero", "signed", "cap", "floor"],
)
def test_each_measure_has_its_formula_and_its_bounds(
    changes: dict[str, object], actual: str, pct: str
) -> None:
    goal = replace(REVENUE, **changes)  # type: ignore[arg-type]  # fields by name
    assert kpi_percent(goal, D(actual)) == D(pct)


def test_a_competency_has_the_managers_rating() -> None:
    assert LISTEN.competency == line(sheet(), "listen").line
    assert line(sheet(ratings={}), "listen").missing == "not rated"


@pytest.mark.parametrize("rollup", ["sum", "average", "last"])
def test_an_amendment_does_not_cut_what_was_reached_in_the_period(rollup: str) -> None:
    target = D(120) if rollup == "sum" else D(10)
    goal = replace(REVENUE, rollup=rollup, target=target, weight_pct=D(100))  # type: ignore[arg-type]  # from the table
    contract = replace(CONTRACT, goals=(goal,))
    amended = replace(contract, revision=2, content_hash="hash-2", effective_on=JULY)
    monthly = tuple(
        Reading(f"r{month}", "revenue", D(10), date(2026, month, 28)) for month in range(1, 13)
    )
    once = sheet(Evidence((contract,), monthly))
    twice = sheet(Evidence((contract, amended), monthly))
    assert line(once, "revenue").percent == 100
    assert [line(twice, "revenue", part).percent for part in (0, 1)] == [100, 100]
    assert once.score == twice.score


def test_of_one_days_readings_the_last_that_was_heard_counts() -> None:
    day = date(2026, 12, 20)
    readings = (Reading("z", "revenue", D(80), day), Reading("a", "revenue", D(110), day))
    assert line(sheet(Evidence((CONTRACT,), readings)), "revenue").readings == ("a",)


def test_a_half_that_a_quotient_only_nears_is_rounded_as_a_half() -> None:
    points = (PercentPoint(D(0), D(0)), PercentPoint(D(100), D("2.985")))
    content = replace(CONTENT, scale_min=D(0), kpi_points=points)
    goal = replace(REVENUE, target=D(3), weight_pct=D(100))
    contract = replace(CONTRACT, goals=(goal,), goals_weight_pct=D(100), competencies=())
    third = (Reading("r", "revenue", D(1), END),)
    found = compute(content, "h", YEAR, Evidence((contract,), third), {})
    assert (found.unrounded, found.score) == (D("0.995"), D("1.00"))


def test_readings_outside_the_period_do_not_count() -> None:
    readings = (*READINGS, Reading("old", "revenue", D(500), date(2025, 12, 31)))
    assert sheet(Evidence((CONTRACT,), readings)).score == sheet().score


GOALS_ONLY = replace(
    CONTRACT, competencies=(), goals_weight_pct=D(100), competencies_weight_pct=D(0)
)


def test_a_revision_without_any_figure_leaves_its_days_out() -> None:
    unread = replace(REVENUE, goal="churn", weight_pct=D(100))
    amended = replace(
        GOALS_ONLY, revision=2, content_hash="hash-2", effective_on=JULY, goals=(unread,)
    )
    found = sheet(Evidence((GOALS_ONLY, amended), READINGS))
    assert [segment.score for segment in found.segments] == [D("3.2"), None]
    assert found.score == D("3.2")
    with pytest.raises(FigureIsMissing, match="churn"):
        sheet(Evidence((GOALS_ONLY, amended), READINGS), "block")


def test_two_plans_of_a_period_count_for_their_own_days() -> None:
    first = replace(GOALS_ONLY, plan="h1", ends_on=date(2026, 6, 30))
    second = replace(first, plan="h2", content_hash="hash-2", effective_on=JULY, ends_on=END)
    found = sheet(Evidence((second, first), READINGS))
    assert [(s.content_hash, s.days) for s in found.segments] == [("hash-1", 181), ("hash-2", 184)]


def test_days_before_a_joiners_contract_do_not_count() -> None:
    joined = replace(CONTRACT, effective_on=JULY)
    (segment,) = sheet(Evidence((joined,), READINGS)).segments
    assert (segment.start, segment.days) == (JULY, 184)
