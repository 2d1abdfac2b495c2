"""The rules of a plan until it is a contract: proposed, countered, signed by both, withdrawn."""

from dataclasses import replace
from datetime import date

import pytest

from chassis.testing import Scenario
from goals.domain import plan
from goals.domain.commands import CounterPlan, ProposePlan, SignPlan, WithdrawPlan
from goals.domain.errors import (
    ContentHasChanged,
    LinkIsUnknown,
    ManagerIsUnknown,
    NobodyAgreesWithThemself,
    PeriodMustNotEndBeforeItStarts,
    PlanIsAlreadyProposed,
    PlanIsNotBeingNegotiated,
    ReasonIsRequired,
    SignerIsNoPartyToThePlan,
)
from goals.domain.events import PersonId, PlanCountered, PlanWithdrawn
from tests.goals.cases import (
    AGREED,
    ANN,
    ANN_SIGNED,
    BOB,
    BOB_SIGNED,
    CONTENT,
    END,
    EVA,
    HASH,
    IN_FORCE,
    ISSUED,
    LATER,
    OTHER,
    OTHER_HASH,
    PLAN,
    PROPOSE,
    PROPOSED,
    START,
    SUE,
    T,
    offering,
)

a_plan = Scenario(plan)

counter = CounterPlan(START, END, offering(OTHER, by=BOB))
countered = PlanCountered(
    PLAN, ANN, BOB, "2026", START, END, "seller", 3, OTHER, OTHER_HASH, by=BOB
)
ann_signs = SignPlan(BOB, HASH, ANN, T)
bob_signs = SignPlan(BOB, HASH, BOB, LATER)
withdraw = WithdrawPlan(BOB, "we start again", ANN, T)
withdrawn = PlanWithdrawn(PLAN, ANN, ANN, "we start again")


def by(person: PersonId) -> ProposePlan:
    return replace(PROPOSE, offer=offering(CONTENT, by=person))


# Proposing


def test_either_party_puts_a_plan_on_the_table() -> None:
    a_plan.when(PROPOSE).then(PROPOSED)
    a_plan.when(by(BOB)).then(replace(PROPOSED, by=BOB))
    a_plan.when(PROPOSE).told_twice_changes_nothing()


def test_nobody_else_puts_a_plan_on_the_table() -> None:
    a_plan.when(by(SUE)).refused(SignerIsNoPartyToThePlan)


def test_a_plan_needs_a_manager_to_agree_with() -> None:
    without = replace(PROPOSE, offer=offering(CONTENT, manager=None))
    a_plan.when(without).refused(ManagerIsUnknown)


def test_nobody_plans_with_themself() -> None:
    alone = replace(PROPOSE, offer=offering(CONTENT, manager=ANN))
    a_plan.when(alone).refused(NobodyAgreesWithThemself)


def test_a_plan_is_for_a_day_or_longer() -> None:
    assert a_plan.when(replace(PROPOSE, period_end=START)).events()
    ended = replace(PROPOSE, period_end=date(2025, 12, 31))
    a_plan.when(ended).refused(PeriodMustNotEndBeforeItStarts)
    ended_early = replace(counter, period_end=date(2025, 12, 31))
    a_plan.given(PROPOSED).when(ended_early).refused(PeriodMustNotEndBeforeItStarts)


def test_unsound_content_does_not_come_on_the_table() -> None:
    unlinked = replace(PROPOSE, offer=replace(PROPOSE.offer, objectives=frozenset()))
    a_plan.when(unlinked).refused(LinkIsUnknown)
    missing = replace(counter, offer=replace(counter.offer, objectives=frozenset()))
    a_plan.given(PROPOSED).when(missing).refused(LinkIsUnknown)


def test_one_plan_at_a_time_lies_on_the_table() -> None:
    other = replace(PROPOSE, offer=offering(OTHER))
    a_plan.given(PROPOSED).when(other).refused(PlanIsAlreadyProposed)
    a_plan.given(*IN_FORCE).when(other).refused(PlanIsAlreadyProposed)


# Countering


def test_either_party_counters() -> None:
    a_plan.given(PROPOSED).when(counter).then(countered)
    a_plan.given(PROPOSED).when(counter).told_twice_changes_nothing()
    mine = replace(counter, offer=offering(OTHER, by=ANN))
    a_plan.given(PROPOSED).when(mine).then(replace(countered, by=ANN))


def test_other_days_are_other_content() -> None:
    half = date(2026, 6, 30)
    shorter = replace(counter, period_end=half, offer=offering(CONTENT, by=BOB))
    (event,) = a_plan.given(PROPOSED).when(shorter).events()
    assert isinstance(event, PlanCountered)
    assert (event.period_end, event.content_hash == HASH) == (half, False)


def test_without_a_proposal_there_is_nothing_to_counter() -> None:
    a_plan.when(counter).refused(PlanIsNotBeingNegotiated)
    a_plan.given(PROPOSED, withdrawn).when(counter).refused(PlanIsNotBeingNegotiated)


def test_an_agreed_plan_is_not_countered() -> None:
    a_plan.given(*IN_FORCE).when(counter).refused(PlanIsNotBeingNegotiated)


def test_nobody_else_counters() -> None:
    stranger = replace(counter, offer=offering(OTHER, by=SUE))
    a_plan.given(PROPOSED).when(stranger).refused(SignerIsNoPartyToThePlan)


# Signing


def test_the_first_signature_is_recorded() -> None:
    a_plan.given(PROPOSED).when(ann_signs).then(ANN_SIGNED)
    a_plan.given(PROPOSED).when(bob_signs).then(BOB_SIGNED)
    a_plan.given(PROPOSED).when(ann_signs).told_twice_changes_nothing()


