"""The rules of a check-in."""

from dataclasses import replace
from datetime import UTC, date, datetime

from chassis.testing import Scenario
from feedback.domain import checkin
from feedback.domain.commands import CorrectCheckIn, LogCheckIn
from feedback.domain.errors import (
    CheckInIsAlreadyLogged,
    CheckInLiesInTheFuture,
    CheckInWasNeverLogged,
    ConfidenceIsOutOfRange,
    CorrectionNeedsAReason,
    GoalIsRemarkedTwice,
    OnlyTheAuthorCorrects,
)
from feedback.domain.events import (
    CheckInCorrected,
    CheckInId,
    CheckInLogged,
    GoalRemark,
    PersonId,
)

a_checkin = Scenario(checkin)

C, ANN = CheckInId("c1"), PersonId("ann")
T = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = date(2026, 3, 2)
SALES = GoalRemark("g1", "at_risk", "two large customers wait")
log = LogCheckIn(C, ANN, DAY, "a good week", 4, (SALES,), ANN, T)
logged = CheckInLogged(C, ANN, ANN, DAY, "a good week", 4, (SALES,))
correct = CorrectCheckIn(C, DAY, "a fair week", 3, (SALES,), "mixed up two weeks", ANN, T)


def test_a_checkin_is_logged() -> None:
    a_checkin.when(log).then(logged)
    a_checkin.when(log).told_twice_changes_nothing()


def test_a_logged_checkin_is_not_logged_again_as_another() -> None:
    a_checkin.given(logged).when(replace(log, held_on=date(2026, 3, 1))).refused(
        CheckInIsAlreadyLogged
    )


def test_a_checkin_was_held_by_now() -> None:
    a_checkin.when(replace(log, held_on=date(2026, 3, 3))).refused(CheckInLiesInTheFuture)


def test_confidence_is_1_to_5_or_not_said() -> None:
    for confidence in (None, 1, 5):
        assert a_checkin.when(replace(log, confidence=confidence)).events()
    for confidence in (0, 6):
        a_checkin.when(replace(log, confidence=confidence)).refused(ConfidenceIsOutOfRange)


def test_a_goal_is_remarked_once() -> None:
    a_checkin.when(replace(log, goals=(SALES, SALES))).refused(GoalIsRemarkedTwice)


def test_a_correction_names_the_wording_that_it_corrects() -> None:
    first = CheckInCorrected(C, ANN, ANN, DAY, "a fair week", 3, (SALES,), 1, "mixed up two weeks")
    a_checkin.given(logged).when(correct).then(first)
    a_checkin.given(logged, first).when(correct).then(replace(first, corrects=2))


def test_only_a_logged_checkin_is_corrected() -> None:
    a_checkin.when(correct).refused(CheckInWasNeverLogged)


def test_only_the_author_corrects() -> None:
    a_checkin.given(logged).when(replace(correct, by="bob")).refused(OnlyTheAuthorCorrects)


def test_a_correction_needs_a_reason() -> None:
    a_checkin.given(logged).when(replace(correct, reason=" ")).refused(CorrectionNeedsAReason)


def test_a_correction_is_checked_like_a_checkin() -> None:
    a_checkin.given(logged).when(replace(correct, confidence=6)).refused(ConfidenceIsOutOfRange)
