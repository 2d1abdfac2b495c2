"""Every merit increase and bonus, calculated again from the factors frozen in its event."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from chassis.values import Money, Period, round_minor
from cli.replay.figure import Figure
from compensation.domain import bonusplan
from compensation.domain.bonus import segmented_bonus
from compensation.domain.events import BonusCalculated, CycleLaunched, MeritCalculated
from compensation.domain.exact import stored
from compensation.domain.increase import Increase, Limits, circled, new_pay
from compensation.domain.matrix import cell_for
from compensation.domain.merit import prorated_increase
from compensation.domain.position import compa_ratio, range_penetration
from compensation.domain.terms import CycleTerms, PositionUsed, content_hash


def awards(streams: Mapping[UUID, Sequence[Any]]) -> list[Figure]:
    """One figure per calculation, under the terms of its cycle as they were launched."""
    launched = {
        event.cycle: event
        for events in streams.values()
        for event in events
        if isinstance(event, CycleLaunched)
    }
    found = []
    for stream, events in streams.items():
        for event in events:
            if isinstance(event, MeritCalculated | BonusCalculated):
                kind = "merit" if isinstance(event, MeritCalculated) else "bonus"
                equal = _equal(event, launched.get(event.cycle))
                found.append(Figure(kind, str(stream), event.revision, equal))
    return found


def _equal(event: MeritCalculated | BonusCalculated, cycle: CycleLaunched | None) -> bool:
    if cycle is None or event.terms_hash != content_hash(cycle.terms):
        return False
    try:
        if isinstance(event, MeritCalculated):
            return merit_again(event, cycle.terms)
        return bonus_again(event, cycle.terms)
    except Exception:  # whatever stops it: the figure does not come out again
        return False


def merit_again(event: MeritCalculated, terms: CycleTerms) -> bool:
    """The matrix cell from pay and range, the increase from the cell, the split from the range."""
    matrix, annual = terms.matrix_content, event.pay.annual
    pct, unrounded = Decimal(0), Decimal(0)
    if event.position is not None:
        if not _position_again(event, event.position, terms):
            return False
        pct = event.position.default_pct
        period = Period(event.period_start, event.period_end)
        unrounded = prorated_increase(annual, pct, event.eligible_days, period)
    rounded = round_minor(unrounded, annual.currency, matrix.step_minor, matrix.rounding)
    split = Increase(rounded, Money(0, annual.currency), "none")
    if event.position is not None:
        limits = Limits(event.position.minimum, event.position.maximum)
        split = circled(annual, rounded, limits, matrix.below_minimum, event.pay.fte)
    nothing = Money(0, annual.currency)
    base = new_pay(annual, split.recurring, nothing, nothing, split.lump_sum).base
    again = (pct, stored(unrounded), split.circle, split.recurring, split.lump_sum, base)
    recorded = (event.pct, event.unrounded_minor, event.circle, event.amount, event.lump_sum)
    return again == (*recorded, event.new_annual)


def _position_again(event: MeritCalculated, used: PositionUsed, terms: CycleTerms) -> bool:
    pay = event.pay
    compa = compa_ratio(pay.annual, used.midpoint, pay.fte)
    penetration = range_penetration(pay.annual, used.minimum, used.maximum, pay.fte)
    where = compa if terms.matrix_content.key == "compa_ratio" else penetration
    cell = cell_for(terms.matrix_content, event.rating, where)
    again = (stored(compa), stored(penetration), cell.band, cell.default_pct)
    return again == (used.compa_ratio, used.penetration, used.band, used.default_pct)


def bonus_again(event: BonusCalculated, terms: CycleTerms) -> bool:
    """Targets by grade and factors by rating from the plan, the amount from the segments."""
    plan = terms.plan_content
    individual = bonusplan.individual_factor(plan, event.rating)
    if individual is None:
        return False
    targets = [bonusplan.target_pct(plan, part.grade) or Decimal(0) for part in event.segments]
    unrounded = Decimal(0)
    if event.not_eligible is None:
        days = event.period_days if plan.proration == "segments" else event.eligible_days
        unrounded = segmented_bonus(event.segments, individual, plan.company_factor, days)
    amount = round_minor(unrounded, event.amount.currency, plan.step_minor, plan.rounding)
    again = (targets, individual, plan.company_factor, stored(unrounded), amount)
    recorded = ([part.target_pct for part in event.segments], event.individual_factor)
    return again == (*recorded, event.company_factor, event.unrounded_minor, event.amount)
