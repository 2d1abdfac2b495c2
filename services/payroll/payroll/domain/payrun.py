"""A batch and the register of its legal entity, decided together: both, or neither."""

from dataclasses import replace

from payroll.domain import batch as batch_rules
from payroll.domain import register as register_rules
from payroll.domain.batch import Batch
from payroll.domain.commands import (
    DropBatch,
    EnterBatch,
    NumberBatch,
    PrepareBatch,
    SealBatch,
    StrikeBatch,
)
from payroll.domain.events import BatchEvent, RegisterEvent
from payroll.domain.register import Register

Both = tuple[list[BatchEvent], list[RegisterEvent]]


def prepare(batch: Batch, register: Register, c: PrepareBatch) -> Both:
    """The register first: what another open batch holds is not told as nothing to be paid."""
    entry = EnterBatch(c.order.entity, c.order.pay_group, c.batch, c.facts.entries)
    entries = register_rules.decide(register, entry) if batch.order is None else []
    return batch_rules.decide(batch, c), entries


def seal(batch: Batch, register: Register, c: SealBatch) -> Both:
    """The register gives the number: one more than the pay group's last."""
    group = batch.order.pay_group if batch.order else ""
    entity = batch.order.entity if batch.order else ""
    numbered = replace(c, sequence=register_rules.next_number(register, group))
    events = batch_rules.decide(batch, numbered)
    if not events:
        return [], []
    return events, register_rules.decide(register, NumberBatch(entity, group, c.batch))


def drop(batch: Batch, register: Register, c: DropBatch) -> Both:
    group = batch.order.pay_group if batch.order else ""
    entity = batch.order.entity if batch.order else ""
    events = batch_rules.decide(batch, c)
    if not events:
        return [], []
    return events, register_rules.decide(register, StrikeBatch(entity, group, c.batch))
