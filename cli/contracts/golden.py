"""Golden history: stored streams that must decode, upcast and fold to the same state for ever.

A file under contracts/<service>/golden names its decider, its events as stored, and the hash of
the state that they fold to.  A new one is written with the hash null; `merit contracts` fills it
in.  When a state gains a field on purpose, set the hash to null again and say why in the commit.
"""

import hashlib
import importlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

import msgspec
import orjson

from chassis.codec import Registry
from cli.contracts.files import CONTRACTS, load_service, text


@dataclass(frozen=True)
class History:
    """A golden history as it stands in its file."""

    path: Path
    service: str
    decider: str
    events: tuple[Mapping[str, Any], ...]
    state_sha256: str | None


def read(path: Path) -> History:
    value = json.loads(path.read_text())
    events = tuple(value["events"])
    return History(path, path.parts[-3], value["decider"], events, value["state_sha256"])


def histories() -> list[History]:
    return [read(path) for path in sorted(CONTRACTS.glob("*/golden/*.json"))]


def registry_of(service: str) -> Registry:
    found = load_service(service)
    return Registry(found.events, found.upcasts)


def decoded(registry: Registry, events: Iterable[Mapping[str, Any]]) -> list[Any]:
    """The events as the code of today sees them."""
    return [registry.decode(e["type"], e["version"], json.dumps(e["data"])) for e in events]


def state_hash(decider: Any, events: Iterable[Any]) -> str:
    """SHA-256 of the folded state as JSON, with fields and the members of sets in order."""
    state = reduce(decider.evolve, events, decider.INITIAL)
    plain = msgspec.to_builtins(state, str_keys=True, enc_hook=dict, order="deterministic")
    return hashlib.sha256(orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)).hexdigest()


def folded(history: History) -> str:
    """The hash of the state that the history folds to now."""
    events = decoded(registry_of(history.service), history.events)
    return state_hash(importlib.import_module(history.decider), events)


def freeze_golden() -> list[Path]:
    """Fill in the hashes that are missing; a hash that is there is never touched."""
    missing = [history for history in histories() if history.state_sha256 is None]
    for history in missing:
        value = json.loads(history.path.read_text())
        history.path.write_text(text(value | {"state_sha256": folded(history)}))
    return [history.path for history in missing]
