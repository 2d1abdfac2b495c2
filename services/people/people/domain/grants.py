"""The roles of one actor: proposed by one person, granted by a second, revoked by any."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import assert_never, get_args

from people.domain.commands import (
    GrantCommand,
    GrantRole,
    ProposeRole,
    RecordFirstAdministrator,
    RevokeRole,
)
from people.domain.errors import (
    OnlyTheServiceRecordsFirstAdministrators,
    OwnRoleCannotBeDecided,
    PopulationIsUnreadable,
    RoleEndsBeforeItStarts,
    RoleIsNotHeld,
    RoleIsUnknown,
    RoleNeedsASecondPerson,
    RoleWasNotProposed,
)
from people.domain.events import (
    GrantEvent,
    GrantId,
    Role,
    RoleGranted,
    RoleProposed,
    RoleRevoked,
)

SERVICE = "system:people"
POPULATION = re.compile(r"all|(entity|unit):\S(.*\S)?")


@dataclass(frozen=True, slots=True)
class Grants:
    proposed: Mapping[GrantId, RoleProposed] = field(default_factory=dict)
    granted: Mapping[GrantId, RoleGranted] = field(default_factory=dict)
    ended: Mapping[GrantId, date] = field(default_factory=dict)


INITIAL = Grants()


def evolve(state: Grants, event: GrantEvent) -> Grants:
    match event:
        case RoleProposed():
            return replace(state, proposed={**state.proposed, event.grant: event})
        case RoleGranted():
            return replace(state, granted={**state.granted, event.grant: event})
        case RoleRevoked():
            return replace(state, ended={**state.ended, event.grant: event.valid_to})
        case _:
            assert_never(event)


def decide(state: Grants, command: GrantCommand) -> list[GrantEvent]:
    match command:
        case ProposeRole():
            return propose(state, command)
        case GrantRole():
            return grant(state, command)
        case RevokeRole():
            return revoke(state, command)
        case RecordFirstAdministrator():
            return record_first_administrator(state, command)
        case _:
            assert_never(command)


def propose(state: Grants, c: ProposeRole) -> list[GrantEvent]:
    if c.grant in state.proposed:
        return []
    if c.role not in get_args(Role):
        raise RoleIsUnknown(f"role is {c.role!r}, allowed is {', '.join(get_args(Role))}")
    if not POPULATION.fullmatch(c.population):
        raise PopulationIsUnreadable(
            f"population is {c.population!r}, allowed is all, entity:<code> or unit:<code>"
        )
    if c.valid_to is not None and c.valid_to < c.valid_from:
        raise RoleEndsBeforeItStarts(f"from {c.valid_from} to {c.valid_to}")
    if c.by == c.actor:
        raise OwnRoleCannotBeDecided(f"{c.by} proposes a role for themself")
    return [
        RoleProposed(c.grant, c.actor, c.role, c.population, c.valid_from, c.valid_to, c.by),
    ]


def grant(state: Grants, c: GrantRole) -> list[GrantEvent]:
    if c.grant in state.granted:
        return []
    p = state.proposed.get(c.grant)
    if p is None:
        raise RoleWasNotProposed(f"there is no proposal {c.grant}")
    if c.by == p.actor:
        raise OwnRoleCannotBeDecided(f"{c.by} grants a role to themself")
    if c.by == p.proposed_by:
        raise RoleNeedsASecondPerson(f"{c.by} proposed this role, allowed is somebody else")
    return [
        RoleGranted(
            p.grant, p.actor, p.role, p.population, p.valid_from, p.valid_to, p.proposed_by, c.by
        )
    ]


def revoke(state: Grants, c: RevokeRole) -> list[GrantEvent]:
    g = state.granted.get(c.grant)
    if g is None:
        raise RoleIsNotHeld(f"there is no grant {c.grant}")
    ends = state.ended.get(c.grant, g.valid_to)
    if ends is not None and ends <= c.valid_to:
        return []
    return [RoleRevoked(g.grant, g.actor, g.role, g.population, c.valid_to, c.by, c.reason)]


def record_first_administrator(state: Grants, c: RecordFirstAdministrator) -> list[GrantEvent]:
    if c.by != SERVICE:
        raise OnlyTheServiceRecordsFirstAdministrators(f"{c.by} is not {SERVICE}")
    if c.grant in state.granted:
        return []
    return [RoleGranted(c.grant, c.actor, "admin", "all", c.valid_from, None, c.by, c.by)]
