"""An award: what it waits for, how it is calculated, who may approve it, how it is corrected."""

from dataclasses import replace
from datetime import date

import pytest

from chassis.testing import Scenario
from chassis.values import Money
from compensation.domain import award
from compensation.domain.award import (
    ApproverMustBeASecondPerson,
    AwardHasAnotherRevision,
    AwardInputsAreMissing,
    AwardIsNotApproved,
    AwardIsNotCalculated,
    AwardIsNotCommitted,
    AwardIsSuspended,
    OwnAwardCannotBeDecided,
    ReleasedAwardCannotBeReturned,
)
from compensation.domain.commands import (
    ApproveAward,
    AwardCommand,
    CommunicateAward,
    ConsiderAward,
    RecalculateAward,
    ReleaseAward,
    ReturnAward,
    SuspendAward,
)
from compensation.domain.events import (
    AwardApproved,
    AwardCommitted,
    AwardCommunicated,
    AwardEvent,
    AwardOpened,
    AwardReleased,
    AwardResumed,
    AwardReturned,
    AwardSuspended,
    AwardWaiting,
    BonusCalculated,
    MeritCalculated,
    RecalculationOrdered,
)
from compensation.domain.facts import AwardFacts
from compensation.domain.terms import ReleasedLine, WaitingReason
from tests.compensation.cases import (
    ANALYST,
    APPROVER,
    AWARD,
    CYCLE,
    FACTS,
    IMPORTER,
    LAUNCHER,
    PERSON,
    PLAN,
    TERMS,
    T,
    appraised,
    assigned,
    d,
    eur,
    hired,
    left,
    pay,
    salary_range,
    with_terms,
)

an_award = Scenario(award)
SYSTEM = "system:compensation"


def consider(facts: AwardFacts = FACTS) -> ConsiderAward:
    return ConsiderAward(AWARD, PERSON, CYCLE, facts, SYSTEM, T)


def recalculate(facts: AwardFacts, by: str = ANALYST) -> RecalculateAward:
    return RecalculateAward(AWARD, PERSON, CYCLE, facts, "pay was wrong", by, T)


def calculated(facts: AwardFacts = FACTS) -> tuple[MeritCalculated, BonusCalculated]:
    """What the facts give for a new award."""
    _, merit, bonus = an_award.when(consider(facts)).events()
    assert isinstance(merit, MeritCalculated)
    assert isinstance(bonus, BonusCalculated)
    return merit, bonus


opened = AwardOpened(AWARD, PERSON, CYCLE, SYSTEM)
merit_1, bonus_1 = calculated()
committed = AwardCommitted(AWARD, PERSON, CYCLE, 1, (), ANALYST)
approved = AwardApproved(AWARD, PERSON, CYCLE, 1, APPROVER)
released = AwardReleased(
    award=AWARD,
    person=PERSON,
    cycle=CYCLE,
    revision=1,
    entity="MT-DE",
    effective_on=date(2027, 1, 1),
    lines=(
        ReleasedLine("merit", "recurring", eur(1_250), eur(51_250)),
        ReleasedLine("bonus", "one_off", eur(5_500), None),
    ),
    pay_effective_on=date(2020, 1, 1),
    pay_version=2,
    approved_by=APPROVER,
    by=ANALYST,
)
suspended = AwardSuspended(AWARD, PERSON, CYCLE, 1, "appraisal_reopened", 2)

CALCULATED: tuple[AwardEvent, ...] = (opened, merit_1, bonus_1)
COMMITTED: tuple[AwardEvent, ...] = (*CALCULATED, committed)
APPROVED: tuple[AwardEvent, ...] = (*COMMITTED, approved)
RELEASED: tuple[AwardEvent, ...] = (*APPROVED, released)

approve = ApproveAward(AWARD, 1, APPROVER, T)
give_back = ReturnAward(AWARD, "the range is wrong", APPROVER, T)
communicate = CommunicateAward(AWARD, ANALYST, T)
release = ReleaseAward(AWARD, ANALYST, T)
suspend = SuspendAward(AWARD, PERSON, CYCLE, 2, SYSTEM, T)


def test_an_award_is_calculated_once_everything_is_known() -> None:
    an_award.when(consider()).then(opened, merit_1, bonus_1)
    an_award.when(consider()).told_twice_changes_nothing()


