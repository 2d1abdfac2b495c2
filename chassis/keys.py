"""One key per person, in a database of its own; destroying the key erases the person's texts.

Locally this is PostgreSQL; in production the same few functions stand before a KMS.
"""

import os
import secrets
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import TypeVar, cast

import asyncpg

from chassis.clock import Clock
from chassis.sealing import ERASED, PersonKey, is_sealed, key_id_of, unseal

CACHE_S = 60.0
CACHE_SIZE = 20_000

KEY_TABLE = """
CREATE TABLE IF NOT EXISTS person_key (
    id text PRIMARY KEY,
    person text NOT NULL UNIQUE,
    secret bytea,
    created_at timestamptz NOT NULL,
    destroyed_at timestamptz,
    CHECK ((secret IS NULL) = (destroyed_at IS NOT NULL))
)"""

T = TypeVar("T")


class PersonErased(Exception):
    """The person's key was destroyed: nothing personal can be recorded about them again."""


class KeyRing:
    """The persons' keys.  What another process destroyed may be opened here for 60 s more."""

    def __init__(self, pool: asyncpg.Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock
        self._by_person = _Cache()
        self._by_id = _Cache()

    async def for_writing(self, persons: Iterable[str]) -> dict[str, PersonKey]:
        """The persons' keys, made and committed first where there is none.  Raises PersonErased."""
        found, missing = self._by_person.split(persons)
        if missing:
            found |= await self._read_persons(missing)
        if new := sorted(set(missing) - found.keys()):
            await self._create(new)
            found |= await self._read_persons(new)
        return found

    async def by_id(self, ids: Iterable[str]) -> dict[str, PersonKey]:
        """The keys that go by these ids; one that is missing was destroyed."""
        found, missing = self._by_id.split(ids)
        if missing:
            rows = await self._pool.fetch(
                """SELECT id, person, secret FROM person_key
                   WHERE id = ANY ($1::text[]) AND secret IS NOT NULL""",
                missing,
            )
            found |= {key.id: key for key in map(self._remember, rows)}
        return found

    async def destroy(self, person: str) -> None:
        """Erase the person.  A tombstone stays, so that no second key is ever made for them."""
        await self._pool.execute(
            """INSERT INTO person_key VALUES ($1, $2, NULL, $3, $3)
               ON CONFLICT (person)
               DO UPDATE SET secret = NULL, destroyed_at = excluded.destroyed_at
               WHERE person_key.secret IS NOT NULL""",
            _new_key_id(),
            person,
            self._clock(),
        )
        if key := self._by_person.forget(person):
            self._by_id.forget(key.id)

    async def _create(self, persons: list[str]) -> None:
        """Sorted by person, so that two processes that make the same keys cannot deadlock."""
        await self._pool.execute(
            """INSERT INTO person_key
               SELECT id, person, secret, $4, NULL
               FROM unnest($1::text[], $2::text[], $3::bytea[]) AS new (id, person, secret)
               ON CONFLICT (person) DO NOTHING""",
            [_new_key_id() for _ in persons],
            persons,
            [os.urandom(32) for _ in persons],
            self._clock(),
        )

    async def _read_persons(self, persons: list[str]) -> dict[str, PersonKey]:
        rows = await self._pool.fetch(
            "SELECT id, person, secret FROM person_key WHERE person = ANY ($1::text[])", persons
        )
        if any(row["secret"] is None for row in rows):
            raise PersonErased("the key of a person in this request was destroyed")
        return {row["person"]: self._remember(row) for row in rows}

    def _remember(self, row: asyncpg.Record) -> PersonKey:
        key = PersonKey(row["id"], row["secret"])
        self._by_person.put(row["person"], key)
        self._by_id.put(key.id, key)
        return key


class _Cache:
    """Keys for at most 60 s of the monotonic clock; beyond its size the oldest go."""

    def __init__(self) -> None:
        self._entries: OrderedDict[str, tuple[float, PersonKey]] = OrderedDict()

    def split(self, names: Iterable[str]) -> tuple[dict[str, PersonKey], list[str]]:
        """What is here, and the names of what is not."""
        horizon = time.monotonic() - CACHE_S
        wanted = sorted(set(names))
        entries = {name: self._entries[name] for name in wanted if name in self._entries}
        fresh = {name: key for name, (since, key) in entries.items() if since > horizon}
        return fresh, [name for name in wanted if name not in fresh]

    def put(self, name: str, key: PersonKey) -> None:
        self._entries.pop(name, None)
        self._entries[name] = (time.monotonic(), key)
        if len(self._entries) > CACHE_SIZE:
            self._entries.popitem(last=False)

    def forget(self, name: str) -> PersonKey | None:
        entry = self._entries.pop(name, None)
        return entry[1] if entry else None


def _new_key_id() -> str:
    return secrets.token_urlsafe(12)


async def opened(ring: KeyRing, value: T) -> T:
    """The value with each sealed text in it in plain, `[erased]` where the key is gone.

    Walks dicts, lists and tuples; all keys that are needed are fetched at once.
    """
    texts: set[str] = set()
    _collect(value, texts)
    keys = await ring.by_id({key_id_of(text) for text in texts})
    plain = {text: _plain(text, keys) for text in texts}
    return cast(T, _replaced(value, plain)) if plain else value


def _plain(sealed: str, keys: Mapping[str, PersonKey]) -> str:
    key = keys.get(key_id_of(sealed))
    return unseal(sealed, key) if key else ERASED


def _collect(value: object, texts: set[str]) -> None:
    if isinstance(value, str):
        if is_sealed(value):
            texts.add(value)
    elif isinstance(value, Mapping):
        for part in value.values():
            _collect(part, texts)
    elif isinstance(value, list | tuple):
        for part in value:
            _collect(part, texts)


def _replaced(value: object, plain: Mapping[str, str]) -> object:
    if isinstance(value, str):
        return plain.get(value, value)
    if isinstance(value, Mapping):
        return {name: _replaced(part, plain) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_replaced(part, plain) for part in value)
    return value
