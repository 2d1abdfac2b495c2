"""Progress against a contract: readings, and corrections that leave the earlier one readable."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import assert_never

from goals.domain.commands import Agreed, CorrectProgress, ProgressCommand, RecordProgress
from goals.domain.errors import (
    ContractIsNotInForce,
    GoalIsNotInTheContract,
    ReadingIsUnknown,
    ReadingLiesInTheFuture,
    ReadingLiesOutsideThePeriod,
    ReadingWasAlreadyCorrected,
    ReasonIsRequired,
)
from goals.domain.events import (
    GoalId,
    ProgressCorrected,
    ProgressEvent,
    ProgressRecorded,
    ReadingId,
)


@dataclass(frozen=True, slots=True)
class Progress:
    """Which readings there are, and which of them were corrected."""

    goals: Mapping[ReadingId, GoalId] = field(default_factory=dict)
    corrected: frozenset[ReadingId] = frozenset()


INITIAL = Progress()


def evolve(state: Progress, event: ProgressEvent) -> Progress:
    goals = {**state.goals, event.reading: event.goal}
    match event:
        case ProgressRecorded():
            return Progress(goals, state.corrected)
        case ProgressCorrected():
            return Progress(goals, state.corrected | {event.corrects})
        case _:
            assert_never(event)


def decide(state: Progress, command: ProgressCommand) -> list[ProgressEvent]:
    match command:
        case RecordProgress():
            return record(state, command)
        case CorrectProgress():
            return correct(state, command)
        case _:
            assert_never(command)


def record(state: Progress, c: RecordProgress) -> list[ProgressEvent]:
    if c.reading in state.goals:
        return []
    _check_day(c.agreed, c.as_of, c.at.date())
    if c.agreed is None or c.goal not in c.agreed.goals:
        raise GoalIsNotInTheContract(f"goal {c.goal} is not one of the contract's")
    return [
        ProgressRecorded(
            c.reading, c.plan, c.person, c.goal, c.value, c.as_of, c.source, c.by, c.note
        )
    ]


def correct(state: Progress, c: CorrectProgress) -> list[ProgressEvent]:
    if c.reading in state.goals:
        return []
    if c.corrects not in state.goals:
        raise ReadingIsUnknown(f"reading {c.corrects} was never recorded")
    if c.corrects in state.corrected:
        raise ReadingWasAlreadyCorrected(f"reading {c.corrects} has a later one in its place")
    if not c.reason.strip():
        raise ReasonIsRequired("found none, a correction says why")
    _check_day(c.agreed, c.as_of, c.at.date())
    goal = state.goals[c.corrects]
    return [
        ProgressCorrected(
            c.reading, c.corrects, c.plan, c.person, goal, c.value, c.as_of, c.by, c.reason
        )
    ]


def _check_day(agreed: Agreed | None, as_of: date, today: date) -> None:
    if agreed is None:
        raise ContractIsNotInForce("there is no contract to measure against")
    if not agreed.period_start <= as_of <= agreed.period_end:
        allowed = f"{agreed.period_start} to {agreed.period_end}"
        raise ReadingLiesOutsideThePeriod(f"as of {as_of}, allowed is {allowed}")
    if as_of > today:
        raise ReadingLiesInTheFuture(f"as of {as_of}, today is {today}")
