"""One check-in: logged once, corrected with a reason, the earlier wording kept."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import assert_never

from feedback.domain.commands import CheckInCommand, CorrectCheckIn, LogCheckIn
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
    CheckInEvent,
    CheckInLogged,
    GoalRemark,
    PersonId,
)


@dataclass(frozen=True, slots=True)
class CheckIn:
    """`wordings` counts what was said: 0 before the check-in, 1 as logged, then each correction."""

    person: PersonId | None = None
    by: str = ""
    held_on: date | None = None
    wordings: int = 0


INITIAL = CheckIn()


def evolve(state: CheckIn, event: CheckInEvent) -> CheckIn:
    match event:
        case CheckInLogged():
            return CheckIn(event.person, event.by, event.held_on, 1)
        case CheckInCorrected():
            return replace(state, held_on=event.held_on, wordings=state.wordings + 1)
        case _:
            assert_never(event)


def decide(state: CheckIn, command: CheckInCommand) -> list[CheckInEvent]:
    match command:
        case LogCheckIn():
            return log(state, command)
        case CorrectCheckIn():
            return correct(state, command)
        case _:
            assert_never(command)


def log(state: CheckIn, c: LogCheckIn) -> list[CheckInEvent]:
    if state.wordings:
        # What was said then is sealed; the same author, person and day make it the same check-in.
        if (state.person, state.by, state.held_on) == (c.person, c.by, c.held_on):
            return []
        raise CheckInIsAlreadyLogged(f"check-in {c.checkin} is logged, allowed is a correction")
    _content(c.held_on, c.confidence, c.goals, c.at)
    return [CheckInLogged(c.checkin, c.person, c.by, c.held_on, c.note, c.confidence, c.goals)]


def correct(state: CheckIn, c: CorrectCheckIn) -> list[CheckInEvent]:
    if state.person is None:
        raise CheckInWasNeverLogged(f"check-in {c.checkin} is unknown")
    if c.by != state.by:
        raise OnlyTheAuthorCorrects(f"{c.by} did not log this check-in")
    if not c.reason.strip():
        raise CorrectionNeedsAReason("the reason is empty, allowed is a sentence")
    _content(c.held_on, c.confidence, c.goals, c.at)
    return [
        CheckInCorrected(
            c.checkin,
            state.person,
            c.by,
            c.held_on,
            c.note,
            c.confidence,
            c.goals,
            state.wordings,
            c.reason,
        )
    ]


def _content(
    held_on: date, confidence: int | None, goals: Sequence[GoalRemark], at: datetime
) -> None:
    if held_on > at.date():
        raise CheckInLiesInTheFuture(f"held on {held_on}, allowed is {at.date()} or earlier")
    if confidence is not None and not 1 <= confidence <= 5:
        raise ConfidenceIsOutOfRange(f"confidence is {confidence}, allowed is 1 to 5")
    named = [remark.goal for remark in goals]
    if len(set(named)) < len(named):
        raise GoalIsRemarkedTwice("a goal is named twice, allowed is once")
