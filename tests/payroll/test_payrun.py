"""A batch and its entity's register change together."""

from dataclasses import replace
from functools import reduce

import pytest

from payroll.domain import batch, payrun, register
from payroll.domain.batch import Batch
from payroll.domain.commands import DropBatch, PrepareBatch, SealBatch
from payroll.domain.errors import PayGroupHasAnOpenBatch, RegisterHasMovedOn
from payroll.domain.events import BatchEntered, BatchNumbered, BatchSealed, BatchStruck
from payroll.domain.payrun import Both
from payroll.domain.register import Register
from tests.payroll.cases import B1, B2, FACTS, ORDER, PAUL, PIA, T, announced

prepare = PrepareBatch(B1, ORDER, FACTS, PIA, T)
seal = SealBatch(B1, FACTS, announced(FACTS), PAUL, T)


def after(
    events: Both, of: Batch = batch.INITIAL, entries: Register = register.INITIAL
) -> tuple[Batch, Register]:
    return reduce(batch.evolve, events[0], of), reduce(register.evolve, events[1], entries)


PREPARED = after(payrun.prepare(batch.INITIAL, register.INITIAL, prepare))


def test_a_prepared_batch_is_entered() -> None:
    events, entries = payrun.prepare(batch.INITIAL, register.INITIAL, prepare)
    assert len(events) == 4
    assert entries == [BatchEntered("AT01", "monthly", B1)]
    assert payrun.prepare(*PREPARED, prepare) == ([], [])


def test_a_second_batch_waits_for_the_first() -> None:
    with pytest.raises(PayGroupHasAnOpenBatch):
        payrun.prepare(batch.INITIAL, PREPARED[1], replace(prepare, batch=B2))


def test_a_sealed_batch_is_numbered() -> None:
    events, entries = payrun.seal(*PREPARED, seal)
    assert entries == [BatchNumbered("AT01", "monthly", B1, 1)]
    manifest = events[-1]
    assert isinstance(manifest, BatchSealed)
    assert manifest.sequence == 1
    assert payrun.seal(*after((events, entries), *PREPARED), seal) == ([], [])


def test_a_batch_worked_out_before_the_last_was_sealed_is_refused() -> None:
    sealed = after(payrun.seal(*PREPARED, seal), *PREPARED)
    with pytest.raises(RegisterHasMovedOn):
        payrun.prepare(batch.INITIAL, sealed[1], replace(prepare, batch=B2))


def test_a_dropped_batch_is_struck() -> None:
    drop = DropBatch(B1, "wrong cut-off", PIA, T)
    events = payrun.drop(*PREPARED, drop)
    assert events[1] == [BatchStruck("AT01", "monthly", B1)]
    assert payrun.drop(*after(events, *PREPARED), drop) == ([], [])
