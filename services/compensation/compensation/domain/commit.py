"""Awards and their pools together: each award fits whole into its pools, or is refused whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chassis.values import Money
from compensation.domain import pool
from compensation.domain.award import AwardState
from compensation.domain.commands import CommitAwards, CommitToPool
from compensation.domain.events import AwardCommitted, AwardEvent, PoolEvent, PoolRefused
from compensation.domain.terms import (
    AwardId,
    Commitment,
    CycleTerms,
    PoolComponent,
    PoolId,
    PoolNeed,
    Refusal,
)


@dataclass(frozen=True, slots=True)
class Committed:
    """What happens to each pool, and to each award in the order in which they were given."""

    pools: Mapping[PoolId, list[PoolEvent]]
    awards: Sequence[list[AwardEvent]]


@dataclass
class _Ledger:
    """What is left of each pool while one command goes through its awards."""

    pools: Mapping[PoolId, pool.PoolState]
    taken_minor: dict[PoolId, int] = field(default_factory=dict)
    items: dict[PoolId, list[Commitment]] = field(default_factory=dict)

    def room(self, pool_id: PoolId, award: AwardId) -> int:
        """What the award could take at most: what is left, and what it has already."""
        state = self.pools[pool_id]
        left = pool.room_minor(state) - self.taken_minor.get(pool_id, 0)
        return left + state.by_award.get(award, 0)

    def take(self, pool_id: PoolId, item: Commitment) -> None:
        extra = pool.extra_minor(self.pools[pool_id], item)
        self.taken_minor[pool_id] = self.taken_minor.get(pool_id, 0) + extra
        self.items.setdefault(pool_id, []).append(item)


def commit_awards(
    c: CommitAwards,
    terms: CycleTerms,
    pools: Mapping[PoolId, pool.PoolState],
    awards: Sequence[AwardState],
) -> Committed:
    """Awards that are calculated or were refused before; any other is left as it is.

    pools: every pool that the terms name.
    """
    ledger = _Ledger(pools)
    decided = [_commit(c, terms, ledger, award) for award in awards]
    events = {}
    for pool_id, items in ledger.items.items():
        asked = CommitToPool(pool_id, c.cycle, tuple(items), c.by, c.at)
        if changed := pool.decide(pools[pool_id], asked):
            events[pool_id] = changed
    return Committed(events, decided)


def needs(terms: CycleTerms, award: AwardState) -> tuple[PoolNeed, ...]:
    """What the award takes from which pool; the pool of its entity goes before the common one."""
    assert award.merit is not None, "a calculated award has a merit"
    assert award.bonus is not None, "a calculated award has a bonus"
    entity = award.merit.entity
    amounts: list[tuple[PoolComponent, Money]] = [
        ("merit", award.merit.amount + award.merit.lump_sum),
        ("bonus", award.bonus.amount),
    ]
    return tuple(
        PoolNeed(component, _pool_for(terms, component, amount.currency, entity), amount)
        for component, amount in amounts
        if amount.minor
    )


def _commit(
    c: CommitAwards, terms: CycleTerms, ledger: _Ledger, award: AwardState
) -> list[AwardEvent]:
    if award.status not in ("calculated", "refused"):
        return []
    wanted = needs(terms, award)
    refusals = tuple(r for need in wanted if (r := _refusal(ledger, award, need)))
    about = (award.award, award.person, award.cycle, award.revision)
    if refusals:
        if refusals == award.refusals:
            return []
        return [PoolRefused(*about, refusals, c.by)]
    for pool_id in ledger.pools:
        minor = sum(need.amount.minor for need in wanted if need.pool == pool_id)
        if minor or ledger.pools[pool_id].by_award.get(award.award):
            ledger.take(pool_id, Commitment(award.award, award.revision, minor))
    return [AwardCommitted(*about, wanted, c.by)]


def _refusal(ledger: _Ledger, award: AwardState, need: PoolNeed) -> Refusal | None:
    if need.pool is None:
        return Refusal("no_pool", need.component, None, need.amount, None)
    room = ledger.room(need.pool, award.award)
    if need.amount.minor <= room:
        return None
    left = Money(room, need.amount.currency)
    return Refusal("no_fit_in_pool", need.component, need.pool, need.amount, left)


def _pool_for(
    terms: CycleTerms, component: PoolComponent, currency: str, entity: str
) -> PoolId | None:
    fitting = {
        use.entity: use.pool
        for use in terms.pools
        if (use.component, use.currency) == (component, currency)
    }
    return fitting.get(entity, fitting.get(None))
