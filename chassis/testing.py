"""Given, when, then: a domain module under test."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from chassis.decider import Decider, run

S = TypeVar("S")
C = TypeVar("C")
E = TypeVar("E")


@dataclass(frozen=True)
class Scenario(Generic[S, C, E]):
    """A domain module with the history it starts from.  Used as `a_plan = Scenario(plan)`."""

    decider: Decider[S, C, E]
    history: Sequence[E] = ()
    command: C | None = None

    def given(self, *events: E) -> "Scenario[S, C, E]":
        return replace(self, history=events)

    def when(self, command: C) -> "Scenario[S, C, E]":
        return replace(self, command=command)

    def then(self, *expected: E) -> None:
        """The command yields exactly these events."""
        assert self.events() == list(expected)

    def events(self) -> list[E]:
        """What the command yields, for a test that goes on from there."""
        assert self.command is not None, "say when(...) before then(...)"
        return run(self.decider, self.history, self.command)

    def refused(self, rule: type[Exception]) -> None:
        """The command breaks this rule, and no other."""
        try:
            found = self.events()
        except rule:
            return
        raise AssertionError(f"expected {rule.__name__}, found {found}")

    def told_twice_changes_nothing(self) -> None:
        """The command's own events make it "already so"."""
        again = replace(self, history=(*self.history, *self.events()))
        assert again.events() == []
