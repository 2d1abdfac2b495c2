"""The event store of one service: load a stream, append to streams, read everything in order."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from chassis.clock import Clock
from chassis.codec import (
    GENESIS,
    Registry,
    chain_hash,
    effective_at,
    encode,
    owners,
    subject_of,
)
from chassis.ids import driver_id, event_id
from chassis.keys import KeyRing
from chassis.sealing import is_sealed, seal
from chassis.settings import Settings

Connection = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy

_APPEND = f"SELECT * FROM append_events({', '.join(f'${n}' for n in range(1, 22))})"
# To one stream, as most commands append: a single statement.  The guarded write of the stream's row
# is its lock and its check of the version in one.  Only behind it the gate is taken, below the
# positions that the events can be given; the commit lets go of it.  Should an event not have been
# inserted, there is no answer, and without one the command's row refuses all of it.
_TO_ONE_STREAM = """
WITH moved AS ({guard} RETURNING 1), gate AS MATERIALIZED (
    SELECT pg_advisory_xact_lock_shared((SELECT last_value FROM event_position_seq)) FROM moved
), added AS (
    INSERT INTO event (stream, version, id, type, schema_version, data, meta, subject,
                       effective_at, recorded_at, previous_hash, hash)
    SELECT $1::uuid, {events} RETURNING position
)
INSERT INTO command SELECT $13::text, $14::text, $15::bytea, CASE WHEN {all} THEN json_build_object(
    'events', {count}, 'position', {last}, 'streams',
    json_build_array(json_build_object('stream', $1, 'version', {version}))) END
FROM moved LEFT JOIN added ON true {ended}
RETURNING (answer ->> 'position')::bigint
"""
_BEGINS = """INSERT INTO stream VALUES ($1, $16::text, $17::text, {version}, {head})
    ON CONFLICT DO NOTHING"""
_GOES_ON = (
    "UPDATE stream SET version = {version}, head_hash = {head} WHERE id = $1 AND version = $2 - 1"
)
_ONE = {
    "events": """$2::integer, $3::uuid, $4::text, $5::integer, $6::json, $7::json, $8::text,
        $9::timestamptz, $10::timestamptz, $11::bytea, $12::bytea FROM gate""",
    "version": "$2",
    "head": "$12",
    "all": "position IS NOT NULL",
    "count": "1",
    "last": "position",
    "ended": "",
}
# $2 is the first one's version; meta and the instant of recording are the same for all.
_SEVERAL = {
    "events": """$2::integer + e.n - 1, e.id, e.type, e.schema, e.data::json, $7::json, e.subject,
        e.effective, $10::timestamptz, e.previous, e.hash
        FROM gate, unnest($3::uuid[], $4::text[], $5::integer[], $6::text[], $8::text[],
                          $9::timestamptz[], $11::bytea[], $12::bytea[]) WITH ORDINALITY
                   AS e (id, type, schema, data, subject, effective, previous, hash, n)
        ORDER BY e.n""",
    "version": "$2 + cardinality($3::uuid[]) - 1",
    "head": "($12::bytea[])[cardinality($3::uuid[])]",
    "all": "count(position) = cardinality($3::uuid[])",
    "count": "count(position)",
    "last": "max(position)",
    "ended": "HAVING count(*) > 0",
}
_SAME = (0, 1, 6, 9)
# By whether it is one event, and whether it begins the stream.
_STATEMENTS = {
    (one is _ONE, guard is _BEGINS): _TO_ONE_STREAM.format(guard=guard.format(**one), **one)
    for one in (_ONE, _SEVERAL)
    for guard in (_BEGINS, _GOES_ON)
}
# OFFSET 0: the streams are looked up one by one, whatever their number makes the planner estimate.
# Left the choice, it starts workers for a page of a large store, and for the last page before the
# end it sorts and merges all streams.
PAGE = """
SELECT e.position, e.stream, e.version, e.id, e.type, e.schema_version, e.data, e.meta, e.subject,
       e.effective_at, e.recorded_at, e.previous_hash, e.hash, s.key, s.category
