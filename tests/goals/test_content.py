"""What makes a plan complete, and the hash that both sign."""

import hashlib
import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from goals.domain.content import Terms, check_content, content_hash
from goals.domain.errors import (
    CompetencyIsUnknown,
    EmptyBlockMustNotWeigh,
    GoalsRuleBroken,
    LineIsGivenTwice,
    LinkIsUnknown,
    PlanNeedsALine,
    TargetMustBePositive,
    WeightLiesOutsideItsRange,
    WeightsMustTotalOneHundred,
)
from goals.domain.events import GoalId, Link, PlanContent
from tests.goals.cases import (
    ANN,
    BOB,
    CONTENT,
    DEFECTS,
    HASH,
    LISTENS,
    OBJECTIVES,
    REVENUE,
    SELLER,
    TERMS,
)

D = Decimal
GOALS_ONLY = PlanContent((REVENUE, DEFECTS), (), D(100), D(0), "salt")
SMALL = PlanContent((replace(REVENUE, weight_pct=D(100)),), (), D(100), D(0), "salt")


def accepted(content: PlanContent) -> None:
    check_content(content, SELLER, OBJECTIVES)


def refused(content: PlanContent, rule: type[GoalsRuleBroken]) -> None:
    with pytest.raises(rule):
        check_content(content, SELLER, OBJECTIVES)


def weighing(first: str, second: str) -> PlanContent:
    goals = (replace(REVENUE, weight_pct=D(first)), replace(DEFECTS, weight_pct=D(second)))
    return replace(GOALS_ONLY, goals=goals)


def test_a_plan_needs_a_line() -> None:
    accepted(GOALS_ONLY)
    accepted(PlanContent((), (LISTENS,), D(0), D(100), "salt"))
    refused(PlanContent((), (), D(0), D(0), "salt"), PlanNeedsALine)


def test_the_lines_of_a_block_total_exactly_one_hundred() -> None:
    accepted(weighing("33.33", "66.67"))
    refused(weighing("33.33", "66.66"), WeightsMustTotalOneHundred)
    refused(weighing("60", "40.01"), WeightsMustTotalOneHundred)


def test_the_two_blocks_total_exactly_one_hundred() -> None:
    accepted(CONTENT)
    refused(replace(CONTENT, goals_weight_pct=D(71)), WeightsMustTotalOneHundred)


def test_no_line_weighs_nothing_or_less() -> None:
    accepted(weighing("0.01", "99.99"))
    refused(weighing("0", "100"), WeightLiesOutsideItsRange)
    refused(weighing("-50", "150"), WeightLiesOutsideItsRange)
    heavy, light = replace(LISTENS, weight_pct=D(150)), replace(LISTENS, weight_pct=D(-50))
    both = (heavy, replace(light, competency="plan"))
    refused(replace(CONTENT, competencies=both), WeightLiesOutsideItsRange)


def test_no_block_weighs_less_than_nothing() -> None:
    refused(
        replace(GOALS_ONLY, goals_weight_pct=D(150), competencies_weight_pct=D(-50)),
        WeightLiesOutsideItsRange,
    )


def test_an_empty_block_weighs_nothing_and_a_full_one_something() -> None:
    refused(
        replace(GOALS_ONLY, goals_weight_pct=D(70), competencies_weight_pct=D(30)),
        EmptyBlockMustNotWeigh,
    )
    refused(
        replace(CONTENT, goals_weight_pct=D(100), competencies_weight_pct=D(0)),
        EmptyBlockMustNotWeigh,
    )


def test_a_line_stands_once_in_its_block() -> None:
    accepted(GOALS_ONLY)
    twice = replace(DEFECTS, goal=GoalId("revenue"))
    refused(replace(GOALS_ONLY, goals=(REVENUE, twice)), LineIsGivenTwice)


def test_a_line_serves_something_that_exists() -> None:
    for kind, code in (("objective", "grow"), ("responsibility", "sell")):
        line = replace(SMALL.goals[0], link=Link(kind, code))  # type: ignore[arg-type]  # a loop over literals widens them
        accepted(replace(SMALL, goals=(line,)))
        wrong = replace(line, link=replace(line.link, code="other"))
        refused(replace(SMALL, goals=(wrong,)), LinkIsUnknown)
    unlinked = replace(LISTENS, link=Link("responsibility", "other"))
    refused(replace(CONTENT, competencies=(unlinked,)), LinkIsUnknown)
    # A responsibility's code is no objective's, though both exist.
    swapped = replace(SMALL.goals[0], link=Link("objective", "sell"))
    refused(replace(SMALL, goals=(swapped,)), LinkIsUnknown)


