"""The rules of feedback and of private notes."""

from dataclasses import replace
from datetime import UTC, datetime

from chassis.testing import Scenario
from feedback.domain import feedback, note
from feedback.domain.commands import GiveFeedback, RemoveNote, WithdrawFeedback, WriteNote
from feedback.domain.errors import (
    FeedbackGoesToSomebodyElse,
    FeedbackSaysSomething,
    FeedbackWasAlreadyGiven,
    FeedbackWasNeverGiven,
    NoteBelongsToItsAuthor,
    NoteWasNeverWritten,
    OnlyTheGiverWithdraws,
)
from feedback.domain.events import (
    FeedbackGiven,
    FeedbackId,
    FeedbackWithdrawn,
    NoteId,
    NoteRemoved,
    NoteWritten,
    PersonId,
)

some_feedback = Scenario(feedback)
a_note = Scenario(note)

F, N = FeedbackId("f1"), NoteId("n1")
ANN, BOB, EVA = PersonId("ann"), PersonId("bob"), PersonId("eva")
T = datetime(2026, 3, 2, 9, tzinfo=UTC)
give = GiveFeedback(F, ANN, "receiver", "well argued", ("clear",), None, BOB, T)
given = FeedbackGiven(F, ANN, BOB, "receiver", "well argued", ("clear",), None)
withdraw = WithdrawFeedback(F, "meant for somebody else", BOB, T)
withdrawn = FeedbackWithdrawn(F, ANN, BOB, "meant for somebody else")
write = WriteNote(N, ANN, "ask about the move", BOB, T)
written = NoteWritten(N, ANN, BOB, "ask about the move")
remove = RemoveNote(N, BOB, T)


def test_feedback_is_given_once() -> None:
    some_feedback.when(give).then(given)
    some_feedback.when(give).told_twice_changes_nothing()
    some_feedback.given(given).when(replace(give, person=EVA)).refused(FeedbackWasAlreadyGiven)


def test_nobody_gives_feedback_to_themself() -> None:
    some_feedback.when(replace(give, by=ANN)).refused(FeedbackGoesToSomebodyElse)


def test_feedback_says_something() -> None:
    some_feedback.when(replace(give, text="  ")).refused(FeedbackSaysSomething)


def test_the_giver_withdraws() -> None:
    some_feedback.given(given).when(withdraw).then(withdrawn)
    some_feedback.given(given).when(withdraw).told_twice_changes_nothing()


def test_nobody_else_withdraws() -> None:
    some_feedback.given(given).when(replace(withdraw, by=ANN)).refused(OnlyTheGiverWithdraws)


def test_only_given_feedback_is_withdrawn() -> None:
    some_feedback.when(withdraw).refused(FeedbackWasNeverGiven)


def test_a_note_is_written_and_removed_by_its_author() -> None:
    a_note.when(write).then(written)
    a_note.when(write).told_twice_changes_nothing()
    a_note.given(written).when(remove).then(NoteRemoved(N, ANN, BOB))
    a_note.given(written).when(remove).told_twice_changes_nothing()


def test_a_note_belongs_to_its_author() -> None:
    a_note.given(written).when(replace(remove, by=EVA)).refused(NoteBelongsToItsAuthor)
    a_note.given(written).when(replace(write, by=EVA)).refused(NoteBelongsToItsAuthor)


def test_only_a_written_note_is_removed() -> None:
    a_note.when(remove).refused(NoteWasNeverWritten)