def test_the_merit_keeps_every_factor() -> None:
    assert merit_1.position is not None
    assert (merit_1.position.band, merit_1.pct) == ("below", d("2.5"))
    assert merit_1.position.compa_ratio == d("50") / d("60")
    assert (merit_1.eligible_days, merit_1.period_days) == (365, 365)
    assert merit_1.amount == eur(1_250)
    assert merit_1.lump_sum == eur(0)
    assert merit_1.new_annual == eur(51_250)
    assert {found.kind for found in merit_1.sources} == {
        "appraisal",
        "cycle",
        "pay",
        "assignment",
        "employment",
        "range",
    }


def test_the_bonus_keeps_every_factor() -> None:
    assert bonus_1.amount == eur(5_500)  # 50 000 x 10 % x 1.0 x 1.1
    assert (bonus_1.individual_factor, bonus_1.company_factor) == (d("1.0"), d("1.1"))
    (segment,) = bonus_1.segments
    assert (segment.days, segment.annual, segment.target_pct) == (365, eur(50_000), d("10"))


def test_the_bonus_follows_pay_and_grade_through_the_year() -> None:
    facts = replace(
        FACTS,
        pay=(pay(50_000), pay(60_000, date(2026, 7, 1), version=4)),
        assignments=(assigned("G5"), assigned("G6", date(2026, 10, 1), version=5)),
        ranges=(replace(salary_range(48_000, 60_000, 72_000), grade="G6"),),
    )
    _, bonus = calculated(facts)
    whole = 50_000 * 10 * 181 + 60_000 * 10 * 92 + 60_000 * 15 * 92
    assert bonus.unrounded_minor == d(str(whole * 100)) * d("1.1") / (100 * 365)
    assert bonus.amount == Money(688_630, "EUR")  # 6 886.30 of 6 260.27 x 1.1


def test_merit_is_prorated_and_rounded_once() -> None:
    facts = replace(FACTS, employment=(hired(date(2026, 7, 1)),))
    merit, _ = calculated(facts)
    assert merit.eligible_days == 184
    assert merit.amount == Money(63_014, "EUR")  # 50 000 x 2.5 % x 184/365 = 630.1369…


def test_red_circled_pay_takes_the_increase_as_a_lump_sum() -> None:
    facts = replace(FACTS, pay=(pay(80_000),))
    merit, _ = calculated(facts)
    assert (merit.circle, merit.amount, merit.lump_sum) == ("red", eur(0), eur(1_600))
    assert merit.new_annual == eur(80_000)


def test_a_grade_without_target_gets_no_bonus_and_says_why() -> None:
    plan = replace(PLAN, targets=PLAN.targets[1:])
    _, bonus = calculated(with_terms(FACTS, replace(TERMS, plan_content=plan)))
    assert (bonus.amount, bonus.not_eligible) == (eur(0), "no_target_for_the_grade")


def test_short_service_gets_no_bonus_and_says_why() -> None:
    short = replace(FACTS, employment=(hired(date(2026, 10, 4)),))
    _, bonus = calculated(short)
    assert (bonus.amount, bonus.not_eligible) == (eur(0), "below_minimum_service")
    just = replace(FACTS, employment=(hired(date(2026, 10, 3)),))
    _, bonus = calculated(just)
    assert (bonus.eligible_days, bonus.not_eligible) == (90, None)


def test_a_leaver_gets_the_bonus_of_the_days_served_and_no_increase() -> None:
    facts = replace(FACTS, employment=(hired(), left(date(2026, 6, 30))), ranges=())
    merit, bonus = calculated(facts)
    assert merit.not_eligible == "not_employed_on_the_day_of_the_increase"
    assert (merit.amount, merit.lump_sum) == (eur(0), eur(0))
    assert bonus.eligible_days == 181
    assert bonus.amount == Money(272_740, "EUR")


@pytest.mark.parametrize(
    ("facts", "reasons"),
    [
        (replace(FACTS, cycle=None), ("no_cycle",)),
        (replace(FACTS, employment=()), ("no_employment",)),
        (replace(FACTS, pay=()), ("no_pay_fact",)),
        (replace(FACTS, pay=(pay(50_000, date(2026, 2, 1)),)), ("no_pay_fact",)),
        (replace(FACTS, assignments=()), ("no_assignment",)),
        (replace(FACTS, assignments=(assigned(manager=None),)), ("no_manager",)),
        (replace(FACTS, ranges=()), ("no_range",)),
        (replace(FACTS, pay=(), assignments=()), ("no_pay_fact", "no_assignment")),
        (
            replace(FACTS, appraisal=appraised("superb")),
            ("rating_not_in_matrix", "rating_not_in_plan"),
        ),
    ],
)
def test_what_is_missing_is_waited_for_by_name(
    facts: AwardFacts, reasons: tuple[WaitingReason, ...]
) -> None:
    waiting = AwardWaiting(AWARD, PERSON, CYCLE, reasons)
    an_award.when(consider(facts)).then(opened, waiting)
    an_award.when(consider(facts)).told_twice_changes_nothing()
    an_award.given(opened, waiting).when(consider()).then(merit_1, bonus_1)


