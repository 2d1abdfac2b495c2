"""The rules of a contract in force: amended with a reason and both acceptances, or left alone."""

from dataclasses import replace
from datetime import date

import pytest

from chassis.testing import Scenario
from goals.domain import plan
from goals.domain.commands import (
    CounterPlan,
    ProposeAmendment,
    RejectAmendment,
    SignAmendment,
    SignPlan,
    WithdrawPlan,
)
from goals.domain.content import Terms, content_hash
from goals.domain.errors import (
    AmendmentIsAlreadyProposed,
    AmendmentIsNotProposed,
    AmendmentLiesOutsideThePeriod,
    ContentHasChanged,
    ContractIsNotInForce,
    LinkIsUnknown,
    NobodyAgreesWithThemself,
    PlanIsNotBeingNegotiated,
    ReasonIsRequired,
    SignerIsNoPartyToThePlan,
)
from goals.domain.events import (
    AmendmentProposed,
    AmendmentRejected,
    AmendmentSigned,
    ContractAmended,
    GoalAgreed,
    PlanEvent,
)
from tests.goals.cases import (
    ANN,
    BOB,
    CONTENT,
    END,
    EVA,
    HASH,
    IN_FORCE,
    LATER,
    OTHER,
    PLAN,
    PROPOSED,
    SELLER,
    START,
    SUE,
    T,
    offering,
)

a_contract = Scenario(plan).given(*IN_FORCE)

JULY = date(2026, 7, 1)
WHY = "the area was split"
HASH_2 = content_hash(OTHER, Terms(ANN, START, END, "seller", 3, JULY, WHY))

amend = ProposeAmendment(JULY, WHY, offering(OTHER, by=BOB))
asked = AmendmentProposed(PLAN, ANN, BOB, JULY, WHY, "seller", 3, 2, OTHER, HASH_2)
ann_accepts = SignAmendment(BOB, HASH_2, ANN, T)
bob_accepts = SignAmendment(BOB, HASH_2, BOB, LATER)
ann_accepted = AmendmentSigned(PLAN, ANN, ANN, "employee", HASH_2, T)
bob_accepted = AmendmentSigned(PLAN, ANN, BOB, "manager", HASH_2, LATER)
agreed = tuple(GoalAgreed(PLAN, ANN, line.goal, line.weight_pct, 2) for line in OTHER.goals)
amended = ContractAmended(
    plan=PLAN,
    person=ANN,
    manager=BOB,
    period="2026",
    effective_on=JULY,
    period_start=START,
    period_end=END,
    job="seller",
    job_version=3,
    revision=2,
    content=OTHER,
    content_hash=HASH_2,
    previous_hash=HASH,
    reason=WHY,
    employee_signed_at=T,
    manager_signed_at=LATER,
)
revised: tuple[PlanEvent, ...] = (*IN_FORCE, asked, ann_accepted, bob_accepted, *agreed, amended)
reject = RejectAmendment(BOB, "nothing has changed", ANN, T)
rejected = AmendmentRejected(PLAN, ANN, ANN, "nothing has changed")


an_amendment = a_contract.given(*IN_FORCE, asked)


# Proposing


def test_either_party_asks_for_an_amendment() -> None:
    a_contract.when(amend).then(asked)
    a_contract.when(replace(amend, offer=offering(OTHER, by=ANN))).then(replace(asked, by=ANN))
    a_contract.when(amend).told_twice_changes_nothing()


def test_nobody_else_asks_for_an_amendment() -> None:
    stranger = replace(amend, offer=offering(OTHER, by=SUE))
    a_contract.when(stranger).refused(SignerIsNoPartyToThePlan)


def test_what_is_not_agreed_is_countered_not_amended() -> None:
    a_contract.given(PROPOSED).when(amend).refused(ContractIsNotInForce)


def test_an_amendment_says_why() -> None:
    a_contract.when(replace(amend, reason="  ")).refused(ReasonIsRequired)


@pytest.mark.parametrize("day", [START, END])
def test_an_amendment_counts_from_a_day_of_the_period(day: date) -> None:
    assert a_contract.when(replace(amend, effective_on=day)).events()


@pytest.mark.parametrize("day", [date(2025, 12, 31), date(2027, 1, 1)])
def test_an_amendment_does_not_count_from_a_day_outside_the_period(day: date) -> None:
    a_contract.when(replace(amend, effective_on=day)).refused(AmendmentLiesOutsideThePeriod)


def test_an_amendment_does_not_reach_behind_the_one_before() -> None:
    third = replace(amend, reason="again", offer=offering(CONTENT, by=BOB))
    (event,) = a_contract.given(*revised).when(third).events()
    assert isinstance(event, AmendmentProposed)
    assert event.revision == 3
    a_contract.given(*revised).when(replace(third, effective_on=date(2026, 6, 30))).refused(
        AmendmentLiesOutsideThePeriod
    )


