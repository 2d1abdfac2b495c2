"""Awards and pools together: whole or not at all, and never more than a pool holds."""

from dataclasses import replace
from functools import reduce

import pytest

from chassis.values import Money
from compensation.domain import award, pool
from compensation.domain.award import AwardState
from compensation.domain.commands import CommitAwards, ConsiderAward
from compensation.domain.commit import commit_awards
from compensation.domain.events import AwardCommitted, AwardEvent, PoolFunded, PoolRefused
from compensation.domain.pool import PoolState
from compensation.domain.terms import (
    AwardId,
    PersonId,
    PoolId,
    PoolNeed,
    PoolUse,
    Refusal,
)
from tests.compensation.cases import (
    ANALYST,
    BONUS_POOL,
    CYCLE,
    FACTS,
    MERIT_POOL,
    TERMS,
    T,
    eur,
)

ask = CommitAwards(CYCLE, ANALYST, T)


def funded(pool_id: PoolId, major: int) -> PoolState:
    component = "merit" if pool_id == MERIT_POOL else "bonus"
    return pool.evolve(
        pool.INITIAL,
        PoolFunded(pool_id, "merit" if component == "merit" else "bonus", None, eur(major), "fin"),
    )


def an_award(name: str) -> AwardState:
    """Takes 1 250 from the merit pool and 5 500 from the bonus pool."""
    command = ConsiderAward(AwardId(name), PersonId(name), CYCLE, FACTS, ANALYST, T)
    return then(award.INITIAL, award.decide(award.INITIAL, command))


def then(state: AwardState, events: list[AwardEvent]) -> AwardState:
    return reduce(award.evolve, events, state)


def pools(merit: int, bonus: int) -> dict[PoolId, PoolState]:
    return {MERIT_POOL: funded(MERIT_POOL, merit), BONUS_POOL: funded(BONUS_POOL, bonus)}


def test_an_award_that_fits_is_charged_to_both_pools() -> None:
    found = commit_awards(ask, TERMS, pools(1_250, 5_500), [an_award("a")])
    ((event,),) = found.awards
    assert isinstance(event, AwardCommitted)
    assert event.needs == (
        PoolNeed("merit", MERIT_POOL, eur(1_250)),
        PoolNeed("bonus", BONUS_POOL, eur(5_500)),
    )
    assert set(found.pools) == {MERIT_POOL, BONUS_POOL}


def test_an_award_that_fits_one_pool_only_is_refused_whole() -> None:
    found = commit_awards(ask, TERMS, pools(1_250, 5_499), [an_award("a")])
    ((event,),) = found.awards
    assert isinstance(event, PoolRefused)
    assert event.refusals == (
        Refusal("no_fit_in_pool", "bonus", BONUS_POOL, eur(5_500), eur(5_499)),
    )
    assert found.pools == {}


def test_the_order_given_decides_who_fits() -> None:
    states = [an_award("a"), an_award("b"), an_award("c")]
    found = commit_awards(ask, TERMS, pools(2_500, 20_000), states)
    assert [type(events[0]) for events in found.awards] == [
        AwardCommitted,
        AwardCommitted,
        PoolRefused,
    ]
    (taken,) = found.pools[MERIT_POOL]
    assert pool.room_minor(pool.evolve(pools(2_500, 20_000)[MERIT_POOL], taken)) == 0


def test_a_refusal_is_said_once_and_lifted_when_there_is_room() -> None:
    state = an_award("a")
    ((refusal,),) = commit_awards(ask, TERMS, pools(0, 0), [state]).awards
    refused = then(state, [refusal])
    assert commit_awards(ask, TERMS, pools(0, 0), [refused]).awards == [[]]
    ((event,),) = commit_awards(ask, TERMS, pools(2_000, 6_000), [refused]).awards
    assert isinstance(event, AwardCommitted)


def test_a_committed_award_is_left_as_it_is() -> None:
    state = an_award("a")
    ((event,),) = commit_awards(ask, TERMS, pools(2_000, 6_000), [state]).awards
    found = commit_awards(ask, TERMS, pools(2_000, 6_000), [then(state, [event])])
    assert (found.awards, found.pools) == ([[]], {})


def test_a_currency_without_pool_is_refused_by_name() -> None:
    terms = replace(TERMS, pools=TERMS.pools[:1])
    ((event,),) = commit_awards(ask, terms, pools(2_000, 0), [an_award("a")]).awards
    assert isinstance(event, PoolRefused)
    assert event.refusals == (Refusal("no_pool", "bonus", None, eur(5_500), None),)


def test_the_pool_of_the_entity_goes_before_the_common_one() -> None:
    own = PoolId("own")
    terms = replace(TERMS, pools=(*TERMS.pools, PoolUse(own, "merit", "EUR", "MT-DE")))
    known = {**pools(0, 6_000), own: funded(MERIT_POOL, 2_000)}
    found = commit_awards(ask, terms, known, [an_award("a")])
    assert set(found.pools) == {own, BONUS_POOL}


def test_a_revision_takes_the_difference_only() -> None:
    state, known = an_award("a"), pools(1_250, 5_500)
    first = commit_awards(ask, TERMS, known, [state])
    known = {name: reduce(pool.evolve, first.pools[name], known[name]) for name in known}
    assert state.merit is not None
    assert state.bonus is not None
    smaller = replace(state.merit, revision=2, amount=Money(100_000, "EUR"))
    again = then(then(state, first.awards[0]), [smaller, replace(state.bonus, revision=2)])
    second = commit_awards(ask, TERMS, known, [again])
    assert isinstance(second.awards[0][0], AwardCommitted)
    assert set(second.pools) == {MERIT_POOL}
    (taken,) = second.pools[MERIT_POOL]
    assert pool.room_minor(pool.evolve(known[MERIT_POOL], taken)) == 25_000


@pytest.mark.parametrize("room", range(0, 6_000, 1_100))
def test_no_pool_is_ever_overspent(room: int) -> None:
    states = [an_award(name) for name in "abcd"]
    known = pools(room, room * 4)
    found = commit_awards(ask, TERMS, known, states)
    for name, events in found.pools.items():
        assert pool.room_minor(reduce(pool.evolve, events, known[name])) >= 0