def test_the_second_signature_issues_the_contract() -> None:
    a_plan.given(PROPOSED, ANN_SIGNED).when(bob_signs).then(BOB_SIGNED, *AGREED, ISSUED)
    a_plan.given(PROPOSED, ANN_SIGNED).when(bob_signs).told_twice_changes_nothing()


def test_the_order_of_signatures_does_not_matter() -> None:
    a_plan.given(PROPOSED, BOB_SIGNED).when(ann_signs).then(ANN_SIGNED, *AGREED, ISSUED)


def test_a_signature_again_changes_nothing() -> None:
    a_plan.given(*IN_FORCE).when(ann_signs).then()
    a_plan.given(*IN_FORCE).when(bob_signs).then()


def test_a_signature_is_for_the_content_that_was_looked_at() -> None:
    stale = replace(ann_signs, content_hash=OTHER_HASH)
    a_plan.given(PROPOSED).when(stale).refused(ContentHasChanged)


def test_a_refused_signature_names_both_hashes() -> None:
    stale = a_plan.given(PROPOSED).when(replace(ann_signs, content_hash=OTHER_HASH))
    with pytest.raises(ContentHasChanged, match=f"{OTHER_HASH}.*{HASH}"):
        stale.events()


def test_a_counter_takes_the_earlier_signature_off() -> None:
    history = (PROPOSED, ANN_SIGNED, countered)
    a_plan.given(*history).when(ann_signs).refused(ContentHasChanged)
    bob_agrees = replace(bob_signs, content_hash=OTHER_HASH)
    a_plan.given(*history).when(bob_agrees).then(replace(BOB_SIGNED, content_hash=OTHER_HASH))


def test_who_signed_is_still_asked_for_the_right_hash() -> None:
    stale = replace(ann_signs, content_hash=OTHER_HASH)
    a_plan.given(PROPOSED, ANN_SIGNED).when(stale).refused(ContentHasChanged)


def test_nobody_else_signs() -> None:
    for stranger in (SUE, EVA):
        a_plan.given(PROPOSED).when(replace(ann_signs, by=stranger)).refused(
            SignerIsNoPartyToThePlan
        )


def test_nobody_signs_for_both_sides() -> None:
    """Whoever is said to be their own manager signs as the employee, and no more."""
    alone = replace(ann_signs, manager=ANN)
    a_plan.given(PROPOSED).when(alone).then(ANN_SIGNED)
    a_plan.given(PROPOSED, ANN_SIGNED).when(alone).then()
    a_plan.given(PROPOSED).when(replace(bob_signs, manager=ANN)).refused(NobodyAgreesWithThemself)


def test_without_a_proposal_there_is_nothing_to_sign() -> None:
    a_plan.when(ann_signs).refused(PlanIsNotBeingNegotiated)
    a_plan.given(PROPOSED, withdrawn).when(ann_signs).refused(PlanIsNotBeingNegotiated)


# A change of managers


def test_a_missing_signature_is_the_new_managers_to_give() -> None:
    eva_signs = SignPlan(EVA, HASH, EVA, LATER)
    a_plan.given(PROPOSED, ANN_SIGNED).when(eva_signs).then(
        replace(BOB_SIGNED, by=EVA), *AGREED, replace(ISSUED, manager=EVA)
    )
    former = replace(bob_signs, manager=EVA)
    a_plan.given(PROPOSED, ANN_SIGNED).when(former).refused(SignerIsNoPartyToThePlan)


def test_the_former_managers_signature_stays_valid() -> None:
    ann_agrees = replace(ann_signs, manager=EVA)
    a_plan.given(PROPOSED, BOB_SIGNED).when(ann_agrees).then(ANN_SIGNED, *AGREED, ISSUED)
    eva_signs = SignPlan(EVA, HASH, EVA, LATER)
    a_plan.given(PROPOSED, BOB_SIGNED).when(eva_signs).then()


def test_the_new_manager_may_counter() -> None:
    new = replace(counter, offer=offering(OTHER, by=EVA, manager=EVA))
    a_plan.given(PROPOSED).when(new).then(replace(countered, manager=EVA, by=EVA))


def test_a_manager_who_is_gone_leaves_the_employee_a_signature() -> None:
    a_plan.given(PROPOSED).when(replace(ann_signs, manager=None)).then(ANN_SIGNED)
    a_plan.given(PROPOSED).when(replace(bob_signs, manager=None)).refused(ManagerIsUnknown)


# Withdrawing


def test_either_party_withdraws() -> None:
    a_plan.given(PROPOSED).when(withdraw).then(withdrawn)
    a_plan.given(PROPOSED, BOB_SIGNED).when(replace(withdraw, by=BOB)).then(
        replace(withdrawn, by=BOB)
    )
    a_plan.given(PROPOSED).when(withdraw).told_twice_changes_nothing()


def test_nobody_else_withdraws() -> None:
    a_plan.given(PROPOSED).when(replace(withdraw, by=SUE)).refused(SignerIsNoPartyToThePlan)


def test_a_withdrawal_says_why() -> None:
    a_plan.given(PROPOSED).when(replace(withdraw, reason=" ")).refused(ReasonIsRequired)


def test_an_agreed_plan_is_not_withdrawn() -> None:
    a_plan.given(*IN_FORCE).when(withdraw).refused(PlanIsNotBeingNegotiated)
    a_plan.when(withdraw).refused(PlanIsNotBeingNegotiated)


def test_after_a_withdrawal_one_begins_again() -> None:
    a_plan.given(PROPOSED, withdrawn).when(PROPOSE).then(PROPOSED)
    a_plan.given(PROPOSED, withdrawn, PROPOSED).when(withdraw).then(withdrawn)
