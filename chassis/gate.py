"""What a consumer lets through: each stream's next version once, and no key that is closed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec
import orjson

from chassis.codec import GENESIS
from chassis.record import Apply, Consumer, Record, Undecodable
from chassis.store import Connection

BEHIND = "an earlier event of this key is parked"
_PARKING = 0x4D50  # class of the two-integer advisory locks below
_PART, _RECENT = 8, 32  # bytes kept of a hash, and of how many versions

TRANSIENT: tuple[type[BaseException], ...] = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    OSError,
    TimeoutError,
)


class Head(msgspec.Struct, frozen=True, gc=False):
    """How far a consumer has heard a stream.  `recent` holds parts of hashes, the head's last."""

    version: int = 0
    hash: bytes = GENESIS
    recent: bytes = b""

    def after(self, record: Record) -> "Head":
        recent = self.recent + record.hash[:_PART]
        return Head(record.version, record.hash, recent[-_PART * _RECENT :])

    def differs(self, record: Record) -> bool:
        """Whether this version, known or older, is another than that which was heard."""
        if record.version == self.version:
            return record.hash != self.hash
        place = len(self.recent) - _PART * (self.version - record.version + 1)
        return place >= 0 and self.recent[place : place + _PART] != record.hash[:_PART]


_NOT_HEARD = Head()


@dataclass
class Passed:
    """A batch sorted: what to apply and what has to wait; `heads` are those before it."""

    accepted: list[Record] = field(default_factory=list)
    repeated: list[Record] = field(default_factory=list)
    parked: list[tuple[Record | Undecodable, str]] = field(default_factory=list)
    heads: dict[UUID, Head] = field(default_factory=dict)

    def park(self, record: Record | Undecodable, error: str) -> None:
        self.parked.append((record, error))


async def lock_parking(connection: Connection, consumer: Consumer, *, alone: bool = False) -> None:
    """Batches share the consumer's parking; a redrive has it alone, until its transaction ends."""
    how = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
    await connection.execute(f"SELECT {how}($1, hashtext($2))", _PARKING, consumer.id)


async def closed_keys(connection: Connection, consumer: str, keys: Iterable[str]) -> set[str]:
    rows = await connection.fetch(
        "SELECT DISTINCT key FROM parked WHERE consumer = $1 AND key = ANY ($2)",
        consumer,
        list(set(keys)),
    )
    return {row["key"] for row in rows}


async def pass_gate(
    connection: Connection, consumer: Consumer, records: Sequence[Record | Undecodable]
) -> Passed:
    """Drop what is known, park what is unreadable, out of turn, forked, or behind such a record."""
    streams = list({r.stream for r in records if r.stream is not None})
    known = await connection.fetch(
        """SELECT stream, version, hash, recent FROM stream_version
           WHERE consumer = $1 AND source = $2 AND stream = ANY ($3)""",
        consumer.id,
        consumer.source,
        streams,
    )
    before = {r["stream"]: Head(r["version"], r["hash"], r["recent"]) for r in known}
    heads = dict(before)
    closed = await closed_keys(connection, consumer.id, (r.key for r in records))
    passed = Passed(heads=before)
    for record in records:
        if isinstance(record, Undecodable):
            closed.add(record.key)
            passed.park(record, record.error)
            continue
        head = heads.get(record.stream, _NOT_HEARD)
        follows = record.version == head.version + 1 and record.previous_hash == head.hash
        if follows and record.key not in closed:
            passed.accepted.append(record)
            heads[record.stream] = head.after(record)
        elif record.version <= head.version and not head.differs(record):
            passed.repeated.append(record)
        elif record.key in closed:
            passed.park(record, BEHIND)
        else:
            closed.add(record.key)
            passed.park(record, _fault(record, head))
    return passed


def _fault(record: Record, head: Head) -> str:
    if record.version > head.version + 1:
        return f"hole: version {record.version} came after {head.version}"
    return f"fork: version {record.version} does not continue the history heard before"


async def apply_or_park(
    connection: Connection, apply: Apply, passed: Passed, *, one_by_one: bool
) -> None:
    """Apply what was accepted; one by one, what raises closes its key and the others go on."""
    if not one_by_one:
        await apply(connection, passed.accepted)
        return
    through: list[Record] = []
    closed: set[str] = set()
    for record in passed.accepted:
        if record.key in closed:
            passed.park(record, BEHIND)
            continue
        try:
            async with connection.transaction():
                await apply(connection, [record])
            through.append(record)
        except TRANSIENT:
            raise
        except Exception as error:
            closed.add(record.key)
            passed.park(record, f"{type(error).__name__} in apply")
    passed.accepted = through


async def store_passed(
    connection: Connection, consumer: Consumer, passed: Passed, now: datetime
) -> None:
    """Remember the heads that were reached, and what is parked."""
    reached: dict[UUID, Head] = {}
    for record in passed.accepted:
        stream = record.stream
        head = reached.get(stream) or passed.heads.get(stream, _NOT_HEARD)
        reached[stream] = head.after(record)
    await connection.execute(
        """INSERT INTO stream_version
           SELECT $1, $2, stream, version, hash, recent
           FROM unnest($3::uuid[], $4::integer[], $5::bytea[], $6::bytea[])
                AS t (stream, version, hash, recent)
           ON CONFLICT (consumer, source, stream)
           DO UPDATE SET version = excluded.version, hash = excluded.hash,
                         recent = excluded.recent""",
        consumer.id,
        consumer.source,
        list(reached),
        [head.version for head in reached.values()],
        [head.hash for head in reached.values()],
        [head.recent for head in reached.values()],
    )
    await park(connection, consumer.id, passed.parked, now)


async def park(
    connection: Connection,
    consumer: str,
    parked: Sequence[tuple[Record | Undecodable, str]],
    now: datetime,
) -> None:
    """Keep the records to send them through again; their keys are closed while the rows exist."""
    if parked:
        await connection.executemany(
            """INSERT INTO parked (consumer, key, stream, version, position, headers, bytes, error,
                                   parked_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)""",
            [
                (
                    consumer,
                    r.key,
                    r.stream,
                    r.version,
                    r.position,
                    orjson.dumps(r.headers).decode(),
                    r.data,
                    error,
                    now,
                )
                for r, error in parked
            ],
        )
