"""Whatever two people and a stranger do in whatever order, no contract lacks a signature."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import reduce
from itertools import pairwise
from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from chassis.testing import Scenario
from goals.domain import plan
from goals.domain.commands import (
    CounterPlan,
    PlanCommand,
    ProposeAmendment,
    RejectAmendment,
    SignAmendment,
    SignPlan,
    WithdrawPlan,
)
from goals.domain.content import content_hash
from goals.domain.errors import GoalsRuleBroken
from goals.domain.events import (
    AmendmentProposed,
    AmendmentRejected,
    AmendmentSigned,
    ContractAmended,
    ContractIssued,
    GoalAgreed,
    PersonId,
    PlanContent,
    PlanCountered,
    PlanEvent,
    PlanProposed,
    PlanSigned,
    PlanWithdrawn,
)
from tests.goals.cases import (
    ANN,
    BOB,
    CONTENT,
    END,
    EVA,
    HASH,
    ISSUED,
    OTHER,
    PROPOSE,
    PROPOSED,
    START,
    SUE,
    TERMS,
    T,
    offering,
)

Kind = Literal["go_on", "propose", "counter", "sign", "withdraw", "amend", "accept", "reject"]
KINDS: list[Kind] = ["propose", "counter", "sign", "withdraw", "amend", "accept", "reject"]
SEALED = "\x01k1.c2VhbGVk"


@dataclass(frozen=True)
class Step:
    """Somebody does something while `manager` is the manager; `right` signs what is shown."""

    kind: Kind
    by: PersonId
    manager: PersonId | None
    other: bool
    right: bool
    day: date


STEPS = st.builds(
    Step,
    # What leads on is drawn more often, or contracts would be rare.
    kind=st.sampled_from([*["go_on"] * 15, *KINDS]),
    by=st.sampled_from([*[ANN, BOB] * 4, EVA, SUE]),
    manager=st.sampled_from([*[BOB] * 8, EVA, EVA, ANN, None]),
    other=st.booleans(),
    right=st.sampled_from([*[True] * 7, False]),
    day=st.integers(0, 364).map(lambda days: START + timedelta(days=days)),
)


def sealed(event: PlanEvent) -> PlanEvent:
    """The event as history holds it: nobody's words can be read."""
    if isinstance(
        event, PlanProposed | PlanCountered | AmendmentProposed | ContractIssued | ContractAmended
    ):
        event = replace(event, content=sealed_content(event.content))
    if isinstance(event, AmendmentProposed | AmendmentRejected | ContractAmended | PlanWithdrawn):
        event = replace(event, reason=SEALED)
    return event


def sealed_content(content: PlanContent) -> PlanContent:
    return replace(
        content,
        goals=tuple(replace(line, title=SEALED) for line in content.goals),
        competencies=tuple(replace(line, anchors=SEALED) for line in content.competencies),
        salt=SEALED,
    )


def next_after(state: plan.Plan) -> Kind:
    """What leads towards a contract or an amended one."""
    if state.contract:
        return "accept" if state.table else "amend"
    return "sign" if state.table else "propose"


def command_of(step: Step, state: plan.Plan, number: int) -> PlanCommand:
    at = T + timedelta(hours=number)
    shown = state.table.offered.content_hash if state.table else HASH
    digest = shown if step.right else HASH[::-1]
    content = replace(OTHER if step.other else CONTENT, salt=f"{number}")
    offer = replace(offering(content, step.by, step.manager), at=at)
    match next_after(state) if step.kind == "go_on" else step.kind:
        case "propose":
            return replace(PROPOSE, offer=offer)
        case "counter":
            return CounterPlan(START, END, offer)
        case "sign":
            return SignPlan(step.manager, digest, step.by, at)
        case "withdraw":
            return WithdrawPlan(step.manager, "so", step.by, at)
        case "amend":
            return ProposeAmendment(step.day, "so", offer)
        case "accept":
            return SignAmendment(step.manager, digest, step.by, at)
        case "reject":
            return RejectAmendment(step.manager, "so", step.by, at)
        case "go_on":
            raise AssertionError("next_after names a step")


def lived(steps: list[Step]) -> list[PlanEvent]:
    """The history that the accepted ones of the steps leave; a step told twice changes nothing."""
    history: list[PlanEvent] = []
    for number, step in enumerate(steps):
        state = reduce(plan.evolve, history, plan.INITIAL)
        command = command_of(step, state, number)
        try:
            events = plan.decide(state, command)
        except GoalsRuleBroken:
            continue
        history += map(sealed, events)
        assert plan.decide(reduce(plan.evolve, history, plan.INITIAL), command) == []
    return history


@given(st.lists(STEPS, max_size=30))
def test_no_contract_comes_without_both_signatures_over_its_hash(steps: list[Step]) -> None:
    history = lived(steps)
    for place, event in enumerate(history):
        if not isinstance(event, ContractIssued | ContractAmended):
            continue
        offered_at = max(
            n
            for n, e in enumerate(history[:place])
            if isinstance(e, PlanProposed | PlanCountered | AmendmentProposed)
        )
        signatures = [
            e
            for e in history[offered_at:place]
            if isinstance(e, PlanSigned | AmendmentSigned) and e.content_hash == event.content_hash
        ]
        assert sorted((e.role, e.signed_at) for e in signatures) == [
            ("employee", event.employee_signed_at),
            ("manager", event.manager_signed_at),
        ]
        assert {e.role: e.by for e in signatures} == {"employee": ANN, "manager": event.manager}
        assert event.manager not in (ANN, SUE)


@given(st.lists(STEPS, max_size=30))
def test_contracts_follow_each_other_without_a_gap(steps: list[Step]) -> None:
    history = lived(steps)
    contracts = [e for e in history if isinstance(e, ContractIssued | ContractAmended)]
    assert [c.revision for c in contracts] == list(range(1, len(contracts) + 1))
    for before, after in pairwise(contracts):
        assert isinstance(after, ContractAmended)
        assert after.previous_hash == before.content_hash
        assert plan._first_day(before) <= after.effective_on <= before.period_end
    told = [e.revision for e in history if isinstance(e, GoalAgreed)]
    assert told == [c.revision for c in contracts for _ in c.content.goals]


def test_the_steps_reach_contracts_and_amendments() -> None:
    """What the two properties hold for is more than the empty history."""
    go_on = Step("go_on", ANN, BOB, other=False, right=True, day=date(2026, 7, 1))
    by_bob, by_eva = replace(go_on, by=BOB), replace(go_on, by=EVA, manager=EVA)
    *_, last = lived([go_on, go_on, by_bob, go_on, go_on, by_eva])
    assert isinstance(last, ContractAmended)
    assert (last.manager, last.effective_on) == (EVA, date(2026, 7, 1))


def test_sealed_texts_in_history_do_not_matter() -> None:
    a_plan = Scenario(plan)
    history = (sealed(PROPOSED), PlanSigned(PROPOSED.plan, ANN, ANN, "employee", HASH, T))
    second = SignPlan(BOB, content_hash(CONTENT, TERMS), BOB, T)
    *_, issued = a_plan.given(*history).when(second).events()
    assert issued == replace(
        ISSUED, content=sealed_content(CONTENT), employee_signed_at=T, manager_signed_at=T
    )
    a_plan.given(sealed(PROPOSED)).when(PROPOSE).then()
