"""The rules of wage types."""

from dataclasses import replace

from chassis.testing import Scenario
from payroll.domain import setup
from payroll.domain.commands import SetWageTypes
from payroll.domain.errors import CodeIsUnreadable, ComponentIsNamedTwice
from payroll.domain.events import WageType, WageTypesSet
from tests.payroll.cases import PIA, T

a_setup = Scenario(setup)
MERIT, BONUS = WageType("merit", "1000"), WageType("bonus", "2200")
set_merit = SetWageTypes("AT01", (MERIT,), PIA, T)


def test_wage_types_are_set_per_component() -> None:
    a_setup.when(set_merit).then(WageTypesSet("AT01", (MERIT,), PIA))
    a_setup.when(set_merit).told_twice_changes_nothing()


def test_components_that_are_not_named_keep_theirs() -> None:
    a_setup.given(WageTypesSet("AT01", (MERIT,), PIA)).when(
        replace(set_merit, wage_types=(BONUS,))
    ).then(WageTypesSet("AT01", (BONUS, MERIT), PIA))


def test_a_component_has_one_wage_type() -> None:
    a_setup.when(replace(set_merit, wage_types=(MERIT, MERIT))).refused(ComponentIsNamedTwice)


def test_a_wage_type_can_stand_in_a_file_as_it_is() -> None:
    a_setup.when(replace(set_merit, wage_types=(WageType("merit", "1,0"),))).refused(
        CodeIsUnreadable
    )
