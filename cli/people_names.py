"""Persons as people type them, an employee number, a name, an id, and as the command shows them."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from chassis.ids import person_id
from cli.client import Client, Refused, segment
from cli.console import Failed

ADMINS = ("admin-1", "admin-2")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_MOST_SHOWN = 8


def resolve(client: Client, text: str) -> str:
    """The person's id.  Failed when nobody, or more than one person, is meant."""
    if _UUID.fullmatch(text):
        return text.lower()
    if is_actor(text):
        return text
    directory = client.acting_as(ADMINS[0])
    try:
        by_number = directory.read("people", "/people", employee_no=text)["items"]
    except Refused:
        raise
    except Failed:
        if not text.isdigit():
            raise
        # The id follows from the number, so the other services can go on without people.
        return person_id(text)
    if by_number:
        return str(by_number[0]["person"])
    return _by_name(directory, text)


def is_actor(text: str) -> bool:
    """An actor who is no employee: a first administrator or a service."""
    return text in ADMINS or text.startswith("system:")


def _by_name(directory: Client, text: str) -> str:
    from people.domain.names import Named, NameIsAmbiguous, Names, first_last

    wanted = " ".join(first_last(text).split())
    found = list(directory.read_all("people", "/people", q=wanted))
    if not found and " " in wanted:
        # `Ann Lee` is also `Ann B. Lee`.
        family = list(directory.read_all("people", "/people", q=wanted.rpartition(" ")[2]))
        names = Names(Named(person["person"], person["name"]) for person in family)
        try:
            same = names.find(wanted)
        except NameIsAmbiguous:
            same = None
            found = family
        if same is not None:
            return same
    whole = [person for person in found if person["name"].casefold() == wanted.casefold()]
    meant = whole or found
    if len(meant) == 1:
        return str(meant[0]["person"])
    if not meant:
        raise Failed(f"nobody has the employee number or the name {text!r}.")
    lines = [f"  {p['employee_no']:<8} {p['name']}" for p in meant[:_MOST_SHOWN]]
    if len(meant) > _MOST_SHOWN:
        lines.append(f"  … and {len(meant) - _MOST_SHOWN} more")
    few = "\n".join(lines)
    raise Failed(f"{text!r} can be {len(meant)} people; say the employee number:\n{few}")


class Directory:
    """Names for the ids that answers contain; asks people once for each, all at once for many."""

    def __init__(self, client: Client) -> None:
        self._client = client.acting_as(ADMINS[0]).patient(2)
        self._known: dict[str, str] = {}
        self._there = True

    def name(self, person: str | None) -> str:
        """`Ada Klein (1007)`, or the id itself where people does not know it."""
        if person is None:
            return "nobody"
        if person not in self._known:
            self._known[person] = self._ask(person)
        return self._known[person]

    def number(self, person: str) -> str:
        """The employee number, which every command takes, or the id where it is not known."""
        label = self.name(person)
        return label.rpartition("(")[2].rstrip(")") if label.endswith(")") else person

    def learn(self, persons: Iterable[str]) -> None:
        """Prepares many names with few requests."""
        unknown = {person for person in persons if _UUID.fullmatch(person)} - self._known.keys()
        if len(unknown) > _MOST_SHOWN and self._there:
            try:
                found = list(self._client.read_all("people", "/people"))
            except Failed:
                self._there = False
                return
            self._known |= {person["person"]: _label(person) for person in found}

    def _ask(self, person: str) -> str:
        if not self._there or not _UUID.fullmatch(person):
            return person
        try:
            return _label(self._client.read("people", f"/people/{segment(person)}"))
        except Refused:
            return person
        except Failed:
            self._there = False
            return person


def _label(person: Mapping[str, Any]) -> str:
    return f"{person['name']} ({person['employee_no']})"


def with_role(client: Client, *roles: str) -> str | None:
    """Somebody who holds one of the roles over everybody, the first that is wanted."""
    grants = list(client.acting_as(ADMINS[0]).read_all("people", "/roles"))
    whole = [g for g in grants if g["status"] == "granted" and g["population"] == "all"]
    # Grants without an end come first: they are the ones that hold today.
    whole.sort(key=lambda grant: (grant["valid_to"] is not None, grant["actor"]))
    holders = {grant["role"]: grant["actor"] for grant in reversed(whole)}
    return next((holders[role] for role in roles if role in holders), None)


def actor(client: Client, said: str | None, *roles: str, otherwise: str = ADMINS[0]) -> Client:
    """The client acting as who was named with `--as`, else as the first who holds a role."""
    if said is not None:
        return client.acting_as(resolve(client, said), said)
    chosen = with_role(client, *roles) if roles else None
    if chosen is None:
        return client.acting_as(otherwise)
    return client.acting_as(chosen, f"{chosen}, chosen by role and not by --as,")
