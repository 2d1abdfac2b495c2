"""The rules of a legal entity's register of batches."""

from dataclasses import replace

from chassis.testing import Scenario
from payroll.domain import register
from payroll.domain.commands import EnterBatch, NumberBatch, StrikeBatch
from payroll.domain.errors import PayGroupHasAnOpenBatch, RegisterHasMovedOn
from payroll.domain.events import BatchEntered, BatchNumbered, BatchStruck
from tests.payroll.cases import B1, B2

a_register = Scenario(register)
enter = EnterBatch("AT01", "monthly", B1, known=0)
entered = BatchEntered("AT01", "monthly", B1)
struck = BatchStruck("AT01", "monthly", B1)
numbered = BatchNumbered("AT01", "monthly", B1, 1)


def test_a_pay_group_has_one_open_batch() -> None:
    a_register.when(enter).then(entered)
    a_register.when(enter).told_twice_changes_nothing()
    a_register.given(entered).when(replace(enter, batch=B2)).refused(PayGroupHasAnOpenBatch)
    weekly = EnterBatch("AT01", "weekly", B2, known=1)
    a_register.given(entered).when(weekly).then(BatchEntered("AT01", "weekly", B2))


def test_lines_are_worked_out_with_all_that_the_register_knows() -> None:
    second = replace(enter, batch=B2)
    a_register.given(entered, numbered).when(replace(second, known=1)).refused(RegisterHasMovedOn)
    a_register.given(entered, numbered).when(replace(second, known=2)).then(
        BatchEntered("AT01", "monthly", B2)
    )


def test_sealed_batches_of_a_pay_group_are_numbered_without_a_gap() -> None:
    number = NumberBatch("AT01", "monthly", B1)
    a_register.given(entered).when(number).then(numbered)
    a_register.given(entered).when(number).told_twice_changes_nothing()
    again = BatchEntered("AT01", "monthly", B2)
    a_register.given(entered, struck, again).when(NumberBatch("AT01", "monthly", B2)).then(
        BatchNumbered("AT01", "monthly", B2, 1)
    )
    a_register.given(entered, numbered, again).when(NumberBatch("AT01", "monthly", B2)).then(
        BatchNumbered("AT01", "monthly", B2, 2)
    )


def test_a_dropped_batch_makes_room() -> None:
    strike = StrikeBatch("AT01", "monthly", B1)
    a_register.given(entered).when(strike).then(struck)
    a_register.given(entered).when(strike).told_twice_changes_nothing()
    a_register.given(entered, numbered).when(strike).then()
