"""Who manages whom, from names or numbers; found within the file, in any order of its rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody in the file, under the name that others use for them."""

    employee_no: str
    name: str


class NameIsAmbiguous(Exception):
    """Several people of the file have this name."""


class Names:
    """Finds the employee number for a name, forgiving about dots, case and middle initials."""

    def __init__(self, people: Iterable[Named]) -> None:
        self._exact: dict[str, set[str]] = {}
        self._loose: dict[str, set[str]] = {}
        for person in people:
            words = _words(person.name)
            self._exact.setdefault(" ".join(words), set()).add(person.employee_no)
            self._loose.setdefault(_without_initials(words), set()).add(person.employee_no)

    def find(self, name: str) -> str | None:
        """The employee number, None if nobody has the name; raises NameIsAmbiguous."""
        words = _words(name)
        for index, key in (
            (self._exact, " ".join(words)),
            (self._loose, _without_initials(words)),
        ):
            numbers = index.get(key, set())
            if len(numbers) > 1:
                raise NameIsAmbiguous(f"{len(numbers)} people have this name")
            if numbers:
                return next(iter(numbers))
        return None


def first_last(name: str) -> str:
    """`Last, First M` as `First M Last`; a name without a comma stays as it is."""
    last, comma, first = name.partition(",")
    return f"{first.strip()} {last.strip()}".strip() if comma else name


def in_cycles(managers: Mapping[str, str | None]) -> set[str]:
    """Everybody who, followed upwards, comes back to themself."""
    found: set[str] = set()
    cleared: set[str] = set()
    for start in managers:
        path: list[str] = []
        at: str | None = start
        while at is not None and at not in cleared and at not in path:
            path.append(at)
            at = managers.get(at)
        if at is not None and at in path:
            found.update(path[path.index(at) :])
        cleared.update(path)
    return found


def top_down(managers: Mapping[str, str | None]) -> list[str]:
    """Managers before their reports, otherwise in the given order.  There must be no cycle."""
    order: dict[str, None] = {}
    for start in managers:
        path: list[str] = []
        at: str | None = start
        while at is not None and at in managers and at not in order:
            path.append(at)
            at = managers[at]
        order.update(dict.fromkeys(reversed(path)))
    return list(order)


def _words(name: str) -> list[str]:
    return name.replace(".", " ").casefold().split()


def _without_initials(words: list[str]) -> str:
    return " ".join(word for word in words if len(word) > 1)
