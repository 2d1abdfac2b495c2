"""Golden history: what was stored once folds to the same state for ever."""

from dataclasses import dataclass, replace
from types import SimpleNamespace

import msgspec
import pytest

from chassis.codec import Registry
from cli.contracts import files
from cli.contracts.golden import History, decoded, folded, histories, state_hash

HISTORIES = histories()


def history_id(history: History) -> str:
    return f"{history.service}/{history.path.stem}"


@pytest.mark.parametrize("history", HISTORIES, ids=history_id)
def test_the_history_folds_to_the_state_it_always_did(history: History) -> None:
    assert folded(history) == history.state_sha256


@pytest.mark.parametrize("name", files.service_names())
def test_every_event_ever_released_is_part_of_a_history(name: str) -> None:
    told = {(e["type"], e["version"]) for h in HISTORIES if h.service == name for e in h.events}
    assert told == set(files.load_service(name).events)


@dataclass(frozen=True)
class Paid:
    """A toy event; `currency` came later, with a default."""

    minor: int
    currency: str = "USD"


@dataclass(frozen=True)
class PaidWithoutDefault:
    """The same, its default lost."""

    minor: int
    currency: str


@dataclass(frozen=True)
class PaidInEuro:
    """The same, with another default."""

    minor: int
    currency: str = "EUR"


@dataclass(frozen=True)
class Account:
    """A toy state, with a set, whose order must not matter."""

    total: int = 0
    currencies: frozenset[str] = frozenset()


def evolve(state: Account, event: Paid) -> Account:
    return Account(state.total + event.minor, state.currencies | {event.currency})


ACCOUNT = SimpleNamespace(INITIAL=Account(), evolve=evolve)
STORED = [
    {"type": "toy.Paid", "version": 1, "data": {"minor": 100}},
    {"type": "toy.Paid", "version": 1, "data": {"minor": 5, "currency": "CHF"}},
]


def folds_to(cls: type, decider: SimpleNamespace = ACCOUNT) -> str:
    return state_hash(decider, decoded(Registry({("toy.Paid", 1): cls}), STORED))


def test_a_changed_evolve_is_noticed() -> None:
    def forgets(state: Account, event: Paid) -> Account:
        return replace(state, total=event.minor)

    changed = SimpleNamespace(INITIAL=Account(), evolve=forgets)
    assert folds_to(Paid) != folds_to(Paid, changed)


def test_a_lost_default_is_noticed() -> None:
    with pytest.raises(msgspec.ValidationError):
        folds_to(PaidWithoutDefault)


def test_a_changed_default_is_noticed() -> None:
    assert folds_to(Paid) != folds_to(PaidInEuro)


def test_the_order_in_a_set_does_not_matter() -> None:
    one, other = (state_hash(ACCOUNT, [Paid(1, c) for c in order]) for order in ("AB", "BA"))
    assert one == other