def test_one_amendment_at_a_time() -> None:
    other = replace(amend, reason="another reason")
    an_amendment.when(other).refused(AmendmentIsAlreadyProposed)


def test_unsound_content_is_no_amendment() -> None:
    missing = replace(amend, offer=replace(amend.offer, objectives=frozenset()))
    a_contract.when(missing).refused(LinkIsUnknown)


def test_an_amendment_is_for_the_job_that_the_person_has_by_then() -> None:
    job = replace(SELLER, job="senior-seller", job_version=1)
    (event,) = a_contract.when(replace(amend, offer=replace(amend.offer, job=job))).events()
    assert isinstance(event, AmendmentProposed)
    assert (event.job, event.job_version) == ("senior-seller", 1)


# Signing


def test_the_first_acceptance_changes_nothing_yet() -> None:
    an_amendment.when(ann_accepts).then(ann_accepted)
    an_amendment.when(bob_accepts).then(bob_accepted)
    an_amendment.when(ann_accepts).told_twice_changes_nothing()


def test_both_acceptances_amend_the_contract() -> None:
    half = a_contract.given(*IN_FORCE, asked, ann_accepted)
    half.when(bob_accepts).then(bob_accepted, *agreed, amended)
    half.when(bob_accepts).told_twice_changes_nothing()
    other_half = a_contract.given(*IN_FORCE, asked, bob_accepted)
    other_half.when(ann_accepts).then(ann_accepted, *agreed, amended)


def test_whoever_manages_the_person_now_accepts() -> None:
    eva_accepts = SignAmendment(EVA, HASH_2, EVA, LATER)
    half = a_contract.given(*IN_FORCE, asked, ann_accepted)
    half.when(eva_accepts).then(
        replace(bob_accepted, by=EVA), *agreed, replace(amended, manager=EVA)
    )
    half.when(replace(bob_accepts, manager=EVA)).refused(SignerIsNoPartyToThePlan)


def test_an_acceptance_is_for_the_content_that_was_looked_at() -> None:
    an_amendment.when(replace(ann_accepts, content_hash=HASH)).refused(ContentHasChanged)


def test_nobody_accepts_for_both_sides() -> None:
    alone = replace(ann_accepts, manager=ANN)
    a_contract.given(*IN_FORCE, asked, ann_accepted).when(alone).then()
    an_amendment.when(replace(bob_accepts, manager=ANN)).refused(NobodyAgreesWithThemself)


def test_without_an_amendment_there_is_nothing_to_accept() -> None:
    a_contract.when(ann_accepts).refused(AmendmentIsNotProposed)
    a_contract.given(PROPOSED).when(ann_accepts).refused(ContractIsNotInForce)
    a_contract.given(*IN_FORCE, asked, rejected).when(ann_accepts).refused(AmendmentIsNotProposed)


def test_an_amendment_is_not_signed_or_countered_as_a_plan() -> None:
    an_amendment.when(SignPlan(BOB, HASH_2, ANN, T)).refused(PlanIsNotBeingNegotiated)
    counter = CounterPlan(START, END, offering(OTHER))
    an_amendment.when(counter).refused(PlanIsNotBeingNegotiated)


# Rejecting


def test_either_party_rejects_and_the_contract_stays() -> None:
    an_amendment.when(reject).then(rejected)
    an_amendment.when(replace(reject, by=BOB)).then(replace(rejected, by=BOB))
    an_amendment.when(reject).told_twice_changes_nothing()


def test_after_a_rejection_another_amendment_may_be_asked_for() -> None:
    a_contract.given(*IN_FORCE, asked, rejected).when(amend).then(asked)
    a_contract.given(*IN_FORCE, asked, rejected, asked).when(reject).then(rejected)


def test_a_contract_whose_amendment_was_rejected_is_not_withdrawn() -> None:
    withdraw = WithdrawPlan(BOB, "we start again", ANN, T)
    a_contract.given(*IN_FORCE, asked, rejected).when(withdraw).refused(PlanIsNotBeingNegotiated)


def test_nobody_else_rejects() -> None:
    an_amendment.when(replace(reject, by=SUE)).refused(SignerIsNoPartyToThePlan)


def test_a_rejection_says_why() -> None:
    an_amendment.when(replace(reject, reason="")).refused(ReasonIsRequired)


def test_without_an_amendment_there_is_nothing_to_reject() -> None:
    a_contract.when(reject).refused(AmendmentIsNotProposed)
    a_contract.given(*revised).when(reject).refused(AmendmentIsNotProposed)
    a_contract.given(PROPOSED).when(reject).refused(ContractIsNotInForce)
