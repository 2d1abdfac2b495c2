"""The rules of a policy table."""

import pytest

from chassis.policy import allow, decide

READ_PAY = allow("own", "hrbp", logged=True)


@pytest.mark.parametrize("held", [{"own"}, {"hrbp"}, {"report", "hrbp"}])
def test_any_one_of_the_allowed_is_enough(held: set[str]) -> None:
    assert decide(READ_PAY, frozenset(held))


@pytest.mark.parametrize("held", [set(), {"report"}, {"aud", "anyone"}])
def test_nothing_else_is(held: set[str]) -> None:
    assert not decide(READ_PAY, frozenset(held))


def test_a_rule_names_relations_and_roles_that_exist() -> None:
    with pytest.raises(AssertionError, match="boss"):
        allow("own", "boss")


def test_a_rule_that_names_nobody_lets_nobody_through() -> None:
    assert not decide(allow(), frozenset({"own", "admin"}))