def test_pay_in_two_currencies_is_waited_for() -> None:
    dollars = replace(pay(50_000), annual=Money(5_000_000, "USD"))
    later = replace(pay(50_000, date(2026, 7, 1), version=4))
    facts = replace(FACTS, pay=(dollars, later))
    an_award.when(consider(facts)).then(
        opened, AwardWaiting(AWARD, PERSON, CYCLE, ("currencies_differ",))
    )


def test_an_input_that_comes_later_does_not_move_a_calculated_award() -> None:
    raised = replace(FACTS, pay=(pay(60_000, version=7),))
    an_award.given(*CALCULATED).when(consider(raised)).then()


def test_the_award_names_the_latest_pay_fact_that_it_knew() -> None:
    later = pay(60_000, date(2027, 8, 3), version=9)
    merit, _ = calculated(replace(FACTS, pay=(pay(50_000), later)))
    assert (merit.pay.annual, merit.pay.version) == (eur(50_000), 9)


def test_a_second_person_approves_what_was_committed() -> None:
    an_award.given(*COMMITTED).when(approve).then(approved)
    an_award.given(*COMMITTED).when(approve).told_twice_changes_nothing()
    an_award.given(*CALCULATED).when(approve).refused(AwardIsNotCommitted)


def test_nobody_decides_their_own_award() -> None:
    own: list[AwardCommand] = [
        replace(approve, by=PERSON),
        replace(give_back, by=PERSON),
        replace(communicate, by=PERSON),
        recalculate(FACTS, by=PERSON),
    ]
    for command in own:
        an_award.given(*COMMITTED).when(command).refused(OwnAwardCannotBeDecided)


@pytest.mark.parametrize("by", [LAUNCHER, IMPORTER, ANALYST, "the-manager"])
def test_who_launched_or_changed_an_input_does_not_approve(by: str) -> None:
    an_award.given(*COMMITTED).when(replace(approve, by=by)).refused(ApproverMustBeASecondPerson)


def test_who_ordered_a_recalculation_does_not_approve_it() -> None:
    ordered = RecalculationOrdered(AWARD, PERSON, CYCLE, 2, APPROVER, "…")
    again = (ordered, replace(merit_1, revision=2), replace(bonus_1, revision=2))
    history = (*RELEASED, *again, replace(committed, revision=2))
    an_award.given(*history).when(replace(approve, revision=2)).refused(ApproverMustBeASecondPerson)


def test_only_the_revision_that_was_looked_at_is_approved() -> None:
    an_award.given(*COMMITTED).when(replace(approve, revision=2)).refused(AwardHasAnotherRevision)
    an_award.given(*COMMITTED).when(replace(approve, revision=None)).then(approved)


def test_an_approved_award_is_communicated_once_per_revision() -> None:
    told = AwardCommunicated(AWARD, PERSON, CYCLE, 1, ANALYST)
    an_award.given(*APPROVED).when(communicate).then(told)
    an_award.given(*RELEASED).when(communicate).then(told)
    an_award.given(*APPROVED).when(communicate).told_twice_changes_nothing()
    an_award.given(*COMMITTED).when(communicate).refused(AwardIsNotApproved)


def test_an_approved_award_is_released_with_its_lines() -> None:
    an_award.given(*APPROVED).when(release).then(released)
    an_award.given(*APPROVED).when(release).told_twice_changes_nothing()
    an_award.given(*COMMITTED).when(release).refused(AwardIsNotApproved)


def test_releasing_decides_nothing_so_who_it_is_about_may_do_it() -> None:
    an_award.given(*APPROVED).when(replace(release, by=PERSON)).then(replace(released, by=PERSON))


def test_the_released_version_is_that_of_the_stream() -> None:
    state = award.INITIAL
    for event in RELEASED:
        state = award.evolve(state, event)
    assert (state.released_version, state.released_total) == (len(RELEASED), eur(6_750))


