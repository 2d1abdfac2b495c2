"""An appraisal cycle: opened once, with its terms and the scheme frozen, and closed once."""

from dataclasses import dataclass
from typing import assert_never

from appraisal.domain.commands import CloseCycle, CycleCommand, OpenCycle
from appraisal.domain.errors import (
    AcknowledgementNeedsTime,
    CycleIsAlreadyOpen,
    CycleIsNotOpen,
    DeadlinesMustFollowEachOther,
    PeriodMustNotEndBeforeItStarts,
    SchemeIsUnknown,
)
from appraisal.domain.events import CycleClosed, CycleEvent, CycleOpened

MOST_DAYS = 365


@dataclass(frozen=True, slots=True)
class Cycle:
    opened: CycleOpened | None = None
    closed: bool = False


INITIAL = Cycle()


def evolve(state: Cycle, event: CycleEvent) -> Cycle:
    match event:
        case CycleOpened():
            return Cycle(event)
        case CycleClosed():
            return Cycle(state.opened, closed=True)
        case _:
            assert_never(event)


def decide(state: Cycle, command: CycleCommand) -> list[CycleEvent]:
    match command:
        case OpenCycle():
            return open_cycle(state, command)
        case CloseCycle():
            return close(state, command)
        case _:
            assert_never(command)


def open_cycle(state: Cycle, c: OpenCycle) -> list[CycleEvent]:
    """Opening it again in the same terms is "already so", whatever became of the scheme since."""
    _check_terms(c)
    before = state.opened
    opened = CycleOpened(
        cycle=c.cycle,
        title=c.title,
        period_start=c.period_start,
        period_end=c.period_end,
        scheme=c.scheme,
        scheme_version=before.scheme_version if before else c.scheme_version,
        scheme_hash=before.scheme_hash if before else c.scheme_hash,
        population=c.population,
        self_due=c.self_due,
        manager_due=c.manager_due,
        interview_due=c.interview_due,
        acknowledge_days=c.acknowledge_days,
        opened_by=before.opened_by if before else c.by,
    )
    if before is None:
        return [opened]
    if opened == before and not state.closed:
        return []
    raise CycleIsAlreadyOpen(f"cycle {c.cycle} was opened in other terms, or is closed")


def close(state: Cycle, c: CloseCycle) -> list[CycleEvent]:
    if state.closed:
        return []
    if state.opened is None:
        raise CycleIsNotOpen(f"there is no cycle {c.cycle}")
    return [CycleClosed(c.cycle, c.by)]


def _check_terms(c: OpenCycle) -> None:
    if c.scheme_version < 1:
        raise SchemeIsUnknown(f"there is no scheme {c.scheme}")
    if c.period_end < c.period_start:
        raise PeriodMustNotEndBeforeItStarts(f"{c.period_start} to {c.period_end}")
    if not c.period_start <= c.self_due <= c.manager_due <= c.interview_due:
        found = f"{c.self_due}, {c.manager_due}, {c.interview_due}"
        raise DeadlinesMustFollowEachOther(f"due on {found}, the period begins {c.period_start}")
    if not 1 <= c.acknowledge_days <= MOST_DAYS:
        raise AcknowledgementNeedsTime(f"found {c.acknowledge_days}, allowed is 1 to {MOST_DAYS}")
