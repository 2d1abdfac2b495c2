"""Feedback from one person to another: given once, withdrawn by its giver alone."""

from dataclasses import dataclass, replace
from typing import assert_never

from feedback.domain.commands import FeedbackCommand, GiveFeedback, WithdrawFeedback
from feedback.domain.errors import (
    FeedbackGoesToSomebodyElse,
    FeedbackSaysSomething,
    FeedbackWasAlreadyGiven,
    FeedbackWasNeverGiven,
    OnlyTheGiverWithdraws,
)
from feedback.domain.events import FeedbackEvent, FeedbackGiven, FeedbackWithdrawn, PersonId


@dataclass(frozen=True, slots=True)
class Feedback:
    person: PersonId | None = None
    giver: PersonId | None = None
    withdrawn: bool = False


INITIAL = Feedback()


def evolve(state: Feedback, event: FeedbackEvent) -> Feedback:
    match event:
        case FeedbackGiven():
            return Feedback(event.person, event.giver)
        case FeedbackWithdrawn():
            return replace(state, withdrawn=True)
        case _:
            assert_never(event)


def decide(state: Feedback, command: FeedbackCommand) -> list[FeedbackEvent]:
    match command:
        case GiveFeedback():
            return give(state, command)
        case WithdrawFeedback():
            return withdraw(state, command)
        case _:
            assert_never(command)


def give(state: Feedback, c: GiveFeedback) -> list[FeedbackEvent]:
    if state.person is not None:
        if (state.person, state.giver) == (c.person, c.by):
            return []
        raise FeedbackWasAlreadyGiven(f"feedback {c.feedback} exists, allowed is a new one")
    if c.by == c.person:
        raise FeedbackGoesToSomebodyElse("the giver is the receiver, allowed is somebody else")
    if not c.text.strip():
        raise FeedbackSaysSomething("the text is empty, allowed is at least one word")
    return [FeedbackGiven(c.feedback, c.person, c.by, c.visibility, c.text, c.tags, c.goal)]


def withdraw(state: Feedback, c: WithdrawFeedback) -> list[FeedbackEvent]:
    if state.person is None or state.giver is None:
        raise FeedbackWasNeverGiven(f"feedback {c.feedback} is unknown")
    if c.by != state.giver:
        raise OnlyTheGiverWithdraws(f"{c.by} did not give this feedback")
    if state.withdrawn:
        return []
    return [FeedbackWithdrawn(c.feedback, state.person, state.giver, c.reason)]
