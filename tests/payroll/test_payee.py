"""The rules of how the payroll system knows a person."""

from dataclasses import replace

import pytest

from chassis.testing import Scenario
from payroll.domain import payee
from payroll.domain.commands import MapPayee
from payroll.domain.errors import CodeIsUnreadable, PayrollIdBelongsToSomebodyElse
from payroll.domain.events import PayeeMapped
from tests.payroll.cases import ANN, BEN, PIA, T

a_payee = Scenario(payee)
map_ann = MapPayee(ANN, "P0001", "AT01", "monthly", "CC10", None, PIA, T)
mapped = PayeeMapped(ANN, "P0001", "AT01", "monthly", "CC10", PIA)


def test_a_person_is_mapped_once_and_again_when_something_changes() -> None:
    a_payee.when(map_ann).then(mapped)
    a_payee.when(map_ann).told_twice_changes_nothing()
    moved = replace(map_ann, cost_centre="CC20")
    a_payee.given(mapped).when(moved).then(replace(mapped, cost_centre="CC20"))


def test_a_payroll_id_is_one_persons() -> None:
    a_payee.when(replace(map_ann, holder=BEN)).refused(PayrollIdBelongsToSomebodyElse)
    a_payee.when(replace(map_ann, holder=ANN)).then(mapped)


@pytest.mark.parametrize("field", ["payroll_id", "entity", "pay_group", "cost_centre"])
@pytest.mark.parametrize("value", ["", "a,b", "=1+2", "../x", 'a"b', "a b", "x" * 41, "é"])
def test_codes_can_stand_in_a_file_as_they_are(field: str, value: str) -> None:
    a_payee.when(_with(field, value)).refused(CodeIsUnreadable)


def _with(field: str, value: str) -> MapPayee:
    return replace(map_ann, **{field: value})  # type: ignore[arg-type]  # each of them is text
