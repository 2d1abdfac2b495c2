"""A budget pool: what it holds, and what awards have taken from it; never more than it holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import assert_never

from chassis.values import Money
from compensation.domain.commands import CommitToPool, FundPool
from compensation.domain.errors import CompensationRuleBroken
from compensation.domain.events import PoolCommitted, PoolEvent, PoolFunded
from compensation.domain.terms import AwardId, Commitment, PoolComponent


class PoolKeepsItsPurpose(CompensationRuleBroken):
    """A pool's component, entity and currency stay as they were when it was first funded."""


class PoolCannotFallBelowItsCommitments(CompensationRuleBroken):
    """The new fund would not pay for what has been committed."""


class FundIsNotNegative(CompensationRuleBroken):
    """A pool holds nothing or more."""


class PoolIsNotFunded(CompensationRuleBroken):
    """No such pool has been set up."""


class PoolHasNoRoom(CompensationRuleBroken):
    """The awards would take more than is left."""


@dataclass(frozen=True, slots=True)
class PoolState:
    fund: Money | None = None
    component: PoolComponent | None = None
    entity: str | None = None
    committed_minor: int = 0
    by_award: Mapping[AwardId, int] = field(default_factory=dict)


INITIAL = PoolState()


def evolve(state: PoolState, event: PoolEvent) -> PoolState:
    match event:
        case PoolFunded():
            return replace(state, fund=event.fund, component=event.component, entity=event.entity)
        case PoolCommitted():
            by_award = {**state.by_award, **{item.award: item.minor for item in event.items}}
            return replace(state, by_award=by_award, committed_minor=event.committed.minor)
        case _:
            assert_never(event)


def decide(state: PoolState, c: FundPool | CommitToPool) -> list[PoolEvent]:
    match c:
        case FundPool():
            return fund(state, c)
        case CommitToPool():
            return commit(state, c)
        case _:
            assert_never(c)


def room_minor(state: PoolState) -> int:
    """What is left, in minor units; nothing in a pool that nobody has funded."""
    return state.fund.minor - state.committed_minor if state.fund else 0


def fund(state: PoolState, c: FundPool) -> list[PoolEvent]:
    if c.fund.minor < 0:
        raise FundIsNotNegative(f"fund is {c.fund}, allowed is 0 or more")
    purpose = (c.component, c.entity, c.fund.currency)
    if state.fund is not None and purpose != (
        state.component,
        state.entity,
        state.fund.currency,
    ):
        raise PoolKeepsItsPurpose(
            f"pool {c.pool} pays {state.component} in {state.fund.currency} for"
            f" {state.entity or 'every entity'}"
        )
    if c.fund.minor < state.committed_minor:
        committed = Money(state.committed_minor, c.fund.currency)
        raise PoolCannotFallBelowItsCommitments(f"fund is {c.fund}, allowed is {committed} or more")
    if c.fund == state.fund:
        return []
    return [PoolFunded(c.pool, c.component, c.entity, c.fund, c.by)]


def commit(state: PoolState, c: CommitToPool) -> list[PoolEvent]:
    """All items or none.  An item replaces what its award took before."""
    if state.fund is None:
        raise PoolIsNotFunded(f"pool {c.pool} is not set up")
    changed = tuple(i for i in c.items if state.by_award.get(i.award, 0) != i.minor)
    if not changed:
        return []
    committed = state.committed_minor + sum(extra_minor(state, item) for item in changed)
    if committed > state.fund.minor:
        raise PoolHasNoRoom(f"{committed} is more than the {state.fund.minor} minor units it holds")
    total = Money(committed, state.fund.currency)
    return [PoolCommitted(c.pool, c.cycle, changed, total, c.by)]


def extra_minor(state: PoolState, item: Commitment) -> int:
    """What the item takes beyond what its award already has; negative when it gives back."""
    return item.minor - state.by_award.get(item.award, 0)
