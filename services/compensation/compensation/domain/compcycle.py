"""A compensation cycle: launched once for an appraisal cycle, with all its terms frozen."""

from dataclasses import dataclass

from compensation.domain import bonusplan, matrix
from compensation.domain.commands import LaunchCycle
from compensation.domain.errors import CompensationRuleBroken
from compensation.domain.events import CycleLaunched
from compensation.domain.terms import CycleTerms, PoolUse, content_hash


class LaunchedCycleCannotChange(CompensationRuleBroken):
    """A launched cycle keeps its terms; other terms need another cycle."""


class MatrixAndPlanMustRateAlike(CompensationRuleBroken):
    """The matrix and the bonus plan name different ratings."""


class OnePoolPerPurpose(CompensationRuleBroken):
    """Two pools of a cycle would pay for the same awards."""


class IncreaseCannotPrecedeThePeriod(CompensationRuleBroken):
    """An increase would count before the period that it rewards has begun."""


@dataclass(frozen=True, slots=True)
class CycleState:
    terms: CycleTerms | None = None
    terms_hash: str = ""
    launched_by: str = ""


INITIAL = CycleState()


def evolve(state: CycleState, event: CycleLaunched) -> CycleState:
    return CycleState(event.terms, event.terms_hash, event.launched_by)


def decide(state: CycleState, c: LaunchCycle) -> list[CycleLaunched]:
    found = content_hash(c.terms)
    if state.terms is not None:
        if found == state.terms_hash:
            return []
        raise LaunchedCycleCannotChange(f"cycle {c.cycle} was launched with other terms")
    rated = matrix.ratings(c.terms.matrix_content)
    paid = bonusplan.ratings(c.terms.plan_content)
    if rated != paid:
        raise MatrixAndPlanMustRateAlike(
            f"only one of them names {', '.join(sorted(rated ^ paid))}"
        )
    if c.terms.increase_on < c.terms.period_start:
        raise IncreaseCannotPrecedeThePeriod(
            f"increase on {c.terms.increase_on}, allowed is {c.terms.period_start} or later"
        )
    _check_pools(c.terms.pools)
    return [CycleLaunched(c.cycle, c.terms, found, c.by)]


def _check_pools(pools: tuple[PoolUse, ...]) -> None:
    purposes = [(use.component, use.currency, use.entity) for use in pools]
    if len(set(purposes)) < len(purposes):
        raise OnePoolPerPurpose(
            "allowed is one pool for each component, currency and entity of a cycle"
        )
