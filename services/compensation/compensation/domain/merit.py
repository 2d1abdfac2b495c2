"""The merit increase of one award: matrix percent, proration, one rounding, circles."""

from dataclasses import dataclass
from decimal import Decimal

from chassis.values import Money, Period, round_minor
from compensation.domain.events import MeritCalculated
from compensation.domain.exact import exact, quotient, stored
from compensation.domain.facts import RangeFact
from compensation.domain.increase import Increase, Limits, circled, new_pay
from compensation.domain.inputs import Inputs, changed_by, is_employed_on_increase, unique
from compensation.domain.matrix import cell_for
from compensation.domain.position import compa_ratio, range_penetration
from compensation.domain.proration import eligible_days
from compensation.domain.terms import (
    AwardId,
    Cell,
    CycleId,
    PayUsed,
    PersonId,
    PositionUsed,
    Source,
)

FORMULAS = ("F27/1", "F28/1", "F41/1", "F46/1", "F40/1", "F45/1")


@dataclass(frozen=True, slots=True)
class About:
    """Which award, and which revision of it, is being calculated."""

    award: AwardId
    person: PersonId
    cycle: CycleId
    revision: int


@dataclass(frozen=True, slots=True)
class _Guideline:
    """What the matrix gives before rounding, and from where."""

    position: PositionUsed | None
    pct: Decimal
    unrounded_minor: Decimal


def prorated_increase(annual: Money, pct: Decimal, days: int, period: Period) -> Decimal:
    """F46 on F41: pay x percent x eligible days / days of the period, unrounded minor units."""
    with exact():
        numerator = annual.minor * pct * days
    return quotient(numerator, Decimal(100 * period.days))


def calculate(about: About, inputs: Inputs, before: MeritCalculated | None) -> MeritCalculated:
    """before: the merit of the revision before, for the difference."""
    terms, content = inputs.terms, inputs.terms.matrix_content
    annual, days = inputs.pay.annual, eligible_days(terms.period, inputs.employed)
    guideline = _guideline(inputs, days)
    rounded = round_minor(
        guideline.unrounded_minor, annual.currency, content.step_minor, content.rounding
    )
    raised = _raised(inputs, rounded)
    nothing = Money(0, annual.currency)
    sources = _sources(inputs)
    return MeritCalculated(
        award=about.award,
        person=about.person,
        cycle=about.cycle,
        revision=about.revision,
        effective_on=terms.increase_on,
        appraisal_revision=inputs.appraisal.revision,
        rating=inputs.appraisal.rating,
        score=inputs.appraisal.score,
        entity=inputs.assignment.entity,
        manager=inputs.assignment.manager,
        not_eligible=(
            None if is_employed_on_increase(inputs) else "not_employed_on_the_day_of_the_increase"
        ),
        pay=PayUsed(annual, inputs.pay.fte, inputs.pay.effective_on, inputs.pay_version),
        position=guideline.position,
        pct=guideline.pct,
        eligible_days=days,
        period_start=terms.period_start,
        period_end=terms.period_end,
        period_days=terms.period.days,
        unrounded_minor=stored(guideline.unrounded_minor),
        step_minor=content.step_minor,
        rounding=content.rounding,
        circle=raised.circle,
        amount=raised.recurring,
        lump_sum=raised.lump_sum,
        new_annual=new_pay(annual, raised.recurring, nothing, nothing, raised.lump_sum).base,
        difference=_difference(raised.recurring + raised.lump_sum, before),
        matrix=terms.matrix,
        matrix_version=terms.matrix_version,
        matrix_hash=terms.matrix_hash,
        terms_hash=inputs.cycle.terms_hash,
        formulas=FORMULAS,
        sources=sources,
        inputs_changed_by=changed_by(sources, (inputs.cycle.launched_by, terms.matrix_by)),
    )


def _sources(inputs: Inputs) -> tuple[Source, ...]:
    found = [inputs.appraisal.source, inputs.cycle.source, inputs.pay.source]
    found += [inputs.assignment.source, *(fact.source for fact in inputs.employment)]
    if inputs.salary_range is not None:
        found.append(inputs.salary_range.source)
    return unique(found)


def _guideline(inputs: Inputs, days: int) -> _Guideline:
    if inputs.salary_range is None or not is_employed_on_increase(inputs):
        return _Guideline(None, Decimal(0), Decimal(0))
    terms, pay, points = inputs.terms, inputs.pay, inputs.salary_range
    compa = compa_ratio(pay.annual, points.midpoint, pay.fte)
    penetration = range_penetration(pay.annual, points.minimum, points.maximum, pay.fte)
    where = compa if terms.matrix_content.key == "compa_ratio" else penetration
    cell = cell_for(terms.matrix_content, inputs.appraisal.rating, where)
    unrounded = prorated_increase(pay.annual, cell.default_pct, days, terms.period)
    return _Guideline(_position(points, compa, penetration, cell), cell.default_pct, unrounded)


def _position(points: RangeFact, compa: Decimal, penetration: Decimal, cell: Cell) -> PositionUsed:
    return PositionUsed(
        grade=points.grade,
        country=points.country,
        range_effective_on=points.effective_on,
        minimum=points.minimum,
        midpoint=points.midpoint,
        maximum=points.maximum,
        compa_ratio=stored(compa),
        penetration=stored(penetration),
        band=cell.band,
        min_pct=cell.min_pct,
        default_pct=cell.default_pct,
        max_pct=cell.max_pct,
    )


def _raised(inputs: Inputs, rounded: Money) -> Increase:
    points = inputs.salary_range
    if points is None or not is_employed_on_increase(inputs):
        return Increase(rounded, Money(0, rounded.currency), "none")
    limits = Limits(points.minimum, points.maximum)
    rule = inputs.terms.matrix_content.below_minimum
    return circled(inputs.pay.annual, rounded, limits, rule, inputs.pay.fte)


def _difference(total: Money, before: MeritCalculated | None) -> Money | None:
    if before is None or before.amount.currency != total.currency:
        return None
    return total - before.amount - before.lump_sum
