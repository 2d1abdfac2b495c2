"""The bonus of one award: base x target % x individual x company x proration (F49)."""

from collections.abc import Sequence
from decimal import Decimal

from chassis.values import Money, round_minor
from compensation.domain import bonusplan
from compensation.domain.events import BonusCalculated
from compensation.domain.exact import exact, quotient, stored
from compensation.domain.inputs import Inputs, changed_by, unique
from compensation.domain.merit import About
from compensation.domain.proration import eligible_days
from compensation.domain.terms import BonusIneligible, BonusSegment

FORMULAS = ("F49/1", "F46/1")


def multiplicative_bonus(
    base: Money,
    target_pct: Decimal,
    individual: Decimal,
    company: Decimal,
    proration: Decimal = Decimal(1),
) -> Decimal:
    """F49 for one pay and one target, unrounded minor units."""
    with exact():
        return base.minor * target_pct / 100 * individual * company * proration


def segmented_bonus(
    segments: Sequence[BonusSegment], individual: Decimal, company: Decimal, days: int
) -> Decimal:
    """F49 summed over real segments of pay and grade, unrounded minor units.

    days: the denominator of the proration, the days of the whole period.
    """
    with exact():
        targets = sum((s.annual.minor * s.target_pct * s.days for s in segments), Decimal(0))
        numerator = targets * individual * company
    return quotient(numerator, Decimal(100 * days))


def calculate(about: About, inputs: Inputs, before: BonusCalculated | None) -> BonusCalculated:
    """before: the bonus of the revision before, for the difference."""
    terms, plan = inputs.terms, inputs.terms.plan_content
    days = eligible_days(terms.period, inputs.employed)
    parts = _segments(inputs)
    individual = bonusplan.individual_factor(plan, inputs.appraisal.rating)
    assert individual is not None, "resolve waits for a rating that the plan names"
    refused = _not_eligible(inputs, parts, days)
    unrounded = Decimal(0)
    if refused is None:
        denominator = terms.period.days if plan.proration == "segments" else days
        unrounded = segmented_bonus(parts, individual, plan.company_factor, denominator)
    currency = inputs.pay.annual.currency
    amount = round_minor(unrounded, currency, plan.step_minor, plan.rounding)
    found = [inputs.appraisal.source, inputs.cycle.source]
    found += [fact.source for fact in inputs.employment]
    for segment in inputs.segments:
        found += [fact.source for fact in (segment.pay, segment.assignment) if fact is not None]
    sources = unique(found)
    return BonusCalculated(
        award=about.award,
        person=about.person,
        cycle=about.cycle,
        revision=about.revision,
        appraisal_revision=inputs.appraisal.revision,
        rating=inputs.appraisal.rating,
        not_eligible=refused,
        segments=parts,
        eligible_days=days,
        period_start=terms.period_start,
        period_end=terms.period_end,
        period_days=terms.period.days,
        individual_factor=individual,
        company_factor=plan.company_factor,
        unrounded_minor=stored(unrounded),
        step_minor=plan.step_minor,
        rounding=plan.rounding,
        amount=amount,
        difference=_difference(amount, before),
        plan=terms.plan,
        plan_version=terms.plan_version,
        plan_hash=terms.plan_hash,
        terms_hash=inputs.cycle.terms_hash,
        formulas=FORMULAS,
        sources=sources,
        inputs_changed_by=changed_by(sources, (inputs.cycle.launched_by, terms.plan_by)),
    )


def _segments(inputs: Inputs) -> tuple[BonusSegment, ...]:
    found = []
    for segment in inputs.segments:
        assert segment.pay is not None, "resolve waits for pay on every day"
        assert segment.assignment is not None, "resolve waits for an assignment on every day"
        grade = segment.assignment.grade
        target = bonusplan.target_pct(inputs.terms.plan_content, grade)
        found.append(
            BonusSegment(
                start=segment.period.start,
                end=segment.period.end,
                days=segment.period.days,
                annual=segment.pay.annual,
                grade=grade,
                target_pct=target or Decimal(0),
            )
        )
    return tuple(found)


def _not_eligible(
    inputs: Inputs, parts: Sequence[BonusSegment], days: int
) -> BonusIneligible | None:
    plan = inputs.terms.plan_content
    if not days:
        return "no_service"
    if days < plan.min_service_days:
        return "below_minimum_service"
    if all(bonusplan.target_pct(plan, part.grade) is None for part in parts):
        return "no_target_for_the_grade"
    return None


def _difference(amount: Money, before: BonusCalculated | None) -> Money | None:
    if before is None or before.amount.currency != amount.currency:
        return None
    return amount - before.amount
