"""A plan: proposed, countered, signed by both over one hash, and from then on a contract.

Texts in the state are sealed; a rule compares hashes and never reads them.  Who the manager is
comes with each command.  When that changes, a signature that was given stays valid, since it was
given by whoever was the manager then; one that is missing is the new manager's to give.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import assert_never

from goals.domain.commands import (
    CounterPlan,
    Offer,
    PlanCommand,
    ProposeAmendment,
    ProposePlan,
    RejectAmendment,
    SignAmendment,
    SignPlan,
    WithdrawPlan,
)
from goals.domain.content import Terms, check_content, content_hash
from goals.domain.errors import (
    AmendmentIsAlreadyProposed,
    AmendmentIsNotProposed,
    AmendmentLiesOutsideThePeriod,
    ContentHasChanged,
    ContractIsNotInForce,
    ManagerIsUnknown,
    NobodyAgreesWithThemself,
    PeriodMustNotEndBeforeItStarts,
    PlanIsAlreadyProposed,
    PlanIsNotBeingNegotiated,
    ReasonIsRequired,
    SignerIsNoPartyToThePlan,
)
from goals.domain.events import (
    AmendmentProposed,
    AmendmentRejected,
    AmendmentSigned,
    ContractAmended,
    ContractIssued,
    GoalAgreed,
    Party,
    PersonId,
    PlanCountered,
    PlanEvent,
    PlanProposed,
    PlanSigned,
    PlanWithdrawn,
)


@dataclass(frozen=True, slots=True)
class Table:
    """What lies on the table to be signed, and who has signed it when."""

    offered: PlanProposed | PlanCountered | AmendmentProposed
    employee_at: datetime | None = None
    manager_at: datetime | None = None
    manager: PersonId | None = None

    def signed(self, event: PlanSigned | AmendmentSigned) -> "Table":
        if event.role == "employee":
            return replace(self, employee_at=event.signed_at)
        return replace(self, manager_at=event.signed_at, manager=event.by)


@dataclass(frozen=True, slots=True)
class Plan:
    """A negotiation (`table` without contract), a contract, or one being amended (both).

    taken_back: what lay on the table last was withdrawn or rejected.
    """

    table: Table | None = None
    contract: ContractIssued | ContractAmended | None = None
    person: PersonId | None = None
    taken_back: bool = False


INITIAL = Plan()


def evolve(state: Plan, event: PlanEvent) -> Plan:
    match event:
        case PlanProposed() | PlanCountered() | AmendmentProposed():
            return replace(state, table=Table(event), person=event.person, taken_back=False)
        case PlanSigned() | AmendmentSigned():
            return replace(state, table=state.table.signed(event) if state.table else None)
        case PlanWithdrawn() | AmendmentRejected():
            return replace(state, table=None, taken_back=True)
        case ContractIssued() | ContractAmended():
            return replace(state, table=None, contract=event)
        case GoalAgreed():
            return state
        case _:
            assert_never(event)


def decide(state: Plan, command: PlanCommand) -> list[PlanEvent]:
    match command:
        case ProposePlan():
            return propose(state, command)
        case CounterPlan():
            return counter(state, command)
        case SignPlan():
            return sign(state, command)
        case WithdrawPlan():
            return withdraw(state, command)
        case ProposeAmendment():
            return propose_amendment(state, command)
        case SignAmendment():
            return sign_amendment(state, command)
        case RejectAmendment():
            return reject_amendment(state, command)
        case _:
            assert_never(command)


def propose(state: Plan, c: ProposePlan) -> list[PlanEvent]:
    manager, terms = _check_offer(c.offer), _terms(c)
    digest = content_hash(c.offer.content, terms)
    if state.table and state.table.offered.content_hash == digest:
        return []
    if state.table or state.contract:
        raise PlanIsAlreadyProposed("counter what is on the table, or amend the contract")
    return [
        PlanProposed(
            plan=c.plan,
            person=terms.person,
            manager=manager,
            period=c.period,
            period_start=terms.period_start,
            period_end=terms.period_end,
            job=terms.job,
            job_version=terms.job_version,
            content=c.offer.content,
            content_hash=digest,
            by=c.offer.by,
        )
    ]


def counter(state: Plan, c: CounterPlan) -> list[PlanEvent]:
    manager, terms = _check_offer(c.offer), _terms(c)
    digest = content_hash(c.offer.content, terms)
    _, offered = _negotiated(state)
    if offered.content_hash == digest:
        return []
    return [
        PlanCountered(
            plan=offered.plan,
            person=terms.person,
            manager=manager,
            period=offered.period,
            period_start=terms.period_start,
            period_end=terms.period_end,
            job=terms.job,
            job_version=terms.job_version,
            content=c.offer.content,
            content_hash=digest,
            by=c.offer.by,
        )
    ]


def sign(state: Plan, c: SignPlan) -> list[PlanEvent]:
    if _signed_already(state, c.content_hash):
        return []
    table, offered = _negotiated(state)
    if not _may_sign(state, table, c):
        return []
    signed = PlanSigned(offered.plan, offered.person, c.by, _role(state, c), c.content_hash, c.at)
    done = table.signed(signed)
    if not (done.employee_at and done.manager_at and done.manager):
        return [signed]
    issued = ContractIssued(
        plan=offered.plan,
        person=offered.person,
        manager=done.manager,
        period=offered.period,
        period_start=offered.period_start,
        period_end=offered.period_end,
        job=offered.job,
        job_version=offered.job_version,
        revision=1,
        content=offered.content,
        content_hash=offered.content_hash,
        employee_signed_at=done.employee_at,
        manager_signed_at=done.manager_at,
    )
    return [signed, *_agreed(issued), issued]


def withdraw(state: Plan, c: WithdrawPlan) -> list[PlanEvent]:
    if state.contract is None and state.taken_back:
        return []
    _, offered = _negotiated(state)
    _role(state, c)
    _check_reason(c.reason)
    return [PlanWithdrawn(offered.plan, offered.person, c.by, c.reason)]


def propose_amendment(state: Plan, c: ProposeAmendment) -> list[PlanEvent]:
    _check_offer(c.offer)
    contract = _in_force(state)
    terms = _amended_terms(contract, c)
    digest = content_hash(c.offer.content, terms)
    if state.table:
        if state.table.offered.content_hash == digest:
            return []
        raise AmendmentIsAlreadyProposed("sign or reject the one on the table first")
    _check_reason(c.reason)
    first = _first_day(contract)
    if not first <= c.effective_on <= contract.period_end:
        allowed = f"{first} to {contract.period_end}"
        raise AmendmentLiesOutsideThePeriod(f"counts from {c.effective_on}, allowed is {allowed}")
    return [
        AmendmentProposed(
            plan=contract.plan,
            person=contract.person,
            by=c.offer.by,
            effective_on=c.effective_on,
            reason=c.reason,
            job=terms.job,
            job_version=terms.job_version,
            revision=contract.revision + 1,
            content=c.offer.content,
            content_hash=digest,
        )
    ]


def sign_amendment(state: Plan, c: SignAmendment) -> list[PlanEvent]:
    if _signed_already(state, c.content_hash):
        return []
    contract = _in_force(state)
    table, offered = _amending(state)
    if not _may_sign(state, table, c):
        return []
    signed = AmendmentSigned(
        contract.plan, contract.person, c.by, _role(state, c), c.content_hash, c.at
    )
    done = table.signed(signed)
    if not (done.employee_at and done.manager_at and done.manager):
        return [signed]
    amended = ContractAmended(
        plan=contract.plan,
        person=contract.person,
        manager=done.manager,
        period=contract.period,
        effective_on=offered.effective_on,
        period_start=contract.period_start,
        period_end=contract.period_end,
        job=offered.job,
        job_version=offered.job_version,
        revision=offered.revision,
        content=offered.content,
        content_hash=offered.content_hash,
        previous_hash=contract.content_hash,
        reason=offered.reason,
        employee_signed_at=done.employee_at,
        manager_signed_at=done.manager_at,
    )
    return [signed, *_agreed(amended), amended]


def reject_amendment(state: Plan, c: RejectAmendment) -> list[PlanEvent]:
    contract = _in_force(state)
    if state.taken_back:
        return []
    _amending(state)
    _role(state, c)
    _check_reason(c.reason)
    return [AmendmentRejected(contract.plan, contract.person, c.by, c.reason)]


def _check_offer(offer: Offer) -> PersonId:
    """The manager to agree with; raises the rule that the offer breaks."""
    manager = _manager(offer.person, offer.manager)
    if offer.by not in (offer.person, manager):
        raise SignerIsNoPartyToThePlan("allowed are the employee and their manager")
    check_content(offer.content, offer.job, offer.objectives)
    return manager


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise ReasonIsRequired("found none, allowed is a sentence that the other can read")


def _terms(c: ProposePlan | CounterPlan) -> Terms:
    if c.period_end < c.period_start:
        raise PeriodMustNotEndBeforeItStarts(f"{c.period_start} to {c.period_end}")
    job = c.offer.job
    return Terms(c.offer.person, c.period_start, c.period_end, job.job, job.job_version)


def _amended_terms(contract: ContractIssued | ContractAmended, c: ProposeAmendment) -> Terms:
    return Terms(
        contract.person,
        contract.period_start,
        contract.period_end,
        c.offer.job.job,
        c.offer.job.job_version,
        c.effective_on,
        c.reason,
    )


def _negotiated(state: Plan) -> tuple[Table, PlanProposed | PlanCountered]:
    table = state.table
    if state.contract or table is None or isinstance(table.offered, AmendmentProposed):
        raise PlanIsNotBeingNegotiated("there is no proposal on the table")
    return table, table.offered


def _amending(state: Plan) -> tuple[Table, AmendmentProposed]:
    table = state.table
    if table is None or not isinstance(table.offered, AmendmentProposed):
        raise AmendmentIsNotProposed("there is no amendment on the table")
    return table, table.offered


def _in_force(state: Plan) -> ContractIssued | ContractAmended:
    if state.contract is None:
        raise ContractIsNotInForce("both signatures come first")
    return state.contract


def _manager(person: PersonId, manager: PersonId | None) -> PersonId:
    if manager is None:
        raise ManagerIsUnknown("the employee has no manager on this day")
    if manager == person:
        raise NobodyAgreesWithThemself("employee and manager are the same person")
    return manager


def _role(state: Plan, c: SignPlan | SignAmendment | WithdrawPlan | RejectAmendment) -> Party:
    assert state.person is not None, "checked by the state that the command needs"
    if c.by == state.person:
        return "employee"
    if c.by == _manager(state.person, c.manager):
        return "manager"
    raise SignerIsNoPartyToThePlan("allowed are the employee and their manager")


def _may_sign(state: Plan, table: Table, c: SignPlan | SignAmendment) -> bool:
    """Whether the signature is still missing; raises when it is for other content."""
    role = _role(state, c)
    if c.content_hash != table.offered.content_hash:
        raise ContentHasChanged(
            f"signed {c.content_hash}, on the table {table.offered.content_hash}"
        )
    return (table.employee_at if role == "employee" else table.manager_at) is None


def _signed_already(state: Plan, content_hash: str) -> bool:
    done = state.table is None and state.contract is not None
    return done and state.contract is not None and state.contract.content_hash == content_hash


def _agreed(contract: ContractIssued | ContractAmended) -> list[PlanEvent]:
    return [
        GoalAgreed(contract.plan, contract.person, line.goal, line.weight_pct, contract.revision)
        for line in contract.content.goals
    ]


def _first_day(contract: ContractIssued | ContractAmended) -> date:
    """The first day on which the revision in force counts."""
    if isinstance(contract, ContractAmended):
        return contract.effective_on
    return contract.period_start
