"""Who may do what: a service's table of rules, and the one function that reads it."""

from collections.abc import Mapping
from dataclasses import dataclass

RELATIONS = frozenset({"own", "report", "subtree", "anyone"})
ROLES = frozenset({"admin", "hrbp", "cal", "comp", "fin", "pay", "aud", "rep", "feed", "system"})


@dataclass(frozen=True, slots=True)
class Rule:
    """Any one of these lets the actor through; `logged` keeps a trace of looking at others."""

    allowed: frozenset[str]
    logged: bool = False


Policy = Mapping[str, Rule]


def allow(*names: str, logged: bool = False) -> Rule:
    """A rule that is met by any of the named relations and roles.

    own: the subject; report: their manager now; subtree: a manager at any level above; anyone:
    whoever is known.  A role counts when one of its grants covers the subject; where an action
    has no subject, any grant of the role counts.
    """
    unknown = set(names) - RELATIONS - ROLES
    assert not unknown, f"{sorted(unknown)} are no relations or roles"
    return Rule(frozenset(names), logged)


def decide(rule: Rule, held: frozenset[str]) -> bool:
    """Whether one of the relations and roles that the actor holds meets the rule."""
    return not rule.allowed.isdisjoint(held)


EVERY_SERVICE: Policy = {
    "read_access_log": allow("own", "hrbp", "aud"),
    "read_history": allow("own", "hrbp", "aud", logged=True),
    "operate": allow("admin"),
}
"""Rules of the routes that the chassis gives to each service; a service may narrow them."""
