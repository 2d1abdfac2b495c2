"""The register of a legal entity: which batches are open, and the numbers of the sealed ones."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import assert_never

from payroll.domain.commands import EnterBatch, NumberBatch, RegisterCommand, StrikeBatch
from payroll.domain.errors import PayGroupHasAnOpenBatch, RegisterHasMovedOn
from payroll.domain.events import (
    BatchEntered,
    BatchId,
    BatchNumbered,
    BatchStruck,
    RegisterEvent,
)


@dataclass(frozen=True, slots=True)
class Register:
    """`open`: the batch that each pay group has open; `last`: its last number."""

    entries: int = 0
    open: Mapping[str, BatchId] = field(default_factory=dict)
    last: Mapping[str, int] = field(default_factory=dict)


INITIAL = Register()


def evolve(state: Register, event: RegisterEvent) -> Register:
    counted = replace(state, entries=state.entries + 1)
    match event:
        case BatchEntered():
            return replace(counted, open={**state.open, event.pay_group: event.batch})
        case BatchStruck():
            return replace(counted, open=_without(state.open, event.pay_group))
        case BatchNumbered():
            last = {**state.last, event.pay_group: event.sequence}
            return replace(counted, open=_without(state.open, event.pay_group), last=last)
        case _:
            assert_never(event)


def decide(state: Register, command: RegisterCommand) -> list[RegisterEvent]:
    match command:
        case EnterBatch():
            return enter(state, command)
        case StrikeBatch():
            if state.open.get(command.pay_group) != command.batch:
                return []
            return [BatchStruck(command.entity, command.pay_group, command.batch)]
        case NumberBatch():
            if state.open.get(command.pay_group) != command.batch:
                return []
            sequence = next_number(state, command.pay_group)
            return [BatchNumbered(command.entity, command.pay_group, command.batch, sequence)]
        case _:
            assert_never(command)


def enter(state: Register, c: EnterBatch) -> list[RegisterEvent]:
    holder = state.open.get(c.pay_group)
    if holder == c.batch:
        return []
    if holder is not None:
        raise PayGroupHasAnOpenBatch(f"batch {holder} is open, allowed is after it is sealed")
    if c.known != state.entries:
        raise RegisterHasMovedOn(
            f"the lines know {c.known} entries of the register, it has {state.entries}; "
            "allowed is to prepare again"
        )
    return [BatchEntered(c.entity, c.pay_group, c.batch)]


def next_number(state: Register, pay_group: str) -> int:
    return state.last.get(pay_group, 0) + 1


def _without(batches: Mapping[str, BatchId], pay_group: str) -> Mapping[str, BatchId]:
    return {group: batch for group, batch in batches.items() if group != pay_group}
