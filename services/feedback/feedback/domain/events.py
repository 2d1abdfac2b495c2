"""What happens to check-ins, feedback and private notes, as it is stored and published."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal, NewType

PersonId = NewType("PersonId", str)
CheckInId = NewType("CheckInId", str)
FeedbackId = NewType("FeedbackId", str)
NoteId = NewType("NoteId", str)

GoalStatus = Literal["on_track", "at_risk", "off_track"]
Visibility = Literal["receiver", "receiver_and_manager"]


@dataclass(frozen=True, slots=True)
class GoalRemark:
    """How one agreed goal stands, in the author's eyes."""

    goal: str
    status: GoalStatus
    note: Annotated[str, "personal:person"]


@dataclass(frozen=True, slots=True)
class CheckInLogged:
    """`confidence` runs from 1 (will miss the goals) to 5 (will reach them)."""

    checkin: CheckInId
    person: PersonId
    by: str
    held_on: date
    note: Annotated[str, "personal:person"]
    confidence: int | None
    goals: tuple[GoalRemark, ...]


@dataclass(frozen=True, slots=True)
class CheckInCorrected:
    """The check-in as it should read; `corrects` counts the earlier wording, 1 being the first."""

    checkin: CheckInId
    person: PersonId
    by: str
    held_on: date
    note: Annotated[str, "personal:person"]
    confidence: int | None
    goals: tuple[GoalRemark, ...]
    corrects: int
    reason: Annotated[str, "personal:person"]


@dataclass(frozen=True, slots=True)
class FeedbackGiven:
    """`person` is the receiver, and the text is theirs."""

    feedback: FeedbackId
    person: PersonId
    giver: PersonId
    visibility: Visibility
    text: Annotated[str, "personal:person"]
    tags: tuple[str, ...]
    goal: str | None


@dataclass(frozen=True, slots=True)
class FeedbackWithdrawn:
    feedback: FeedbackId
    person: PersonId
    giver: PersonId
    reason: Annotated[str, "personal:person"]


@dataclass(frozen=True, slots=True)
class NoteWritten:
    """A note for its author alone; its stream is never published."""

    note: NoteId
    person: PersonId
    author: PersonId
    text: Annotated[str, "personal:person"]


@dataclass(frozen=True, slots=True)
class NoteRemoved:
    note: NoteId
    person: PersonId
    author: PersonId


CheckInEvent = CheckInLogged | CheckInCorrected
FeedbackEvent = FeedbackGiven | FeedbackWithdrawn
NoteEvent = NoteWritten | NoteRemoved
Event = CheckInEvent | FeedbackEvent | NoteEvent

STORED: dict[tuple[str, int], type] = {
    ("feedback.CheckInLogged", 1): CheckInLogged,
    ("feedback.CheckInCorrected", 1): CheckInCorrected,
    ("feedback.FeedbackGiven", 1): FeedbackGiven,
    ("feedback.FeedbackWithdrawn", 1): FeedbackWithdrawn,
    ("feedback.NoteWritten", 1): NoteWritten,
    ("feedback.NoteRemoved", 1): NoteRemoved,
}
