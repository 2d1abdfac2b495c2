"""One person: employment, assignments and pay, each counting from its own day."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import reduce
from typing import TypeVar, assert_never

from people.domain.commands import (
    Assign,
    Assignment,
    ConfirmErasure,
    Leave,
    Pay,
    PersonCommand,
    ProposeErasure,
    RecordPay,
    Register,
    Rename,
    Return,
    TakeRow,
)
from people.domain.errors import (
    ErasureNeedsASecondPerson,
    ErasureWasNotProposed,
    FactLiesOutsideEmployment,
    ManagersMustNotFormACycle,
    NobodyErasesThemself,
    NobodyManagesThemself,
    OwnPayCannotBeRecorded,
    PayIsNotAboveZero,
    PersonIsAlreadyRegistered,
    PersonIsNotRegistered,
    PersonLeavesBeforeStarting,
    PersonReturnsBeforeLeaving,
    WorkingTimeIsOutOfRange,
)
from people.domain.events import (
    AssignmentChanged,
    ErasureProposed,
    PayRecorded,
    PersonErased,
    PersonEvent,
    PersonLeft,
    PersonRegistered,
    PersonRenamed,
    PersonReturned,
)

T = TypeVar("T")
Dated = tuple[tuple[date, T], ...]
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Person:
    """`name` is sealed, empty once the person is erased: the edge opens it to compare a row.

    erasure: what was proposed last, until it is confirmed.
    """

    name: str = ""
    started_on: tuple[date, ...] = ()
    left_on: date | None = None
    assignments: Dated[Assignment] = ()
    pays: Dated[Pay] = ()
    erasure: ErasureProposed | None = None


INITIAL = Person()


def evolve(state: Person, event: PersonEvent) -> Person:
    match event:
        case PersonRegistered():
            return replace(state, name=event.name, started_on=(event.hired_on,))
        case PersonRenamed():
            return replace(state, name=event.name)
        case AssignmentChanged():
            entry = (event.effective_on, _assignment_of(event))
            return replace(state, assignments=_with(state.assignments, entry))
        case PayRecorded():
            paid = (event.effective_on, Pay(event.annual, event.fte))
            return replace(state, pays=_with(state.pays, paid))
        case PersonLeft():
            return replace(state, left_on=event.effective_on)
        case PersonReturned():
            started_on = (*state.started_on, event.effective_on)
            return replace(state, left_on=None, started_on=started_on)
        case ErasureProposed():
            return replace(state, erasure=event)
        case PersonErased():
            return replace(state, name="", erasure=None)
        case _:
            assert_never(event)


def decide(state: Person, command: PersonCommand) -> list[PersonEvent]:
    if isinstance(command, Register):
        return register(state, command)
    if isinstance(command, TakeRow):
        return take_row(state, command)
    if not state.started_on:
        raise PersonIsNotRegistered("this person was never registered")
    match command:
        case Rename():
            return rename(command)
        case Assign():
            return assign(state, command)
        case RecordPay():
            return record_pay(state, command)
        case Leave():
            return leave(state, command)
        case Return():
            return return_(state, command)
        case ProposeErasure():
            return propose_erasure(state, command)
        case ConfirmErasure():
            return confirm_erasure(state, command)
        case _:
            assert_never(command)


def register(state: Person, c: Register) -> list[PersonEvent]:
    if not state.started_on:
        return [PersonRegistered(c.person, c.employee_no, c.name, c.hired_on)]
    if c.hired_on not in state.started_on:
        raise PersonIsAlreadyRegistered(
            f"hired on {c.hired_on}, on record is {_days(state.started_on)}"
        )
    return []


def rename(c: Rename) -> list[PersonEvent]:
    return [] if c.name == c.known_as else [PersonRenamed(c.person, c.name)]


def assign(state: Person, c: Assign) -> list[PersonEvent]:
    a = c.assignment
    if in_force(state.assignments, c.effective_on) == a:
        return []
    if a.manager == c.person:
        raise NobodyManagesThemself("the manager is the person, allowed is somebody else or nobody")
    if c.person in c.chain:
        raise ManagersMustNotFormACycle(
            f"the person is {c.chain.index(c.person) + 1} level(s) above the proposed manager"
        )
    _working_time(a.fte)
    _employed(state, c.effective_on, "an assignment")
    return [
        AssignmentChanged(
            c.person,
            c.effective_on,
            a.manager,
            a.unit,
            a.entity,
            a.job,
            a.grade,
            a.location,
            a.fte,
            a.country,
        )
    ]


def record_pay(state: Person, c: RecordPay) -> list[PersonEvent]:
    if in_force(state.pays, c.effective_on) == c.pay:
        return []
    if c.pay.annual.minor <= 0:
        found = "zero" if c.pay.annual.minor == 0 else "a negative number"
        raise PayIsNotAboveZero(f"pay is {found}, allowed is above zero")
    if c.by == c.person:
        raise OwnPayCannotBeRecorded("pay is recorded by somebody else than the person paid")
    _working_time(c.pay.fte)
    _employed(state, c.effective_on, "pay")
    pay = c.pay
    return [PayRecorded(c.person, c.effective_on, pay.annual, pay.fte, c.source, c.reason)]


def leave(state: Person, c: Leave) -> list[PersonEvent]:
    if state.left_on == c.effective_on:
        return []
    started_on = max(state.started_on)
    if c.effective_on < started_on:
        raise PersonLeavesBeforeStarting(
            f"last day {c.effective_on}, allowed is {started_on} or later"
        )
    left = PersonLeft(c.person, c.effective_on, c.reason)
    if state.left_on is not None and state.left_on < c.effective_on:
        # Whoever heard of the earlier last day has to take the person back first.
        return [PersonReturned(c.person, state.left_on + ONE_DAY), left]
    return [left]


def return_(state: Person, c: Return) -> list[PersonEvent]:
    if state.left_on is None:
        return []
    if c.effective_on <= state.left_on:
        raise PersonReturnsBeforeLeaving(
            f"returns on {c.effective_on}, allowed is after {state.left_on}"
        )
    return [PersonReturned(c.person, c.effective_on)]


def propose_erasure(state: Person, c: ProposeErasure) -> list[PersonEvent]:
    _by_somebody_else(c.person, c.by)
    proposed = ErasureProposed(c.person, c.by, c.reason)
    return [proposed] if state.name and state.erasure != proposed else []


def confirm_erasure(state: Person, c: ConfirmErasure) -> list[PersonEvent]:
    _by_somebody_else(c.person, c.by)
    if not state.name:
        return []
    if state.erasure is None:
        raise ErasureWasNotProposed("no proposal is open, allowed is to confirm one")
    if c.by == state.erasure.proposed_by:
        raise ErasureNeedsASecondPerson(
            "confirmed by whoever proposed it, allowed is another administrator"
        )
    return [PersonErased(c.person, c.by, state.erasure.reason)]


def _by_somebody_else(person: str, by: str) -> None:
    if by == person:
        raise NobodyErasesThemself("asked by the person, allowed is another administrator")


def take_row(state: Person, c: TakeRow) -> list[PersonEvent]:
    """What the row changes, in the order in which it happened; nothing if all is on record."""
    events: list[PersonEvent] = []
    for step in (_take_start, _take_name, _take_assignment, _take_pay, _take_end):
        command = step(state, c)
        if command is not None:
            new = decide(state, command)
            state = reduce(evolve, new, state)
            events += new
    return events


def in_force(entries: Dated[T], day: date) -> T | None:
    """What counts on that day: the latest entry that starts on or before it."""
    current = [value for start, value in entries if start <= day]
    return current[-1] if current else None


def _take_start(state: Person, c: TakeRow) -> PersonCommand | None:
    if state.left_on is None or c.left_on is not None:
        if c.hired_on in state.started_on:
            return None
        if state.left_on is None or c.hired_on <= state.left_on:
            return Register(c.person, c.employee_no, c.name, c.hired_on, c.by, c.at)
        return Return(c.person, c.hired_on, c.by, c.at)
    # Many HR systems keep the first hire date of somebody who comes back.
    first_day = c.hired_on if c.hired_on > state.left_on else max(c.as_of, state.left_on + ONE_DAY)
    return Return(c.person, first_day, c.by, c.at)


def _take_name(state: Person, c: TakeRow) -> PersonCommand | None:
    return Rename(c.person, c.name, c.known_as, c.by, c.at) if c.known_as else None


def _take_assignment(state: Person, c: TakeRow) -> PersonCommand:
    day = c.assigned_from or _counts_from(state, c, bool(state.assignments))
    return Assign(c.person, day, c.assignment, c.chain, c.by, c.at)


def _take_pay(state: Person, c: TakeRow) -> PersonCommand | None:
    if c.pay is None:
        return None
    day = c.paid_from or _counts_from(state, c, bool(state.pays))
    reason = "pay changed in the extract" if state.pays else "first pay on record"
    return RecordPay(c.person, day, c.pay, c.source, reason, c.by, c.at)


def _take_end(state: Person, c: TakeRow) -> PersonCommand | None:
    if c.left_on is None:
        return None
    return Leave(c.person, c.left_on, c.leave_reason, c.by, c.at)


def _counts_from(state: Person, c: TakeRow, known_before: bool) -> date:
    """The extract's day, brought inside the employment; the first day for a first fact."""
    started_on = max(state.started_on)
    if not known_before:
        return started_on
    ends = [day for day in (c.left_on, state.left_on) if day is not None]
    return max(started_on, min([c.as_of, *ends]))


def _assignment_of(e: AssignmentChanged) -> Assignment:
    return Assignment(e.manager, e.unit, e.entity, e.job, e.grade, e.location, e.fte, e.country)


def _with(entries: Dated[T], new: tuple[date, T]) -> Dated[T]:
    kept = [entry for entry in entries if entry[0] != new[0]]
    return tuple(sorted([*kept, new], key=lambda entry: entry[0]))


def _employed(state: Person, day: date, what: str) -> None:
    first_day = min(state.started_on)
    if day < first_day or (state.left_on is not None and day > state.left_on):
        until = f" to {state.left_on}" if state.left_on else " or later"
        raise FactLiesOutsideEmployment(f"{what} from {day}, allowed is {first_day}{until}")


def _working_time(fte: Decimal) -> None:
    if not 0 < fte <= 1:
        raise WorkingTimeIsOutOfRange(f"working time is {fte}, allowed is above 0 to 1")


def _days(days: Sequence[date]) -> str:
    return " and ".join(map(str, days))
