"""A private note about a person, for its author alone; never published."""

from dataclasses import dataclass, replace
from typing import assert_never

from feedback.domain.commands import NoteCommand, RemoveNote, WriteNote
from feedback.domain.errors import NoteBelongsToItsAuthor, NoteWasNeverWritten
from feedback.domain.events import NoteEvent, NoteRemoved, NoteWritten, PersonId


@dataclass(frozen=True, slots=True)
class Note:
    person: PersonId | None = None
    author: PersonId | None = None
    removed: bool = False


INITIAL = Note()


def evolve(state: Note, event: NoteEvent) -> Note:
    match event:
        case NoteWritten():
            return Note(event.person, event.author)
        case NoteRemoved():
            return replace(state, removed=True)
        case _:
            assert_never(event)


def decide(state: Note, command: NoteCommand) -> list[NoteEvent]:
    match command:
        case WriteNote():
            return write(state, command)
        case RemoveNote():
            return remove(state, command)
        case _:
            assert_never(command)


def write(state: Note, c: WriteNote) -> list[NoteEvent]:
    if state.author is None:
        return [NoteWritten(c.note, c.person, c.by, c.text)]
    if state.author != c.by:
        raise NoteBelongsToItsAuthor(f"note {c.note} was written by somebody else")
    return []


def remove(state: Note, c: RemoveNote) -> list[NoteEvent]:
    if state.author is None or state.person is None:
        raise NoteWasNeverWritten(f"note {c.note} is unknown")
    if c.by != state.author:
        raise NoteBelongsToItsAuthor(f"note {c.note} was written by somebody else")
    return [] if state.removed else [NoteRemoved(c.note, state.person, c.by)]
