"""TOML and JSON files of what to set up: jobs, objectives, matrices, pools, schemes, plans."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from urllib.parse import quote

from chassis.values import UnknownCurrency, from_major
from cli.imports.report import Remark, Request, Requests
from cli.imports.table import FileIsUnreadable


@dataclass(frozen=True, slots=True)
class Kind:
    """A file of `[[entries]]`; each is put at `path` under its field `key`, the rest the body."""

    entries: str
    key: str
    service: str
    path: str


KINDS = {
    "jobs": Kind("job", "job", "people", "/jobs/"),
    "objectives": Kind("objective", "objective", "goals", "/objectives/"),
    "matrix": Kind("matrix", "matrix", "compensation", "/matrices/"),
    "pools": Kind("pool", "pool", "compensation", "/pools/"),
    "plans": Kind("plan", "plan", "compensation", "/plans/"),
    "schemes": Kind("scheme", "scheme", "appraisal", "/schemes/"),
}


class EntryIsUnreadable(Exception):
    """An entry says something that cannot be sent: `found` and what would be right."""

    def __init__(self, field: str, found: str, reason: str) -> None:
        super().__init__(field, found, reason)
        self.field = field
        self.found = found
        self.reason = reason


def read_entries(path: Path, kind: Kind) -> Requests:
    """One request an entry; its row is its number in the file, the first being 1.

    Fractions stay exact (they travel as text), dates are written YYYY-MM-DD, and an amount
    `{ amount = 500000, currency = "USD" }` becomes minor units.
    """
    entries = _entries(path, kind)
    requests: list[Request] = []
    refused: list[Remark] = []
    seen: dict[str, int] = {}
    for row, entry in enumerate(entries, start=1):
        try:
            key = _key(entry, kind)
            if key in seen:
                reason = f"entry {seen[key]} has it too"
                raise EntryIsUnreadable(kind.key, key, reason)
            seen[key] = row
            body = {name: _plain(value, name) for name, value in entry.items() if name != kind.key}
        except EntryIsUnreadable as problem:
            refused.append(Remark(row, problem.field, problem.found, problem.reason))
            continue
        path_of = kind.path + quote(key, safe="")
        requests.append(Request(row, kind.service, "PUT", path_of, body))
    return Requests(len(entries), tuple(requests), tuple(refused))


def read_document(path: Path) -> dict[str, object]:
    """The TOML or JSON file as a table, fractions as Decimal."""
    try:
        text = path.read_text("utf-8-sig")
        if path.suffix == ".json":
            content = json.loads(text, parse_float=Decimal)
        else:
            content = tomllib.loads(text, parse_float=Decimal)
    except OSError as problem:
        raise FileIsUnreadable(f"{path}: {problem.strerror}") from problem
    except ValueError as problem:
        raise FileIsUnreadable(f"{path.name}: {problem}") from problem
    if not isinstance(content, dict):
        raise FileIsUnreadable(f"{path.name} is a list, wanted is a table with names")
    return content


def _entries(path: Path, kind: Kind) -> list[Mapping[str, object]]:
    content = read_document(path)
    entries = content.pop(kind.entries, None)
    if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
        raise FileIsUnreadable(f"{path.name} has no list [[{kind.entries}]]")
    if content:
        raise FileIsUnreadable(
            f"{path.name} has {', '.join(sorted(content))}, wanted is only [[{kind.entries}]]"
        )
    return entries


def _key(entry: Mapping[str, object], kind: Kind) -> str:
    key = entry.get(kind.key)
    if not isinstance(key, str) or not key.strip():
        raise EntryIsUnreadable(kind.key, "nothing", "must be there")
    return key


def _plain(value: object, field: str) -> object:
    """The value as JSON carries it."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return [_plain(item, field) for item in value]
    if isinstance(value, dict):
        if value.keys() == {"amount", "currency"}:
            return _money(value["amount"], value["currency"], field)
        return {name: _plain(item, f"{field}.{name}") for name, item in value.items()}
    return value


def _money(amount: object, currency: object, field: str) -> dict[str, object]:
    try:
        money = from_major(Decimal(str(amount)), str(currency))
    except UnknownCurrency as problem:
        raise EntryIsUnreadable(field, str(currency), "not an ISO 4217 currency code") from problem
    except (InvalidOperation, ValueError) as problem:
        raise EntryIsUnreadable(
            field, "an amount", f"not an amount of {currency} with its decimals"
        ) from problem
    return {"minor": money.minor, "currency": money.currency}
