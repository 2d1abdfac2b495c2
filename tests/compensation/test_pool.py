"""A pool never pays more than it holds."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from chassis.testing import Scenario
from chassis.values import Money
from compensation.domain import pool
from compensation.domain.commands import CommitToPool, FundPool
from compensation.domain.events import PoolCommitted, PoolFunded
from compensation.domain.pool import (
    FundIsNotNegative,
    PoolCannotFallBelowItsCommitments,
    PoolHasNoRoom,
    PoolIsNotFunded,
    PoolKeepsItsPurpose,
)
from compensation.domain.terms import AwardId, Commitment
from tests.compensation.cases import ANALYST, CYCLE, MERIT_POOL, T, eur

a_pool = Scenario(pool)
A, B = AwardId("a"), AwardId("b")
put = FundPool(MERIT_POOL, "merit", None, eur(1_000), "fin", T)
funded = PoolFunded(MERIT_POOL, "merit", None, eur(1_000), "fin")


def ask(*items: Commitment) -> CommitToPool:
    return CommitToPool(MERIT_POOL, CYCLE, items, ANALYST, T)


def taken(committed: int, *items: Commitment) -> PoolCommitted:
    return PoolCommitted(MERIT_POOL, CYCLE, items, eur(committed), ANALYST)


a600 = Commitment(A, 1, 60_000)
b400 = Commitment(B, 1, 40_000)


def test_a_fund_is_the_whole_and_not_an_addition() -> None:
    a_pool.when(put).then(funded)
    a_pool.when(put).told_twice_changes_nothing()
    a_pool.given(funded).when(replace(put, fund=eur(1_200))).then(replace(funded, fund=eur(1_200)))


def test_a_fund_is_not_negative() -> None:
    a_pool.when(replace(put, fund=Money(-1, "EUR"))).refused(FundIsNotNegative)


def test_a_pool_keeps_its_purpose() -> None:
    a_pool.given(funded).when(replace(put, component="bonus")).refused(PoolKeepsItsPurpose)
    a_pool.given(funded).when(replace(put, entity="MT-DE")).refused(PoolKeepsItsPurpose)
    a_pool.given(funded).when(replace(put, fund=Money(1, "USD"))).refused(PoolKeepsItsPurpose)


def test_awards_take_from_the_pool_to_the_last_unit() -> None:
    a_pool.given(funded).when(ask(a600, b400)).then(taken(1_000, a600, b400))
    a_pool.given(funded).when(ask(a600)).told_twice_changes_nothing()


def test_one_unit_more_than_is_left_is_refused_whole() -> None:
    more = Commitment(B, 1, 40_001)
    a_pool.given(funded).when(ask(a600, more)).refused(PoolHasNoRoom)
    a_pool.given(funded, taken(600, a600)).when(ask(more)).refused(PoolHasNoRoom)


def test_a_revision_replaces_what_the_award_took() -> None:
    history = (funded, taken(1_000, a600, b400))
    less = Commitment(A, 2, 50_000)
    a_pool.given(*history).when(ask(less)).then(taken(900, less))
    a_pool.given(*history, taken(900, less)).when(ask(Commitment(B, 2, 50_001))).refused(
        PoolHasNoRoom
    )
    nothing = Commitment(A, 2, 0)
    a_pool.given(*history).when(ask(nothing)).then(taken(400, nothing))


def test_nobody_takes_from_a_pool_that_is_not_set_up() -> None:
    a_pool.when(ask(a600)).refused(PoolIsNotFunded)


def test_a_fund_does_not_fall_below_what_is_committed() -> None:
    history = (funded, taken(600, a600))
    a_pool.given(*history).when(replace(put, fund=eur(600))).then(replace(funded, fund=eur(600)))
    a_pool.given(*history).when(replace(put, fund=Money(59_999, "EUR"))).refused(
        PoolCannotFallBelowItsCommitments
    )


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 40_000)), max_size=30))
def test_no_order_of_commitments_overspends(asked: list[tuple[str, int]]) -> None:
    state = pool.evolve(pool.INITIAL, funded)
    for award, minor in asked:
        try:
            events = pool.decide(state, ask(Commitment(AwardId(award), 1, minor)))
        except PoolHasNoRoom:
            continue
        for event in events:
            state = pool.evolve(state, event)
        assert state.committed_minor == sum(state.by_award.values())
        assert 0 <= state.committed_minor <= 100_000
