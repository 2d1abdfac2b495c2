"""Check a stretch of a store's events: every hash, and each stream's chain within the stretch.

A long history is cut into stretches that the machine's cores check at the same time, all of them
in the one snapshot of whoever asked.
"""

import asyncio
import os
from array import array
from collections.abc import AsyncIterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from uuid import UUID

import asyncpg

from chassis.codec import hash_of
from chassis.seals import leaf

COLUMNS = """position, stream, version, id, type, schema_version, effective_at, recorded_at,
    subject, data, meta, previous_hash, hash"""
LONG = 200_000  # positions; a shorter history is checked before another process has started
CORES = os.cpu_count() or 1
_PAGE = 2_000
_EVENTS = f"""SELECT {COLUMNS} FROM event
    WHERE position > $1 AND position <= $2 ORDER BY position LIMIT {_PAGE}"""

Head = tuple[int, bytes]


@dataclass
class Stretch:
    """What was found; streams go by their bytes.

    first: each stream's first version here with its previous hash.  last: its last, with its hash.
    leaves: 32 bytes for each position.
    """

    positions: "array[int]" = field(default_factory=lambda: array("q"))
    leaves: bytearray = field(default_factory=bytearray)
    first: dict[bytes, Head] = field(default_factory=dict)
    last: dict[bytes, Head] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def breach(stream: bytes, before: Head, version: int, previous: bytes) -> str | None:
    """What is wrong with this version behind that one."""
    where = f"stream {UUID(bytes=stream)}, version {version}"
    if version != before[0] + 1:
        return f"{where}: comes after version {before[0]}; an event is missing or moved"
    if previous != before[1]:
        return f"{where}: does not continue the event before it"
    return None


async def check_stretch(connection: asyncpg.Connection, after: int, upto: int) -> Stretch:
    found = Stretch()
    first, last = found.first, found.last
    while rows := await connection.fetch(_EVENTS, after, upto):
        for row in rows:
            (
                position, stream, version, id_, name, schema, effective, recorded,
                subject, data, meta, previous, digest,
            ) = row  # fmt: skip
            key = stream.bytes
            before = last.get(key)
            if before is None:
                first[key] = (version, previous)
            elif version != before[0] + 1 or previous != before[1]:
                found.faults.append(breach(key, before, version, previous) or "")
            if digest != hash_of(
                previous, stream, version, id_, name, schema, effective, recorded,
                subject, data.encode(), meta.encode(),
            ):  # fmt: skip
                where = f"stream {stream}, version {version}"
                found.faults.append(f"{where}: its bytes are not those that were hashed")
            last[key] = (version, digest)
            found.leaves += leaf(position, stream, version, digest)
            found.positions.append(position)
        after = rows[-1]["position"]
    return found


async def stretches(connection: asyncpg.Connection, dsn: str | None) -> AsyncIterator[Stretch]:
    """All events in order, in the transaction's snapshot."""
    first = await connection.fetchval("SELECT min(position) - 1 FROM event")
    last = await connection.fetchval("SELECT max(position) FROM event")
    if first is None:
        return
    if dsn is None or CORES == 1 or last - first < LONG:
        yield await check_stretch(connection, first, last)
        return
    snapshot = await connection.fetchval("SELECT pg_export_snapshot()")
    size = min(LONG, -(-(last - first) // CORES))
    bounds = [(after, min(after + size, last)) for after in range(first, last, size)]
    loop = asyncio.get_running_loop()
    processes = get_context("forkserver")
    processes.set_forkserver_preload([__name__])
    with ProcessPoolExecutor(CORES, processes) as pool:
        work = [loop.run_in_executor(pool, _in_process, dsn, snapshot, *b) for b in bounds]
        for one in work:
            yield await one


def _in_process(dsn: str, snapshot: str, after: int, upto: int) -> Stretch:
    return asyncio.run(_in_snapshot(dsn, snapshot, after, upto))


async def _in_snapshot(dsn: str, snapshot: str, after: int, upto: int) -> Stretch:
    connection = await asyncpg.connect(dsn, server_settings={"timezone": "UTC"})
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            await connection.execute(f"SET TRANSACTION SNAPSHOT '{snapshot}'")
            return await check_stretch(connection, after, upto)
    finally:
        await connection.close()
