"""The rules of progress: readings, and corrections that leave the earlier one readable."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from chassis.testing import Scenario
from goals.domain import progress
from goals.domain.commands import Agreed, CorrectProgress, RecordProgress
from goals.domain.errors import (
    ContractIsNotInForce,
    GoalIsNotInTheContract,
    ReadingIsUnknown,
    ReadingLiesInTheFuture,
    ReadingLiesOutsideThePeriod,
    ReadingWasAlreadyCorrected,
    ReasonIsRequired,
)
from goals.domain.events import GoalId, ProgressCorrected, ProgressRecorded, ReadingId
from tests.goals.cases import ANN, BOB, END, PLAN, START, T

some_progress = Scenario(progress)

REVENUE = GoalId("revenue")
AGREED = Agreed(frozenset({REVENUE}), START, END)
FIRST, SECOND, THIRD = ReadingId("r1"), ReadingId("r2"), ReadingId("r3")
DAY = date(2026, 1, 15)

record = RecordProgress(
    FIRST, PLAN, ANN, AGREED, REVENUE, Decimal("12.5"), DAY, "ledger", "as invoiced", ANN, T
)
recorded = ProgressRecorded(
    FIRST, PLAN, ANN, REVENUE, Decimal("12.5"), DAY, "ledger", ANN, "as invoiced"
)
correct = CorrectProgress(
    SECOND, FIRST, PLAN, ANN, AGREED, Decimal(13), DAY, "typed a wrong digit", BOB, T
)
corrected = ProgressCorrected(
    SECOND, FIRST, PLAN, ANN, REVENUE, Decimal(13), DAY, BOB, "typed a wrong digit"
)


def test_a_reading_of_an_agreed_goal_is_recorded() -> None:
    some_progress.when(record).then(recorded)
    some_progress.when(record).told_twice_changes_nothing()


def test_the_same_reading_again_is_already_so() -> None:
    some_progress.given(recorded).when(record).then()


def test_a_goal_that_was_not_agreed_has_no_readings() -> None:
    some_progress.when(replace(record, goal=GoalId("other"))).refused(GoalIsNotInTheContract)


def test_without_a_contract_nothing_is_measured() -> None:
    some_progress.when(replace(record, agreed=None)).refused(ContractIsNotInForce)
    some_progress.given(recorded).when(replace(correct, agreed=None)).refused(ContractIsNotInForce)


@pytest.mark.parametrize("day", [date(2025, 12, 31), date(2027, 1, 1)])
def test_a_reading_is_of_a_day_of_the_period(day: date) -> None:
    next_year = datetime(2027, 1, 10, tzinfo=UTC)
    for within in (START, END):
        assert some_progress.when(replace(record, as_of=within, at=next_year)).events()
    some_progress.when(replace(record, as_of=day)).refused(ReadingLiesOutsideThePeriod)
    some_progress.given(recorded).when(replace(correct, as_of=day)).refused(
        ReadingLiesOutsideThePeriod
    )


def test_a_reading_is_not_of_tomorrow() -> None:
    tomorrow = date(2026, 1, 21)
    assert some_progress.when(replace(record, as_of=T.date())).events()
    some_progress.when(replace(record, as_of=tomorrow)).refused(ReadingLiesInTheFuture)
    some_progress.given(recorded).when(replace(correct, as_of=tomorrow)).refused(
        ReadingLiesInTheFuture
    )


def test_a_correction_stands_in_for_a_reading_of_the_same_goal() -> None:
    some_progress.given(recorded).when(correct).then(corrected)
    some_progress.given(recorded).when(correct).told_twice_changes_nothing()


def test_a_correction_can_itself_be_corrected() -> None:
    again = replace(correct, reading=THIRD, corrects=SECOND)
    some_progress.given(recorded, corrected).when(again).then(
        replace(corrected, reading=THIRD, corrects=SECOND)
    )


def test_a_reading_is_corrected_once() -> None:
    some_progress.given(recorded, corrected).when(replace(correct, reading=THIRD)).refused(
        ReadingWasAlreadyCorrected
    )


def test_every_correction_is_remembered() -> None:
    """A correction is of its own reading's goal, and a later one leaves the earlier corrected."""
    margin = replace(recorded, reading=THIRD, goal=GoalId("margin"))
    fix = replace(correct, reading=ReadingId("r4"), corrects=THIRD)
    fixed = replace(corrected, reading=ReadingId("r4"), corrects=THIRD, goal=GoalId("margin"))
    history = (recorded, margin, corrected)
    some_progress.given(*history).when(fix).then(fixed)
    some_progress.given(*history, fixed).when(replace(correct, reading=ReadingId("r5"))).refused(
        ReadingWasAlreadyCorrected
    )


def test_what_was_never_read_is_not_corrected() -> None:
    some_progress.when(correct).refused(ReadingIsUnknown)


def test_a_correction_says_why() -> None:
    some_progress.given(recorded).when(replace(correct, reason=" ")).refused(ReasonIsRequired)