FROM event e
CROSS JOIN LATERAL (SELECT key, category FROM stream WHERE id = e.stream OFFSET 0) s
WHERE e.position > $1 AND e.position <= $2 ORDER BY e.position LIMIT $3
"""


class NotAppended(Exception):
    """The database left out what it was told to insert; nothing of the append is kept."""


@dataclass(frozen=True, slots=True)
class Ref:
    """A stream.  `key` is its Kafka key: the person for a personal stream, else the id's text."""

    category: str
    id: UUID
    key: str


@dataclass(frozen=True, slots=True)
class Context:
    """Who asks, when, and under which idempotency key; what an event's meta is made from."""

    actor: str
    at: datetime
    key: str
    fingerprint: bytes = b""
    on_behalf_of: str | None = None
    correlation: UUID | None = None
    causation: UUID | None = None

    def meta(self) -> bytes:
        names = ("actor", "on_behalf_of", "correlation", "causation")
        given = {name: getattr(self, name) for name in names if getattr(self, name) is not None}
        return orjson.dumps(given, str, orjson.OPT_SORT_KEYS)  # str: asyncpg has its own UUIDs


@dataclass(frozen=True, slots=True)
class StreamVersion:
    stream: UUID
    version: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command did: how many events, the last one's position, and the streams' versions."""

    events: int
    position: int
    streams: tuple[StreamVersion, ...]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A stream's history, and what the next append must name."""

    events: tuple[Any, ...]
    version: int
    head_hash: bytes


@dataclass(frozen=True, slots=True)
class Conflict:
    """Somebody else wrote first; nothing was appended.

    Without a stream: the command itself was answered meanwhile, its stored answer stands.
    """

    stream: UUID | None
    actual: int


@dataclass(frozen=True, slots=True)
class Write:
    """New events for one stream, on top of what was loaded."""

    ref: Ref
    loaded: Loaded
    events: Sequence[object]


@dataclass(frozen=True)
class Store:
    """What a process of one service works with.  `appended` is told after each append."""

    service: str
    pool: asyncpg.Pool
    registry: Registry
    keys: KeyRing
    clock: Clock
    settings: Settings
    appended: Callable[[], None] = lambda: None


def parse_answer(text: str | bytes) -> Answer:
    value = orjson.loads(text)
    streams = [StreamVersion(UUID(s["stream"]), s["version"]) for s in value["streams"]]
    return Answer(value["events"], value["position"], tuple(streams))


def answer_text(answer: Answer) -> str:
    return orjson.dumps(answer, str).decode()


async def load(store: Store, connection: Connection, stream: UUID) -> Loaded:
    """The stream's events from the first; version 0 when there is no such stream."""
    rows = await connection.fetch(
        """SELECT version, type, schema_version, data, hash FROM event
           WHERE stream = $1 ORDER BY version""",
        stream,
    )
    decode = store.registry.decode
    events = tuple([decode(name, schema, data) for _, name, schema, data, _ in rows])
    return Loaded(events, len(events), rows[-1]["hash"] if rows else GENESIS)


async def append(
    store: Store, connection: Connection, writes: Sequence[Write], context: Context
) -> Answer | Conflict:
    """All the events or none, in one call; nothing when somebody else was first.

    Raises UniqueViolationError of `command_pkey` when the key was used meanwhile.
    """
    rows = await event_rows(store, writes, context)
    if len(writes) == 1:
        return await _append_to(connection, writes[0], rows, context)
    columns = list(zip(*rows, strict=True))
    row = await connection.fetchrow(
        _APPEND,
        [w.ref.id for w in writes],
        [w.ref.category for w in writes],
        [w.ref.key for w in writes],
        [w.loaded.version for w in writes],
        [len(w.events) for w in writes],
        _heads(writes, rows),
        *columns,
        context.actor,
        context.key,
        context.fingerprint,
    )
    assert row is not None, "append_events always answers"
    if row["outcome"] != "appended":
        return Conflict(row["conflict_stream"], row["actual"] or 0)
    return parse_answer(row["answer"])


