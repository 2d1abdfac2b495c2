"""What is already so in an appraisal, what only looks like it, what nobody does for themself."""

from dataclasses import replace
from datetime import timedelta

import pytest

from appraisal.domain import appraisal
from appraisal.domain.commands import Acknowledge, AdvanceStep, Reassign, Reopen, TimeOut
from appraisal.domain.errors import (
    AppraisalIsNotAtThisStep,
    DeadlineIsOver,
    InterviewLiesInTheFuture,
    NobodyDecidesOnThemself,
)
from appraisal.domain.events import PersonId, StepAdvanced
from chassis.testing import Scenario
from tests.appraisal.cases import (
    ACCEPT,
    ANN,
    HAL,
    HOLD,
    LATER,
    OPEN,
    RATE,
    RATE_SELF,
    SHARE,
    WAY,
    T,
    after,
    rated,
    until,
)

an_appraisal = Scenario(appraisal)
SKIP = AdvanceStep("self", "on leave until March", HAL, T)
REOPEN = Reopen("a reading was wrong", HAL, T)
LATE = TimeOut(1, T + timedelta(days=8))


def test_other_ratings_are_not_taken_for_the_ones_that_were_given() -> None:
    other = replace(RATE_SELF, ratings=rated("3"))
    an_appraisal.given(*until(RATE_SELF)).when(other).refused(AppraisalIsNotAtThisStep)
    an_appraisal.given(*after(OPEN, SKIP)).when(RATE_SELF).refused(AppraisalIsNotAtThisStep)
    harder = replace(RATE, ratings=rated("2"))
    an_appraisal.given(*until(RATE)).when(harder).refused(AppraisalIsNotAtThisStep)


def test_another_interview_is_not_taken_for_the_one_that_was_held() -> None:
    earlier = replace(HOLD, held_on=T.date() - timedelta(days=1))
    an_appraisal.given(*until(HOLD)).when(earlier).refused(AppraisalIsNotAtThisStep)


def test_an_answer_is_not_changed_and_silence_not_broken() -> None:
    refusing = Acknowledge("refused", "on second thoughts", ANN, T)
    an_appraisal.given(*after(*WAY)).when(refusing).refused(AppraisalIsNotAtThisStep)
    silent = after(*WAY[:-1], LATE)
    an_appraisal.given(*silent).when(replace(ACCEPT, at=LATER)).refused(DeadlineIsOver)


def test_the_deadline_is_over_for_the_employee_when_it_is_for_the_clock() -> None:
    deadline = T + timedelta(days=7)
    an_appraisal.given(*until(HOLD)).when(replace(ACCEPT, at=deadline)).refused(DeadlineIsOver)
    assert an_appraisal.given(*until(HOLD)).when(TimeOut(1, deadline)).events()


def test_an_interview_is_recorded_once_it_was_held() -> None:
    tomorrow = replace(HOLD, held_on=T.date() + timedelta(days=1))
    an_appraisal.given(*until(SHARE)).when(tomorrow).refused(InterviewLiesInTheFuture)


def test_reopening_twice_is_once_and_never_ones_own() -> None:
    an_appraisal.given(*after(*WAY)).when(REOPEN).told_twice_changes_nothing()
    own = replace(REOPEN, by=ANN)
    an_appraisal.given(*after(*WAY)).when(own).refused(NobodyDecidesOnThemself)


@pytest.mark.parametrize("manager", [None, ANN], ids=["nobody", "themself"])
def test_without_another_manager_it_stays_with_the_former(manager: PersonId | None) -> None:
    an_appraisal.given(*until(RATE_SELF)).when(Reassign(manager)).then()


def test_an_interview_that_is_passed_over_is_not_told_as_held() -> None:
    command = AdvanceStep("interview", "both are abroad", HAL, T)
    (advanced,) = an_appraisal.given(*until(SHARE)).when(command).events()
    assert isinstance(advanced, StepAdvanced)
    assert advanced.acknowledge_by == T + timedelta(days=7)
    an_appraisal.given(*until(SHARE)).when(command).told_twice_changes_nothing()
    found = an_appraisal.given(*until(SHARE), advanced).when(ACCEPT).events()
    assert [type(event).__name__ for event in found] == ["Acknowledged", "AppraisalFinalised"]