def test_the_job_expects_the_competency_at_that_level() -> None:
    accepted(CONTENT)
    for line in (replace(LISTENS, expected_level=2), replace(LISTENS, competency="plan")):
        refused(replace(CONTENT, competencies=(line,)), CompetencyIsUnknown)


def test_a_kpi_that_is_not_sound_is_no_content() -> None:
    refused(replace(SMALL, goals=(replace(SMALL.goals[0], target=D(0)),)), TargetMustBePositive)


def test_the_hash_is_the_published_one() -> None:
    """Anybody can do it again with a JSON library and SHA-256 alone."""
    terms = {
        "person": "ann",
        "period_start": "2026-01-01",
        "period_end": "2026-12-31",
        "job": "seller",
        "job_version": 3,
        "effective_on": None,
        "reason": "",
    }
    goal: dict[str, object] = {
        "goal": "revenue",
        "title": "Größe",
        "unit": "kEUR",
        "measure": "higher",
        "baseline": None,
        "threshold": "80",
        "target": "100.5",
        "stretch": "120",
        "floor_pct": "0",
        "cap_pct": "120",
        "rollup": "sum",
        "zero_table": [],
        "weight_pct": "100",
        "link": {"kind": "objective", "code": "grow"},
    }
    content = {
        "goals": [goal],
        "competencies": [],
        "goals_weight_pct": "100",
        "competencies_weight_pct": "0",
        "salt": "salt",
    }
    text = json.dumps({"content": content, "terms": terms}, sort_keys=True, ensure_ascii=False)
    line = replace(SMALL.goals[0], title="Größe", target=D("100.50"))
    found = content_hash(replace(SMALL, goals=(line,)), TERMS)
    assert found == hashlib.sha256(text.encode()).hexdigest()
    assert HASH == "6731525707a730293f97ee97123122ddb520e72eec5de499a85074ccd0e354a5"


@pytest.mark.parametrize("same", ["60.0", "6E+1", "60.0000"])
def test_a_number_signs_the_same_however_it_is_written(same: str) -> None:
    line = replace(REVENUE, weight_pct=D(same))
    assert content_hash(replace(CONTENT, goals=(line, DEFECTS)), TERMS) == HASH


def test_zero_has_one_form() -> None:
    zeros = {
        content_hash(replace(CONTENT, goals=(replace(REVENUE, floor_pct=D(zero)), DEFECTS)), TERMS)
        for zero in ("0", "0.00", "-0", "0E+5")
    }
    assert zeros == {HASH}


@pytest.mark.parametrize(
    "other",
    [
        replace(CONTENT, salt="5a99"),
        replace(CONTENT, goals=(replace(REVENUE, title="Win them"), DEFECTS)),
        replace(CONTENT, goals=(replace(REVENUE, target=D("100.00000001")), DEFECTS)),
        replace(CONTENT, goals=(replace(REVENUE, stretch=None), DEFECTS)),
        replace(CONTENT, goals=(DEFECTS, REVENUE)),
        replace(CONTENT, competencies=(replace(LISTENS, anchors="Asks"),)),
        replace(CONTENT, goals_weight_pct=D(60), competencies_weight_pct=D(40)),
    ],
)
def test_any_other_content_has_another_hash(other: PlanContent) -> None:
    assert content_hash(other, TERMS) != HASH


@pytest.mark.parametrize(
    "other",
    [
        replace(TERMS, person=BOB),
        replace(TERMS, period_start=date(2026, 1, 2)),
        replace(TERMS, period_end=date(2026, 12, 30)),
        replace(TERMS, job="buyer"),
        replace(TERMS, job_version=4),
        replace(TERMS, effective_on=date(2026, 7, 1)),
        replace(TERMS, reason="because"),
    ],
)
def test_the_same_content_under_other_terms_has_another_hash(other: Terms) -> None:
    assert TERMS.person == ANN
    assert content_hash(CONTENT, other) != HASH