def test_a_returned_award_goes_on_with_a_recalculation() -> None:
    returned = AwardReturned(AWARD, PERSON, CYCLE, 1, APPROVER, "the range is wrong")
    an_award.given(*COMMITTED).when(give_back).then(returned)
    an_award.given(*COMMITTED).when(give_back).told_twice_changes_nothing()
    an_award.given(*COMMITTED, returned).when(approve).refused(AwardIsNotCommitted)
    an_award.given(*COMMITTED, returned).when(recalculate(FACTS)).told_twice_changes_nothing()
    again = an_award.given(*COMMITTED, returned).when(recalculate(FACTS)).events()
    assert [type(event) for event in again] == [
        RecalculationOrdered,
        MeritCalculated,
        BonusCalculated,
    ]


def test_a_released_award_is_corrected_and_not_returned() -> None:
    an_award.given(*RELEASED).when(give_back).refused(ReleasedAwardCannotBeReturned)


def test_a_recalculation_is_the_next_revision_with_the_difference() -> None:
    raised = replace(FACTS, pay=(pay(60_000, version=7),))
    ordered, merit, bonus = an_award.given(*RELEASED).when(recalculate(raised)).events()
    assert ordered == RecalculationOrdered(AWARD, PERSON, CYCLE, 2, ANALYST, "pay was wrong")
    assert isinstance(merit, MeritCalculated)
    assert isinstance(bonus, BonusCalculated)
    assert (merit.revision, bonus.revision) == (2, 2)
    assert merit.difference == merit.amount - merit_1.amount
    assert bonus.difference == eur(1_100)


def test_a_recalculation_that_changes_nothing_is_none() -> None:
    an_award.given(*RELEASED).when(recalculate(FACTS)).then()


def test_a_recalculation_needs_a_calculation_and_its_inputs() -> None:
    waiting = AwardWaiting(AWARD, PERSON, CYCLE, ("no_range",))
    an_award.given(opened, waiting).when(recalculate(FACTS)).refused(AwardIsNotCalculated)
    bare = replace(FACTS, ranges=())
    an_award.given(*CALCULATED).when(recalculate(bare)).refused(AwardInputsAreMissing)


def test_a_reopened_appraisal_suspends_the_award() -> None:
    an_award.given(*RELEASED).when(suspend).then(suspended)
    an_award.given(*RELEASED).when(suspend).told_twice_changes_nothing()
    refused: list[AwardCommand] = [approve, give_back, communicate, release, recalculate(FACTS)]
    for command in refused:
        an_award.given(*RELEASED, suspended).when(command).refused(AwardIsSuspended)


def test_the_next_revision_of_the_appraisal_is_calculated_and_resumes_with_its_release() -> None:
    better = replace(FACTS, appraisal=appraised("exceeds", revision=2))
    history = (*RELEASED, suspended)
    an_award.given(*history).when(consider(FACTS)).then()
    merit, bonus = an_award.given(*history).when(consider(better)).events()
    assert isinstance(merit, MeritCalculated)
    assert isinstance(bonus, BonusCalculated)
    assert (merit.revision, merit.difference) == (2, eur(500))
    assert bonus.difference == eur(1_100)
    second = (replace(committed, revision=2), replace(approved, revision=2))
    resumed, corrected = an_award.given(*history, merit, bonus, *second).when(release).events()
    assert resumed == AwardResumed(AWARD, PERSON, CYCLE, 2)
    assert isinstance(corrected, AwardReleased)
    assert [line.amount for line in corrected.lines] == [eur(1_750), eur(6_600)]


def test_what_was_released_and_is_nothing_now_is_taken_back() -> None:
    plan = replace(PLAN, company_factor=d("0"))
    nothing = with_terms(FACTS, replace(TERMS, plan_content=plan))
    _, merit, bonus = an_award.given(*RELEASED).when(recalculate(nothing)).events()
    again = (replace(committed, revision=2), replace(approved, revision=2))
    (event,) = an_award.given(*RELEASED, merit, bonus, *again).when(release).events()
    assert isinstance(event, AwardReleased)
    assert event.lines[-1] == ReleasedLine("bonus", "one_off", eur(0), None)


def test_a_reopening_heard_before_anything_else_is_kept() -> None:
    first = replace(suspended, revision=0)
    an_award.when(suspend).then(opened, first)
    an_award.given(opened, first).when(consider(FACTS)).then()


def test_a_reopening_that_is_already_final_again_suspends_nothing() -> None:
    better = replace(FACTS, appraisal=appraised("exceeds", revision=2))
    merit, bonus = calculated(better)
    an_award.given(opened, merit, bonus).when(suspend).then()
