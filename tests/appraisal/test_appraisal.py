"""An appraisal's steps, who takes them, what moves a result and what does not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from appraisal.domain import appraisal
from appraisal.domain.commands import (
    Acknowledge,
    AdvanceStep,
    AppraisalCommand,
    Evidence,
    HoldInterview,
    Rate,
    RateSelf,
    Reading,
    Reassign,
    Reopen,
    ShareResult,
    TimeOut,
)
from appraisal.domain.errors import (
    AppraisalIsNotAtThisStep,
    AppraisalIsNotFinalised,
    ContractIsMissing,
    DeadlineIsOver,
    LineIsUnknown,
    NobodyDecidesOnThemself,
    NobodyRatesThemselfAsManager,
    OnlyTheEmployeeMayDoThis,
    OnlyTheManagerMayDoThis,
    RatingIsMissing,
    RatingLiesOutsideTheScale,
    ReasonIsRequired,
)
from appraisal.domain.events import (
    Acknowledged,
    AcknowledgementTimedOut,
    AppraisalFinalised,
    AppraisalReassigned,
    AppraisalReopened,
    InterviewHeld,
    ManagerRated,
    PersonId,
    ResultShared,
    ScoreComputed,
    SelfRated,
    SelfSkipped,
    StepAdvanced,
)
from appraisal.domain.hashing import digest
from chassis.testing import Scenario
from tests.appraisal.cases import (
    ACCEPT,
    ANN,
    BOB,
    CONTENT,
    CONTRACT,
    END,
    EVA,
    EVIDENCE,
    HAL,
    HOLD,
    LATER,
    OPEN,
    RATE,
    RATE_SELF,
    READINGS,
    SHARE,
    START,
    WAY,
    D,
    T,
    after,
    rated,
    until,
)

an_appraisal = Scenario(appraisal)
ABOUT = (OPEN.appraisal, OPEN.cycle, ANN)
SKIP = AdvanceStep("self", "on leave until March", HAL, T)
REOPEN = Reopen("a reading was wrong", HAL, T)
LATE = TimeOut(1, T + timedelta(days=8))


def test_the_usual_way_ends_in_a_final_result() -> None:
    names = [type(event).__name__ for event in after(*WAY)]
    assert names == [
        "AppraisalOpened",
        "SelfRated",
        "ManagerRated",
        "ScoreComputed",
        "ResultShared",
        "InterviewHeld",
        "Acknowledged",
        "AppraisalFinalised",
    ]


@pytest.mark.parametrize("step", range(len(WAY)), ids=[type(c).__name__ for c in WAY])
def test_a_step_told_twice_is_taken_once(step: int) -> None:
    an_appraisal.given(*after(*WAY[:step])).when(WAY[step]).told_twice_changes_nothing()


@pytest.mark.parametrize("step", range(2, len(WAY)), ids=[type(c).__name__ for c in WAY[2:]])
def test_no_step_is_left_out(step: int) -> None:
    before = after(*WAY[: step - 1])
    an_appraisal.given(*before).when(WAY[step]).refused(AppraisalIsNotAtThisStep)


@pytest.mark.parametrize("command", WAY[1:], ids=[type(c).__name__ for c in WAY[1:]])
def test_nothing_happens_to_an_appraisal_that_was_not_opened(command: AppraisalCommand) -> None:
    an_appraisal.given().when(command).refused(AppraisalIsNotAtThisStep)


# Self rating


def test_the_employee_rates_themself() -> None:
    an_appraisal.given(*after(OPEN)).when(RATE_SELF).then(
        SelfRated(*ABOUT, RATE_SELF.ratings, "a good year")
    )


@pytest.mark.parametrize("by", [BOB, HAL])
def test_nobody_else_gives_a_self_rating(by: PersonId) -> None:
    command = replace(RATE_SELF, by=by)
    an_appraisal.given(*after(OPEN)).when(command).refused(OnlyTheEmployeeMayDoThis)


def test_the_self_rating_does_not_enter_the_score() -> None:
    with_self = after(OPEN, RATE_SELF, RATE)[-1]
    without = after(OPEN, SKIP, RATE)[-1]
    assert isinstance(with_self, ScoreComputed)
    assert with_self == without


# Ratings


@pytest.mark.parametrize("value", ["5.9", "5.01", "0.99", "-1"])
def test_a_rating_lies_on_the_scale_to_the_last_decimal(value: str) -> None:
    too_far = replace(RATE, ratings=rated(value))
    an_appraisal.given(*until(RATE_SELF)).when(too_far).refused(RatingLiesOutsideTheScale)
    own = replace(RATE_SELF, ratings=rated(value))
    an_appraisal.given(*after(OPEN)).when(own).refused(RatingLiesOutsideTheScale)


@pytest.mark.parametrize("value", ["1", "5", "4.25"])
def test_both_ends_of_the_scale_can_be_given(value: str) -> None:
    command = replace(RATE, ratings=rated(value))
    found = an_appraisal.given(*until(RATE_SELF)).when(command).events()
    assert [type(event) for event in found] == [ManagerRated, ScoreComputed]


@pytest.mark.parametrize("command", [RATE, RATE_SELF], ids=["manager", "employee"])
def test_only_lines_of_the_contract_are_rated(command: Rate | RateSelf) -> None:
    history = until(RATE_SELF) if isinstance(command, Rate) else after(OPEN)
    unknown = replace(command, ratings=(*rated("4"), *rated("4", "juggle")))
    an_appraisal.given(*history).when(unknown).refused(LineIsUnknown)
    twice = replace(command, ratings=(*rated("4"), *rated("3")))
    an_appraisal.given(*history).when(twice).refused(LineIsUnknown)


def test_the_manager_rates_every_competency() -> None:
    command = replace(RATE, ratings=())
    an_appraisal.given(*until(RATE_SELF)).when(command).refused(RatingIsMissing)


def test_there_is_no_score_without_a_contract() -> None:
    command = replace(RATE, evidence=Evidence((), ()))
    an_appraisal.given(*until(RATE_SELF)).when(command).refused(ContractIsMissing)


def test_the_score_is_computed_with_the_managers_rating() -> None:
    found = an_appraisal.given(*until(RATE_SELF)).when(RATE).events()
    assert found[0] == ManagerRated(*ABOUT, 1, BOB, RATE.ratings, "keep going")
    computed = found[1]
    assert isinstance(computed, ScoreComputed)
    assert (computed.sheet.score, computed.sheet.rating) == (D("3.44"), "A")
    assert computed.sheet.scheme_hash == OPEN.scheme_hash


def test_a_manager_never_rates_themself() -> None:
    own = replace(OPEN, manager=ANN)
    an_appraisal.given(*after(own, RATE_SELF)).when(replace(RATE, by=ANN)).refused(
        NobodyRatesThemselfAsManager
    )


@pytest.mark.parametrize("command", [RATE, SHARE, HOLD], ids=["rate", "share", "interview"])
@pytest.mark.parametrize("by", [EVA, HAL])
def test_only_the_manager_of_record_rates_shares_and_holds_the_interview(
    command: Rate | ShareResult | HoldInterview, by: PersonId
) -> None:
    history = until(WAY[WAY.index(command) - 1])
    asked = replace(command, by=by)
    an_appraisal.given(*history).when(asked).refused(OnlyTheManagerMayDoThis)


# What does not move the score


def test_a_later_reading_and_another_contract_move_nothing() -> None:
    later = Reading("r9", "revenue", D(10), END)
    amended = replace(CONTRACT, revision=2, content_hash="hash-2", goals=CONTRACT.goals[:1])
    evidence = Evidence((CONTRACT, amended), (*READINGS, later))
    an_appraisal.given(*until(RATE)).when(replace(RATE, evidence=evidence)).then()


def test_the_final_result_is_the_computed_one_with_the_hash_of_its_sheet() -> None:
    history = after(*WAY)
    computed, final = history[3], history[-1]
    assert isinstance(computed, ScoreComputed)
    assert final == AppraisalFinalised(
        *ABOUT, BOB, 1, D("3.44"), "A", START, END, digest(computed.sheet)
    )


# Managers that change


def test_open_tasks_move_to_the_new_manager_on_the_record() -> None:
    history = until(RATE_SELF)
    an_appraisal.given(*history).when(Reassign(EVA)).then(AppraisalReassigned(*ABOUT, EVA, BOB))
    moved = after(OPEN, RATE_SELF, Reassign(EVA))
    an_appraisal.given(*moved).when(RATE).refused(OnlyTheManagerMayDoThis)
    found = an_appraisal.given(*moved).when(replace(RATE, by=EVA)).events()
    assert isinstance(found[0], ManagerRated)
    assert found[0].by == EVA


def test_what_the_former_manager_rated_stays() -> None:
    moved = [*until(RATE), *after(OPEN, Reassign(EVA))[-1:]]
    an_appraisal.given(*moved).when(replace(SHARE, by=EVA)).then(ResultShared(*ABOUT, 1, EVA))


def test_the_same_manager_and_a_final_result_are_not_reassigned() -> None:
    an_appraisal.given(*after(OPEN)).when(Reassign(BOB)).then()
    an_appraisal.given(*after(*WAY)).when(Reassign(EVA)).then()
    an_appraisal.given().when(Reassign(EVA)).then()


# Acting for somebody


def test_the_self_rating_is_skipped_for_somebody_with_a_reason() -> None:
    an_appraisal.given(*after(OPEN)).when(SKIP).then(
        StepAdvanced(*ABOUT, "self", HAL, SKIP.reason), SelfSkipped(*ABOUT)
    )


def test_the_result_is_shared_for_somebody_with_a_reason() -> None:
    command = AdvanceStep("share", "the manager is ill", HAL, T)
    an_appraisal.given(*until(RATE)).when(command).then(
        StepAdvanced(*ABOUT, "share", HAL, command.reason), ResultShared(*ABOUT, 1, HAL)
    )


@pytest.mark.parametrize("step", ["self", "share", "interview"])
def test_a_step_that_was_taken_is_not_advanced_again(step: str) -> None:
    command = AdvanceStep(step, "late", HAL, T)  # type: ignore[arg-type]  # the literal comes from the table
    an_appraisal.given(*after(*WAY)).when(command).then()


@pytest.mark.parametrize("step", ["manager", "acknowledge"])
@pytest.mark.parametrize("history", [until(RATE_SELF), until(HOLD)], ids=["rating", "answering"])
def test_nobody_rates_or_answers_for_somebody_else(step: str, history: list[object]) -> None:
    command = AdvanceStep(step, "late", HAL, T)  # type: ignore[arg-type]  # the literal comes from the table
    an_appraisal.given(*history).when(command).refused(AppraisalIsNotAtThisStep)  # type: ignore[arg-type]  # events


def test_acting_for_somebody_says_why() -> None:
    command = replace(SKIP, reason="  ")
    an_appraisal.given(*after(OPEN)).when(command).refused(ReasonIsRequired)


def test_nobody_advances_their_own_appraisal() -> None:
    command = replace(SKIP, by=ANN)
    an_appraisal.given(*after(OPEN)).when(command).refused(NobodyDecidesOnThemself)


# The interview and the answer


def test_the_interview_starts_the_time_to_answer() -> None:
    an_appraisal.given(*until(SHARE)).when(HOLD).then(
        InterviewHeld(*ABOUT, 1, T.date(), "a course in March", T + timedelta(days=7), BOB)
    )


@pytest.mark.parametrize("kind", ["accepted_with_disagreement", "refused"])
def test_whoever_disagrees_or_refuses_says_why_and_the_result_is_final(kind: str) -> None:
    silent = Acknowledge(kind, " ", ANN, T)  # type: ignore[arg-type]  # the literal comes from the table
    an_appraisal.given(*until(HOLD)).when(silent).refused(ReasonIsRequired)
    found = an_appraisal.given(*until(HOLD)).when(replace(silent, comment="not so")).events()
    assert found[0] == Acknowledged(*ABOUT, 1, kind, "not so")  # type: ignore[arg-type]  # as above
    assert isinstance(found[1], AppraisalFinalised)


def test_nobody_answers_for_the_employee() -> None:
    command = replace(ACCEPT, by=BOB)
    an_appraisal.given(*until(HOLD)).when(command).refused(OnlyTheEmployeeMayDoThis)


def test_silence_until_the_deadline_is_silence_and_not_consent() -> None:
    found = an_appraisal.given(*until(HOLD)).when(LATE).events()
    assert found[0] == AcknowledgementTimedOut(*ABOUT, 1, T + timedelta(days=7))
    assert isinstance(found[1], AppraisalFinalised)
    assert not any(isinstance(event, Acknowledged) for event in found)
    an_appraisal.given(*until(HOLD)).when(LATE).told_twice_changes_nothing()


def test_after_the_deadline_there_is_no_answer_any_more() -> None:
    command = replace(ACCEPT, at=LATER)
    an_appraisal.given(*until(HOLD)).when(command).refused(DeadlineIsOver)


@pytest.mark.parametrize(
    ("history", "command"),
    [
        (until(HOLD), replace(LATE, at=T + timedelta(days=6))),
        (until(HOLD), replace(LATE, revision=2)),
        (until(SHARE), LATE),
        (after(*WAY), LATE),
    ],
    ids=["too early", "another revision", "no interview yet", "answered in time"],
)
def test_a_clock_that_rings_for_nothing_changes_nothing(
    history: list[object], command: TimeOut
) -> None:
    an_appraisal.given(*history).when(command).then()  # type: ignore[arg-type]  # events


# Revisions


def test_a_final_result_is_reopened_as_the_next_revision() -> None:
    an_appraisal.given(*after(*WAY)).when(REOPEN).then(
        AppraisalReopened(*ABOUT, 2, HAL, "a reading was wrong")
    )


@pytest.mark.parametrize("last", [OPEN, RATE_SELF, RATE, SHARE, HOLD])
def test_only_a_final_result_is_reopened(last: AppraisalCommand) -> None:
    an_appraisal.given(*until(last)).when(REOPEN).refused(AppraisalIsNotFinalised)


def test_reopening_says_why() -> None:
    command = replace(REOPEN, reason="")
    an_appraisal.given(*after(*WAY)).when(command).refused(ReasonIsRequired)


def test_the_next_revision_goes_the_whole_way_with_what_is_known_then() -> None:
    corrected = (Reading("r3", "revenue", D(120), END), READINGS[1])
    again = replace(RATE, evidence=replace(EVIDENCE, readings=corrected))
    history = after(*WAY, REOPEN, again, SHARE, HOLD, ACCEPT)
    first, second = [event for event in history if isinstance(event, AppraisalFinalised)]
    assert (first.revision, first.score, second.revision) == (1, D("3.44"), 2)
    # 60 % of 5 and 40 % of 2, of which 70 %; and 30 % of 4.
    assert second.score == D("3.86")
    assert second.sheet_hash != first.sheet_hash


def test_the_deadline_of_an_earlier_revision_does_not_end_the_next() -> None:
    history = after(*WAY, REOPEN, RATE, SHARE, HOLD)
    an_appraisal.given(*history).when(LATE).then()


def test_the_scheme_of_the_opening_is_the_one_that_counts() -> None:
    coarse = replace(OPEN, content=replace(CONTENT, places=0))
    computed = after(coarse, RATE_SELF, RATE)[-1]
    assert isinstance(computed, ScoreComputed)
    assert computed.sheet.score == D(3)
