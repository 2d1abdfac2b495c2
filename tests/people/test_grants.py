"""The rules of roles: one proposes, a second grants."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from chassis.testing import Scenario
from people.domain import grants
from people.domain.commands import GrantRole, ProposeRole, RecordFirstAdministrator, RevokeRole
from people.domain.errors import (
    OnlyTheServiceRecordsFirstAdministrators,
    OwnRoleCannotBeDecided,
    PopulationIsUnreadable,
    RoleEndsBeforeItStarts,
    RoleIsNotHeld,
    RoleNeedsASecondPerson,
    RoleWasNotProposed,
)
from people.domain.events import GrantId, RoleGranted, RoleProposed, RoleRevoked

an_actor = Scenario(grants)

G = GrantId("g1")
T = datetime(2026, 1, 1, tzinfo=UTC)
DAY, END = date(2026, 1, 1), date(2026, 6, 30)
propose = ProposeRole(G, "ann", "hrbp", "unit:sales", DAY, None, "admin-1", T)
grant = GrantRole(G, "admin-2", T)
revoke = RevokeRole(G, END, "moved on", "admin-1", T)
proposed = RoleProposed(G, "ann", "hrbp", "unit:sales", DAY, None, "admin-1")
granted = RoleGranted(G, "ann", "hrbp", "unit:sales", DAY, None, "admin-1", "admin-2")
revoked = RoleRevoked(G, "ann", "hrbp", "unit:sales", END, "admin-1", "moved on")


def test_a_role_is_proposed_and_granted_by_a_second_person() -> None:
    an_actor.when(propose).then(proposed)
    an_actor.given(proposed).when(grant).then(granted)


def test_proposing_and_granting_twice_changes_nothing() -> None:
    an_actor.when(propose).told_twice_changes_nothing()
    an_actor.given(proposed).when(grant).told_twice_changes_nothing()


def test_who_proposed_cannot_grant() -> None:
    an_actor.given(proposed).when(replace(grant, by="admin-1")).refused(RoleNeedsASecondPerson)


def test_nobody_decides_their_own_role() -> None:
    an_actor.when(replace(propose, by="ann")).refused(OwnRoleCannotBeDecided)
    an_actor.given(proposed).when(replace(grant, by="ann")).refused(OwnRoleCannotBeDecided)


def test_only_a_proposed_role_is_granted() -> None:
    an_actor.when(grant).refused(RoleWasNotProposed)


def test_a_role_ends_after_it_starts() -> None:
    an_actor.when(replace(propose, valid_to=date(2025, 12, 31))).refused(RoleEndsBeforeItStarts)
    assert an_actor.when(replace(propose, valid_to=DAY)).events()


@pytest.mark.parametrize("population", ["all", "entity:US01", "unit:Admin Offices"])
def test_a_population_is_all_or_an_entity_or_a_unit(population: str) -> None:
    assert an_actor.when(replace(propose, population=population)).events()


@pytest.mark.parametrize("population", ["", "ALL", "entity:", "unit: ", "team:x", "all,unit:x"])
def test_another_population_is_refused(population: str) -> None:
    an_actor.when(replace(propose, population=population)).refused(PopulationIsUnreadable)


def test_a_held_role_is_revoked_with_its_last_day() -> None:
    an_actor.given(proposed, granted).when(revoke).then(revoked)
    an_actor.given(proposed, granted).when(revoke).told_twice_changes_nothing()


def test_a_revoked_role_can_end_earlier_but_not_later() -> None:
    history = (proposed, granted, revoked)
    an_actor.given(*history).when(replace(revoke, valid_to=DAY)).then(
        replace(revoked, valid_to=DAY)
    )
    an_actor.given(*history).when(replace(revoke, valid_to=date(2026, 7, 31))).then()


def test_only_a_granted_role_is_revoked() -> None:
    an_actor.given(proposed).when(revoke).refused(RoleIsNotHeld)


def test_first_administrators_come_from_the_service_itself() -> None:
    first = RecordFirstAdministrator(G, "admin-1", DAY, "system:people", T)
    an_actor.when(first).then(
        RoleGranted(G, "admin-1", "admin", "all", DAY, None, "system:people", "system:people")
    )
    an_actor.when(first).told_twice_changes_nothing()
    an_actor.when(replace(first, by="admin-1")).refused(OnlyTheServiceRecordsFirstAdministrators)
