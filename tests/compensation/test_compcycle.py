"""A cycle is launched once, with terms that fit together."""

from dataclasses import replace
from datetime import date

from chassis.testing import Scenario
from compensation.domain import compcycle
from compensation.domain.commands import LaunchCycle
from compensation.domain.compcycle import (
    IncreaseCannotPrecedeThePeriod,
    LaunchedCycleCannotChange,
    MatrixAndPlanMustRateAlike,
    OnePoolPerPurpose,
)
from compensation.domain.events import CycleLaunched
from compensation.domain.terms import PoolId, PoolUse, content_hash
from tests.compensation.cases import CYCLE, LAUNCHER, PLAN, TERMS, T, d

a_cycle = Scenario(compcycle)
launch = LaunchCycle(CYCLE, TERMS, LAUNCHER, T)
launched = CycleLaunched(CYCLE, TERMS, content_hash(TERMS), LAUNCHER)


def test_a_launch_freezes_the_terms() -> None:
    a_cycle.when(launch).then(launched)
    a_cycle.when(launch).told_twice_changes_nothing()


def test_launched_terms_do_not_change() -> None:
    other = replace(TERMS, plan_version=2, plan_content=replace(PLAN, company_factor=d("2")))
    a_cycle.given(launched).when(replace(launch, terms=other)).refused(LaunchedCycleCannotChange)


def test_matrix_and_plan_name_the_same_ratings() -> None:
    fewer = replace(TERMS, plan_content=replace(PLAN, individual=PLAN.individual[:1]))
    a_cycle.when(replace(launch, terms=fewer)).refused(MatrixAndPlanMustRateAlike)


def test_two_pools_cannot_pay_for_the_same() -> None:
    again = PoolUse(PoolId("third"), "merit", "EUR", None)
    both = replace(TERMS, pools=(*TERMS.pools, again))
    a_cycle.when(replace(launch, terms=both)).refused(OnePoolPerPurpose)
    own = replace(TERMS, pools=(*TERMS.pools, replace(again, entity="MT-DE")))
    assert len(a_cycle.when(replace(launch, terms=own)).events()) == 1


def test_an_increase_does_not_precede_its_period() -> None:
    early = replace(TERMS, increase_on=date(2025, 12, 31))
    a_cycle.when(replace(launch, terms=early)).refused(IncreaseCannotPrecedeThePeriod)
