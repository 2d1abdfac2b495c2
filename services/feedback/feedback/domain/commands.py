"""What can be asked of check-ins, feedback and notes: who asks, when, and what."""

from dataclasses import dataclass
from datetime import date, datetime

from feedback.domain.events import (
    CheckInId,
    FeedbackId,
    GoalRemark,
    NoteId,
    PersonId,
    Visibility,
)


@dataclass(frozen=True, slots=True)
class LogCheckIn:
    checkin: CheckInId
    person: PersonId
    held_on: date
    note: str
    confidence: int | None
    goals: tuple[GoalRemark, ...]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CorrectCheckIn:
    checkin: CheckInId
    held_on: date
    note: str
    confidence: int | None
    goals: tuple[GoalRemark, ...]
    reason: str
    by: str
    at: datetime


CheckInCommand = LogCheckIn | CorrectCheckIn


@dataclass(frozen=True, slots=True)
class GiveFeedback:
    feedback: FeedbackId
    person: PersonId
    visibility: Visibility
    text: str
    tags: tuple[str, ...]
    goal: str | None
    by: PersonId
    at: datetime


@dataclass(frozen=True, slots=True)
class WithdrawFeedback:
    feedback: FeedbackId
    reason: str
    by: PersonId
    at: datetime


FeedbackCommand = GiveFeedback | WithdrawFeedback


@dataclass(frozen=True, slots=True)
class WriteNote:
    note: NoteId
    person: PersonId
    text: str
    by: PersonId
    at: datetime


@dataclass(frozen=True, slots=True)
class RemoveNote:
    note: NoteId
    by: PersonId
    at: datetime


NoteCommand = WriteNote | RemoveNote
