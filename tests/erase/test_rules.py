"""The rules of erasing a person."""

from datetime import UTC, date, datetime

from chassis.testing import Scenario
from people.domain import person
from people.domain.commands import Erase
from people.domain.errors import NobodyErasesThemself, PersonIsNotRegistered
from people.domain.events import PersonErased, PersonId, PersonRegistered

a_person = Scenario(person)
ANN = PersonId("ann")
T = datetime(2026, 3, 1, 9, tzinfo=UTC)
REGISTERED = PersonRegistered(ANN, "1", "sealed", date(2020, 1, 1))
ERASED = PersonErased(ANN, "admin-1", "retention_ended")


def erase(by: str = "admin-1") -> Erase:
    return Erase(ANN, "retention_ended", by=by, at=T)


def test_a_person_is_erased_once() -> None:
    a_person.given(REGISTERED).when(erase()).then(ERASED)
    a_person.given(REGISTERED, ERASED).when(erase()).then()


def test_nobody_erases_themself() -> None:
    a_person.given(REGISTERED).when(erase(by=ANN)).refused(NobodyErasesThemself)


def test_only_who_is_registered_is_erased() -> None:
    a_person.given().when(erase()).refused(PersonIsNotRegistered)
