"""The bonus formula, and the plan that feeds it."""

from dataclasses import replace

import pytest

from chassis.testing import Scenario
from chassis.values import Money, allocate, round_minor
from compensation.domain import bonusplan
from compensation.domain.bonus import multiplicative_bonus
from compensation.domain.bonusplan import PlanFactorsAreNotNegative, PlanNamesEachOnce
from compensation.domain.commands import DefineBonusPlan
from compensation.domain.events import BonusPlanDefined
from compensation.domain.terms import BonusPlanContent, GradeTarget, content_hash
from tests.compensation.cases import ANALYST, PLAN, T, d, eur

a_plan = Scenario(bonusplan)
define = DefineBonusPlan("yearly", PLAN, ANALYST, T)
first = BonusPlanDefined("yearly", 1, PLAN, content_hash(PLAN), ANALYST)


def test_ad_49_multiplicative_bonus() -> None:
    found = round_minor(multiplicative_bonus(eur(100_000), d("10"), d("1.0"), d("1.0")), "EUR")
    assert found == eur(10_000)
    assert eur(100_000) + found == eur(110_000)


def test_nothing_is_rounded_between_the_factors() -> None:
    third = d("1") / d("3")
    found = multiplicative_bonus(Money(100, "EUR"), d("10"), d("1.05"), d("0.95"), third)
    assert str(found).startswith("3.32499999")


def test_ad_52_equal_shares_go_to_the_smaller_keys_first() -> None:
    assert allocate(800, {"a": d("1"), "b": d("1"), "c": d("1")}) == {"a": 267, "b": 267, "c": 266}


def test_a_definition_is_a_version_with_its_hash() -> None:
    a_plan.when(define).then(first)
    a_plan.when(define).told_twice_changes_nothing()
    better = replace(PLAN, company_factor=d("1.2"))
    a_plan.given(first).when(replace(define, content=better)).then(
        BonusPlanDefined("yearly", 2, better, content_hash(better), ANALYST)
    )


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(replace(PLAN, targets=()), id="no-grade"),
        pytest.param(replace(PLAN, individual=()), id="no-rating"),
        pytest.param(replace(PLAN, targets=(*PLAN.targets, PLAN.targets[0])), id="grade-twice"),
        pytest.param(
            replace(PLAN, individual=(*PLAN.individual, PLAN.individual[0])), id="rating-twice"
        ),
    ],
)
def test_each_grade_and_rating_is_named_once(content: BonusPlanContent) -> None:
    a_plan.when(replace(define, content=content)).refused(PlanNamesEachOnce)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(replace(PLAN, targets=(GradeTarget("G5", d("-1")),)), id="target"),
        pytest.param(replace(PLAN, company_factor=d("-0.1")), id="company"),
        pytest.param(replace(PLAN, min_service_days=-1), id="service"),
        pytest.param(replace(PLAN, step_minor=0), id="step"),
    ],
)
def test_figures_of_a_plan_are_not_negative(content: BonusPlanContent) -> None:
    a_plan.when(replace(define, content=content)).refused(PlanFactorsAreNotNegative)
