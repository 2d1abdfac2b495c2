"""What a domain module offers, and the one line that runs it."""

from collections.abc import Iterable
from functools import reduce
from typing import Protocol, TypeVar

S = TypeVar("S")
C_contra = TypeVar("C_contra", contravariant=True)
E = TypeVar("E")


class Decider(Protocol[S, C_contra, E]):
    """A plain module with these three names satisfies it as it is."""

    @property
    def INITIAL(self) -> S: ...  # noqa: N802

    def evolve(self, state: S, event: E, /) -> S: ...

    def decide(self, state: S, command: C_contra, /) -> list[E]: ...


def run(decider: Decider[S, C_contra, E], history: Iterable[E], command: C_contra) -> list[E]:
    """The events that the command adds to the history; none means that it was already so."""
    return decider.decide(reduce(decider.evolve, history, decider.INITIAL), command)
