"""Parked events: look at them, send them through again in order, or skip one on the record."""

from datetime import datetime
from typing import Any

import asyncpg
import orjson

from chassis.gate import lock_parking, park, pass_gate, store_passed
from chassis.record import Consumer, Record, Undecodable, kafka_record, own_record
from chassis.store import Connection, Store, read_page
from chassis.tail import react_or_park

MOST_ATTEMPTS = 10


class NothingParked(Exception):
    """The consumer has no parked event under that key."""


class RedriveGivenUp(Exception):
    """The key was redriven too often: mend the cause or skip the event, on the record."""


async def list_parked(connection: Connection) -> list[dict[str, Any]]:
    """A line per closed key: how many events wait, since when, and why the first one does."""
    rows = await connection.fetch(
        """SELECT DISTINCT ON (consumer, key) consumer, key, stream, version, error, attempts,
                  parked_at, count(*) OVER (PARTITION BY consumer, key) AS waiting
           FROM parked ORDER BY consumer, key, id"""
    )
    return [dict(row) for row in rows]


async def redrive(store: Store, consumer: Consumer, key: str) -> int:
    """Take the key's parked events in order; how many went through.  The rest stay parked.

    Raises NothingParked, RedriveGivenUp after MOST_ATTEMPTS, and what the first event raises.
    """
    async with store.pool.acquire() as connection, connection.transaction():
        await lock_parking(connection, consumer, alone=True)
        rows = await _rows(connection, consumer, key)
        if rows[0]["attempts"] >= MOST_ATTEMPTS:
            raise RedriveGivenUp(f"{rows[0]['attempts']} attempts, allowed are {MOST_ATTEMPTS}")
        await connection.execute(
            "DELETE FROM parked WHERE consumer = $1 AND key = $2", consumer.id, key
        )
        waiting = await _through(store, connection, consumer, rows, key)
        await connection.execute(
            "UPDATE parked SET attempts = $3 WHERE consumer = $1 AND key = $2",
            consumer.id,
            key,
            rows[0]["attempts"] + 1,
        )
        return len(rows) - waiting


async def _rows(connection: Connection, consumer: Consumer, key: str) -> list[asyncpg.Record]:
    rows: list[asyncpg.Record] = await connection.fetch(
        """SELECT id, stream, version, headers, bytes, attempts FROM parked
           WHERE consumer = $1 AND key = $2 ORDER BY position NULLS LAST, id""",
        consumer.id,
        key,
    )
    if not rows:
        raise NothingParked(f"{consumer.id} has nothing parked under this key")
    return rows


async def _through(
    store: Store,
    connection: Connection,
    consumer: Consumer,
    rows: list[asyncpg.Record],
    key: str,
) -> int:
    """The gate again for what came from Kafka; the own store's events need none."""
    records = [await _again(store, connection, consumer, row, key) for row in rows]
    if consumer.source == "own":
        ready = [r for r in records if isinstance(r, Record)]
        if consumer.apply:
            await consumer.apply(connection, ready)
        parked = 0
    else:
        passed = await pass_gate(connection, consumer, records)
        if consumer.apply and passed.accepted:
            await consumer.apply(connection, passed.accepted)
        await store_passed(connection, consumer, passed, store.clock())
        parked = len(passed.parked)
        ready = sorted(passed.accepted + passed.repeated, key=lambda r: r.position)
    if consumer.react:
        late = await react_or_park(store, consumer, ready)
        await park(connection, consumer.id, late, store.clock())
        parked += len(late)
    return parked


async def _again(
    store: Store, connection: Connection, consumer: Consumer, row: asyncpg.Record, key: str
) -> Record | Undecodable:
    headers = orjson.loads(row["headers"])
    if consumer.source == "own":
        position = int(headers["ce_position"])
        (stored,) = await read_page(connection, position - 1, position, 1)
        return own_record(stored, store.registry, store.service)
    raw = [(name, text.encode()) for name, text in headers.items()]
    return kafka_record(key.encode(), raw, row["bytes"], consumer.models)


async def skip(
    store: Store, consumer: Consumer, key: str, actor: str, reason: str, at: datetime
) -> None:
    """Leave the key's first parked event out for good; the stream goes on behind it."""
    async with store.pool.acquire() as connection, connection.transaction():
        await lock_parking(connection, consumer, alone=True)
        first = (await _rows(connection, consumer, key))[0]
        headers = orjson.loads(first["headers"])
        await connection.execute(
            "INSERT INTO parked_skip VALUES ($1, $2, $3, $4, $5, $6, $7)",
            consumer.id,
            key,
            first["stream"],
            first["version"],
            actor,
            reason,
            at,
        )
        if consumer.source != "own" and first["stream"] is not None:
            await connection.execute(
                """INSERT INTO stream_version VALUES ($1, $2, $3, $4, $5)
                   ON CONFLICT (consumer, source, stream)
                   DO UPDATE SET version = excluded.version, hash = excluded.hash, recent = ''""",
                consumer.id,
                consumer.source,
                first["stream"],
                first["version"],
                bytes.fromhex(headers["ce_hash"]),
            )
        await connection.execute("DELETE FROM parked WHERE id = $1", first["id"])
