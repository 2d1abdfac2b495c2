"""People by the names that others use for them, forgiving about dots, case and initials."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody under an id of the caller's choice: an employee number, a person."""

    id: str
    name: str


class NameIsAmbiguous(Exception):
    """Several people have this name."""


class Names:
    """Finds the id for a name: as it is written, else without middle initials."""

    def __init__(self, people: Iterable[Named]) -> None:
        self._exact: dict[str, set[str]] = {}
        self._loose: dict[str, set[str]] = {}
        for person in people:
            words = _words(person.name)
            self._exact.setdefault(" ".join(words), set()).add(person.id)
            self._loose.setdefault(_without_initials(words), set()).add(person.id)

    def find(self, name: str) -> str | None:
        """The id, None if nobody has the name; raises NameIsAmbiguous."""
        words = _words(name)
        for index, key in (
            (self._exact, " ".join(words)),
            (self._loose, _without_initials(words)),
        ):
            ids = index.get(key, set()) if key else set()
            if len(ids) > 1:
                raise NameIsAmbiguous(f"{len(ids)} people have this name")
            if ids:
                return next(iter(ids))
        return None


def first_last(name: str) -> str:
    """`Last, First M` as `First M Last`; a name without a comma stays as it is."""
    last, comma, first = name.partition(",")
    return f"{first.strip()} {last.strip()}".strip() if comma else name


def _words(name: str) -> list[str]:
    return name.replace(".", " ").casefold().split()


def _without_initials(words: list[str]) -> str:
    return " ".join(word for word in words if len(word) > 1)
