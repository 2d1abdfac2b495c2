"""A recorded calculation holds all that it needs: done again from itself it is the same."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from chassis.values import Money, Period, round_minor
from compensation.domain import award
from compensation.domain.bonus import segmented_bonus
from compensation.domain.commands import ConsiderAward
from compensation.domain.events import BonusCalculated, MeritCalculated
from compensation.domain.facts import AwardFacts
from compensation.domain.increase import Limits, circled
from compensation.domain.merit import prorated_increase
from tests.compensation.cases import (
    AWARD,
    CYCLE,
    FACTS,
    MATRIX,
    PERSON,
    PLAN,
    TERMS,
    T,
    appraised,
    assigned,
    d,
    hired,
    pay,
    salary_range,
    with_terms,
)

DAYS = st.integers(0, 364).map(lambda days: date(2026, 1, 1) + timedelta(days=days))
STEPS = st.sampled_from([1, 10, 100, 100_000])


@st.composite
def facts(draw: st.DrawFn) -> AwardFacts:
    """Somebody with a raise and a move in the year, whole or part time, anywhere in the range."""
    fte = draw(st.sampled_from(["1", "0.5", "0.8", "0.6667"]))
    before, after = draw(st.integers(20_000, 90_000)), draw(st.integers(20_000, 90_000))
    raised, moved = draw(DAYS), draw(DAYS)
    step = draw(STEPS)
    terms = replace(
        TERMS,
        matrix_content=replace(MATRIX, step_minor=step),
        plan_content=replace(PLAN, step_minor=step, min_service_days=0),
    )
    known = replace(
        FACTS,
        appraisal=appraised(draw(st.sampled_from(["meets", "exceeds"]))),
        employment=(hired(draw(DAYS)),),
        pay=(pay(before, fte=fte), pay(after, raised, fte, version=5)),
        assignments=(assigned("G6"), assigned("G5", moved, version=6)),
        ranges=(salary_range(48_000, 60_000, 72_000),),
    )
    return with_terms(known, terms)


@given(facts())
def test_an_amount_is_reproduced_from_its_own_event(known: AwardFacts) -> None:
    command = ConsiderAward(AWARD, PERSON, CYCLE, known, "system:compensation", T)
    _, merit, bonus = award.decide(award.INITIAL, command)
    assert isinstance(merit, MeritCalculated)
    assert isinstance(bonus, BonusCalculated)

    factors = (bonus.individual_factor, bonus.company_factor)
    exact = segmented_bonus(bonus.segments, *factors, bonus.period_days)
    again = round_minor(exact, bonus.amount.currency, bonus.step_minor, bonus.rounding)
    assert again == bonus.amount
    assert sum(segment.days for segment in bonus.segments) == bonus.eligible_days

    assert merit.position is not None
    period = Period(merit.period_start, merit.period_end)
    exact = prorated_increase(merit.pay.annual, merit.pct, merit.eligible_days, period)
    rounded = round_minor(exact, merit.amount.currency, merit.step_minor, merit.rounding)
    limits = Limits(merit.position.minimum, merit.position.maximum)
    split = circled(merit.pay.annual, rounded, limits, "guideline_only", merit.pay.fte)
    assert (split.recurring, split.lump_sum) == (merit.amount, merit.lump_sum)
    assert merit.amount + merit.lump_sum == rounded
    assert merit.new_annual == merit.pay.annual + merit.amount


@given(facts())
def test_an_increase_never_lifts_pay_over_the_range(known: AwardFacts) -> None:
    command = ConsiderAward(AWARD, PERSON, CYCLE, known, "system:compensation", T)
    _, merit, _ = award.decide(award.INITIAL, command)
    assert isinstance(merit, MeritCalculated)
    assert merit.position is not None
    highest = merit.position.maximum.minor * merit.pay.fte
    assert merit.amount == Money(0, "EUR") or d(str(merit.new_annual.minor)) <= highest