async def _append_to(
    connection: Connection, write: Write, rows: Sequence[tuple[Any, ...]], context: Context
) -> Answer | Conflict:
    ref, one, begins = write.ref, len(rows) == 1, write.loaded.version == 0
    values = rows[0] if one else _columns(rows)
    try:
        position = await connection.fetchval(
            _STATEMENTS[one, begins],
            *values,
            *(context.actor, context.key, context.fingerprint),
            *((ref.category, ref.key) if begins else ()),
        )
    except asyncpg.NotNullViolationError as error:
        if (error.table_name, error.column_name) != ("command", "answer"):
            raise
        raise NotAppended(f"fewer than {len(rows)} events were stored") from error
    if position is not None:
        return Answer(len(rows), position, (StreamVersion(ref.id, rows[-1][1]),))
    actual = await connection.fetchval("SELECT version FROM stream WHERE id = $1", ref.id)
    return Conflict(ref.id, actual or 0)


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[Any]:
    """As `_SEVERAL` takes them: what is the same in all rows, or counted up from it, once."""
    columns: list[Any] = list(zip(*rows, strict=True))
    return [column[0] if n in _SAME else column for n, column in enumerate(columns)]


def _heads(writes: Sequence[Write], rows: Sequence[tuple[Any, ...]]) -> list[bytes]:
    last = {row[0]: row[-1] for row in rows}
    return [last.get(write.ref.id, write.loaded.head_hash) for write in writes]


async def event_rows(
    store: Store, writes: Sequence[Write], context: Context
) -> list[tuple[Any, ...]]:
    """A row per event in the order of the function's event columns, hashes chained per stream."""
    persons = {person for write in writes for event in write.events for person in owners(event)}
    keys = await store.keys.for_writing(persons) if persons else {}

    def sealed(person: str, text: str) -> str:
        return text if is_sealed(text) else seal(text, keys[person], os.urandom(12))

    recorded, meta = context.at, context.meta()
    rows: list[tuple[Any, ...]] = []
    for write in writes:
        previous, stream = write.loaded.head_hash, driver_id(write.ref.id)
        for version, event in enumerate(write.events, write.loaded.version + 1):
            id_ = event_id()
            name, schema = store.registry.name_of(event)
            effective, subject = effective_at(event, recorded), subject_of(event)
            data = encode(event, sealed)
            head = chain_hash(
                previous,
                stream,
                version,
                id_,
                name,
                schema,
                effective,
                recorded,
                subject,
                data,
                meta,
            )
            rows.append(
                (
                    *(stream, version, id_, name, schema, data.decode(), meta.decode(), subject),
                    *(effective, recorded, previous, head),
                )
            )
            previous = head
    return rows


async def safe_position(connection: Connection) -> int:
    """The position up to which every event that will ever exist is visible (kernel 3).

    Two statements, in this order: an append whose position is not above the first answer took its
    gate lock before it, so it is either still among the locks or has committed.
    """
    last = await connection.fetchval("SELECT last_value FROM event_position_seq")
    held = await connection.fetchval(
        """SELECT min((classid::bigint << 32) | objid::bigint) FROM pg_locks
           WHERE locktype = 'advisory' AND objsubid = 1
             AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
    )
    return int(last if held is None else min(last, held))


async def read_page(
    connection: Connection, after: int, upto: int, limit: int
) -> list[asyncpg.Record]:
    """Stored events with `after < position <= upto`, in order, with their stream's key."""
    rows: list[asyncpg.Record] = await connection.fetch(PAGE, after, upto, limit)
    return rows
