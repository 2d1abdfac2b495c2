"""Circles of managers, the order from the top, and people found by name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from people.domain.names import Named, NameIsAmbiguous, Names, first_last
from people.domain.tree import in_cycles, top_down

SOME = [str(number) for number in range(8)]
trees = st.dictionaries(st.sampled_from(SOME), st.one_of(st.none(), st.sampled_from(SOME)))


def comes_back(managers: dict[str, str | None], start: str) -> bool:
    at = managers.get(start)
    for _ in managers:
        if at is None or at == start:
            break
        at = managers.get(at)
    return at == start


@given(trees)
def test_a_circle_is_whoever_comes_back_to_themself(managers: dict[str, str | None]) -> None:
    assert in_cycles(managers) == {name for name in managers if comes_back(managers, name)}


@given(trees)
def test_managers_come_before_their_reports(managers: dict[str, str | None]) -> None:
    circle = in_cycles(managers)
    rest = {name: above for name, above in managers.items() if name not in circle}
    order = top_down(rest)
    assert sorted(order) == sorted(rest)
    for name, above in rest.items():
        if above in rest:
            assert order.index(above) < order.index(name)


PEOPLE = Names(
    [
        Named("5", "J R"),
        Named("1", "Ann B Lee"),
        Named("2", "Eva Ray"),
        Named("3", "Eva M Day"),
        Named("4", "Eva Day"),
    ]
)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Ann B. Lee", "1"),
        ("ann lee", "1"),
        ("Eva Ray", "2"),
        ("Eva M. Day", "3"),
        ("Eva Day", "4"),
        ("J. R.", "5"),
        ("B", None),
        ("Bob", None),
        ("", None),
    ],
)
def test_a_name_is_found_as_written_else_without_initials(name: str, found: str | None) -> None:
    assert PEOPLE.find(name) == found


def test_a_name_that_several_have_is_said_to_be_ambiguous() -> None:
    with pytest.raises(NameIsAmbiguous):
        PEOPLE.find("Eva K Day")


@pytest.mark.parametrize(
    ("written", "name"),
    [("Lee, Ann B", "Ann B Lee"), ("Roup,Simon", "Simon Roup"), ("Ann Lee", "Ann Lee")],
)
def test_the_last_name_may_come_first(written: str, name: str) -> None:
    assert first_last(written) == name
