"""The rules of erasing a person: one proposes, another confirms, neither is the person."""

from datetime import UTC, date, datetime

from chassis.testing import Scenario
from people.domain import person
from people.domain.commands import ConfirmErasure, ProposeErasure
from people.domain.errors import (
    ErasureNeedsASecondPerson,
    ErasureWasNotProposed,
    NobodyErasesThemself,
    PersonIsNotRegistered,
)
from people.domain.events import (
    ErasureProposed,
    ErasureReason,
    PersonErased,
    PersonId,
    PersonRegistered,
)

a_person = Scenario(person)
ANN = PersonId("ann")
T = datetime(2026, 3, 1, 9, tzinfo=UTC)
REGISTERED = PersonRegistered(ANN, "1", "sealed", date(2020, 1, 1))
PROPOSED = ErasureProposed(ANN, "admin-1", "retention_ended")
ERASED = PersonErased(ANN, "admin-2", "retention_ended")


def propose(by: str = "admin-1", reason: ErasureReason = "retention_ended") -> ProposeErasure:
    return ProposeErasure(ANN, reason, by=by, at=T)


def confirm(by: str = "admin-2") -> ConfirmErasure:
    return ConfirmErasure(ANN, by=by, at=T)


def test_one_proposes_and_another_confirms() -> None:
    a_person.given(REGISTERED).when(propose()).then(PROPOSED)
    a_person.given(REGISTERED, PROPOSED).when(confirm()).then(ERASED)


def test_who_proposed_does_not_confirm() -> None:
    a_person.given(REGISTERED, PROPOSED).when(confirm("admin-1")).refused(ErasureNeedsASecondPerson)


def test_what_nobody_proposed_is_not_confirmed() -> None:
    a_person.given(REGISTERED).when(confirm()).refused(ErasureWasNotProposed)


def test_the_same_proposal_again_changes_nothing_and_another_stands_in_for_it() -> None:
    a_person.given(REGISTERED).when(propose()).told_twice_changes_nothing()
    taken_over = ErasureProposed(ANN, "admin-2", "requested_by_person")
    again = propose("admin-2", "requested_by_person")
    a_person.given(REGISTERED, PROPOSED).when(again).then(taken_over)
    both = a_person.given(REGISTERED, PROPOSED, taken_over)
    both.when(confirm("admin-2")).refused(ErasureNeedsASecondPerson)
    both.when(confirm("admin-1")).then(PersonErased(ANN, "admin-1", "requested_by_person"))


def test_a_person_is_erased_once() -> None:
    a_person.given(REGISTERED, PROPOSED).when(confirm()).told_twice_changes_nothing()
    a_person.given(REGISTERED, PROPOSED, ERASED).when(propose("admin-2")).then()


def test_nobody_erases_themself() -> None:
    a_person.given(REGISTERED).when(propose(by=ANN)).refused(NobodyErasesThemself)
    a_person.given(REGISTERED, PROPOSED).when(confirm(by=ANN)).refused(NobodyErasesThemself)


def test_only_who_is_registered_is_erased() -> None:
    a_person.given().when(propose()).refused(PersonIsNotRegistered)
    a_person.given().when(confirm()).refused(PersonIsNotRegistered)
