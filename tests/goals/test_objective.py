"""The rules of an objective."""

from dataclasses import replace
from datetime import date

from chassis.testing import Scenario
from goals.domain import objective
from goals.domain.commands import SetObjective
from goals.domain.errors import ObjectiveMustNotServeItself, PeriodMustNotEndBeforeItStarts
from goals.domain.events import ObjectiveCode, ObjectiveSet
from tests.goals.cases import END, EVA, START, T

an_objective = Scenario(objective)

GROW, TOP = ObjectiveCode("grow"), ObjectiveCode("top")
set_it = SetObjective(GROW, "Grow by a tenth", "growth", "sales", TOP, START, END, EVA, T)
was_set = ObjectiveSet(GROW, "Grow by a tenth", "growth", "sales", TOP, START, END)


def test_an_objective_is_set() -> None:
    an_objective.when(set_it).then(was_set)
    an_objective.when(set_it).told_twice_changes_nothing()


def test_the_same_objective_again_records_nothing() -> None:
    an_objective.given(was_set).when(set_it).then()


def test_another_wording_is_recorded() -> None:
    reworded = replace(set_it, title="Grow by a fifth")
    an_objective.given(was_set).when(reworded).then(replace(was_set, title="Grow by a fifth"))
    an_objective.given(was_set).when(reworded).told_twice_changes_nothing()


def test_a_period_lasts_a_day_or_longer() -> None:
    assert an_objective.when(replace(set_it, period_end=START)).events()
    an_objective.when(replace(set_it, period_end=date(2025, 12, 31))).refused(
        PeriodMustNotEndBeforeItStarts
    )


def test_an_objective_does_not_serve_itself() -> None:
    assert an_objective.when(replace(set_it, parent=None)).events()
    an_objective.when(replace(set_it, parent=GROW)).refused(ObjectiveMustNotServeItself)
