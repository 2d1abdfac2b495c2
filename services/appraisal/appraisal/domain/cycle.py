"""An appraisal cycle: opened with a scheme that is frozen into it, and closed."""

from typing import assert_never

from appraisal.domain.commands import CloseCycle, CycleCommand, OpenCycle
from appraisal.domain.errors import (
    CycleIsAlreadyOpen,
    CycleIsNotOpen,
    DeadlinesMustFollowEachOther,
    SchemeIsUnknown,
)
from appraisal.domain.events import CycleClosed, CycleEvent, CycleOpened

State = CycleOpened | CycleClosed | None
INITIAL: State = None


def evolve(state: State, event: CycleEvent) -> State:
    return event


def decide(state: State, command: CycleCommand) -> list[CycleEvent]:
    match command:
        case OpenCycle():
            return open_cycle(state, command)
        case CloseCycle():
            return close(state, command)
        case _:
            assert_never(command)


def open_cycle(state: State, c: OpenCycle) -> list[CycleEvent]:
    if isinstance(state, CycleClosed):
        raise CycleIsNotOpen(f"cycle {c.cycle} was closed")
    if c.scheme is None:
        raise SchemeIsUnknown("define the scheme first")
    if not c.period_start <= c.period_end or not (
        c.period_start < c.self_due <= c.manager_due <= c.interview_due
    ):
        found = f"{c.self_due}, {c.manager_due}, {c.interview_due}"
        raise DeadlinesMustFollowEachOther(f"due {found} for {c.period_start} to {c.period_end}")
    if c.acknowledge_days < 1:
        raise DeadlinesMustFollowEachOther(f"{c.acknowledge_days} days to acknowledge, 1 or more")
    frozen = c.scheme
    if state is not None:
        # The scheme stays the one that the cycle was opened with.
        frozen_hash, version, content = state.scheme_hash, state.scheme_version, state.content
    else:
        frozen_hash, version, content = frozen.content_hash, frozen.version, frozen.content
    opened = CycleOpened(
        cycle=c.cycle,
        title=c.title,
        period_start=c.period_start,
        period_end=c.period_end,
        scheme=frozen.scheme,
        scheme_version=version,
        scheme_hash=frozen_hash,
        content=content,
        population=c.population,
        self_due=c.self_due,
        manager_due=c.manager_due,
        interview_due=c.interview_due,
        acknowledge_days=c.acknowledge_days,
        opened_by=state.opened_by if state else c.by,
    )
    if state is None:
        return [opened]
    if opened != state:
        raise CycleIsAlreadyOpen(f"cycle {c.cycle} was opened with other terms")
    return []


def close(state: State, c: CloseCycle) -> list[CycleEvent]:
    if isinstance(state, CycleClosed):
        return []
    if state is None:
        raise CycleIsNotOpen(f"there is no cycle {c.cycle}")
    return [CycleClosed(c.cycle, c.by)]
