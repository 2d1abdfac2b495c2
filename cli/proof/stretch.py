"""Check a stretch of a store's events: every hash, and each stream's chain within the stretch.

A long history is cut into stretches that the machine's cores check at the same time, all of them
in the one snapshot of whoever asked.
"""

import asyncio
import hashlib
import os
import struct
from array import array
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from uuid import UUID

import asyncpg
import uvloop

from chassis.seals import leaf, merkle_root

LONG = 200_000  # positions; a shorter history is checked before another process has started
CORES = os.cpu_count() or 1
_SUBTREE = 32 << 15  # bytes
# What nobody can have recorded becomes something that no hash was taken of.
_HASH = "CASE octet_length({0}) WHEN 32 THEN {0} ELSE decode(repeat('ff', 32), 'hex') END"
_INSTANT = """CASE WHEN {0} >= '0001-01-01Z' AND {0} < '10000-01-01Z'
    THEN to_char({0}, 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"') ELSE repeat('?', 32) END"""
# PostgreSQL's binary COPY writes a field as the chain hash takes it: a 4-byte length and the bytes.
# From the previous hash on, a row is what was hashed, and nothing has to be made of its fields.
_EVENTS = f"""
SELECT position, stream, version, {_HASH.format("hash")},
       {_HASH.format("previous_hash")}, stream::text, version::text, id::text, type,
       schema_version::text, {_INSTANT.format("effective_at")}, {_INSTANT.format("recorded_at")},
       coalesce(subject, ''), data::text, meta::text
FROM event WHERE position > $1 AND position <= $2 ORDER BY position"""
_HEADER, _TRAILER = 19, b"\xff\xff"
# A row: the number of its columns, then each field behind its length.  Of most the length is
# always the same; "x" passes over it.  The first struct ends with the length of the version's text.
_BEGIN = struct.Struct(">2x4xq4x16s4xi4x32s4x32s4x36xI")
_HASHED = _BEGIN.size - 4 - 40 - 32
_BEHIND_ID, _NEXT, _BEHIND_INSTANTS = (struct.Struct(f) for f in (">4x36xI", ">I", ">4x32x4x32xI"))

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


def breach(stream: bytes, before: Head, version: int) -> str:
    """What is wrong with this version behind that one."""
    where = f"stream {UUID(bytes=stream)}, version {version}"
    if version != before[0] + 1:
        return f"{where}: comes after version {before[0]}; an event is missing or moved"
    return f"{where}: does not continue the event before it"


async def check_stretch(connection: asyncpg.Connection, after: int, upto: int) -> Stretch:
    """In a transaction.  Raises EOFError when the rows end in the middle of one."""
    found = Stretch()
    await connection.execute("SET LOCAL TimeZone = 'UTC'")
    rest, begin = b"", _HEADER

    async def take(read: bytes) -> None:
        nonlocal rest, begin
        rows = rest + read
        end = check_rows(found, rows, begin)
        rest, begin = rows[end:], max(0, begin - len(rows))

    await connection.copy_from_query(_EVENTS, after, upto, output=take, format="binary")
    if rest != _TRAILER:
        raise EOFError("the database's answer ended in the middle of a row")
    return found


def check_rows(found: Stretch, rows: bytes, begin: int) -> int:
    """Check each whole row from `begin` on; where the first one begins that is not whole."""
    first, last, leaves, positions = found.first, found.last, found.leaves, found.positions
    start, behind_id, following = _BEGIN.unpack_from, _BEHIND_ID.unpack_from, _NEXT.unpack_from
    behind_instants, sha256 = _BEHIND_INSTANTS.unpack_from, hashlib.sha256
    seen, size = memoryview(rows), len(rows)
    while True:
        try:
            position, stream, version, digest, previous, length = start(rows, begin)
            end = begin + _BEGIN.size + length
            end += 44 + behind_id(rows, end)[0]  # type
            end += 4 + following(rows, end)[0]  # schema version
            end += 76 + behind_instants(rows, end)[0]  # subject
            end += 4 + following(rows, end)[0]  # data
            end += 4 + following(rows, end)[0]  # meta
        except struct.error:
            return begin
        if end > size:
            return begin
        before = last.get(stream)
        if before is None:
            first[stream] = (version, previous)
        elif version != before[0] + 1 or previous != before[1]:
            found.faults.append(breach(stream, before, version))
        if sha256(seen[begin + _HASHED : end]).digest() != digest:
            where = f"stream {UUID(bytes=stream)}, version {version}"
            found.faults.append(f"{where}: its bytes are not those that were hashed")
        last[stream] = (version, digest)
        leaves += leaf(position, stream, version, digest)
        positions.append(position)
        begin = end


@contextmanager
def cores(events: int) -> Iterator[Executor | None]:
    """A process for each core; none when there is one core, or too little to do."""
    if CORES == 1 or events < LONG:
        yield None
        return
    processes = get_context("forkserver")
    processes.set_forkserver_preload([__name__])
    with ProcessPoolExecutor(CORES, processes) as pool:
        pool.submit(int)  # they start while this process has other work
        yield pool


async def span(connection: asyncpg.Connection) -> tuple[int, int]:
    """The position before the first event, and the last one's."""
    row = await connection.fetchrow("SELECT min(position) - 1, max(position) FROM event")
    assert row is not None, "an aggregate has always one row"
    return row[0] or 0, row[1] or 0


async def stretches(
    connection: asyncpg.Connection, dsn: str | None, pool: Executor | None, after: int, upto: int
) -> AsyncIterator[Stretch]:
    """All events between the positions in order, in the transaction's snapshot.

    PostgreSQL takes two thirds as long to send an event as it takes to check it: with two cores
    this process and the database keep both busy, and more processes are slower (measured).
    """
    bounds = [(begin, min(begin + LONG, upto)) for begin in range(after, upto, LONG)]
    if pool is None or dsn is None or CORES < 4:
        for bound in bounds:
            yield await check_stretch(connection, *bound)
        return
    snapshot = await connection.fetchval("SELECT pg_export_snapshot()")
    two_cores_each = asyncio.Semaphore(CORES // 2)

    async def checked(bound: tuple[int, int]) -> Stretch:
        async with two_cores_each:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(pool, _in_process, dsn, snapshot, *bound)

    for work in [asyncio.create_task(checked(bound)) for bound in bounds]:
        yield await work


async def root_of(pool: Executor | None, leaves: bytes) -> bytes:
    """The Merkle root: every so many leaves, a power of two, are a tree of their own."""
    if pool is None or len(leaves) <= _SUBTREE:
        return merkle_root(leaves)
    run = asyncio.get_running_loop().run_in_executor
    trees = (leaves[n : n + _SUBTREE] for n in range(0, len(leaves), _SUBTREE))
    roots = await asyncio.gather(*(run(pool, merkle_root, tree) for tree in trees))
    return merkle_root(b"".join(roots))


def _in_process(dsn: str, snapshot: str, after: int, upto: int) -> Stretch:
    return uvloop.run(_in_snapshot(dsn, snapshot, after, upto))


async def _in_snapshot(dsn: str, snapshot: str, after: int, upto: int) -> Stretch:
    connection = await asyncpg.connect(dsn, server_settings={"timezone": "UTC"})
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            await connection.execute(f"SET TRANSACTION SNAPSHOT '{snapshot}'")
            return await check_stretch(connection, after, upto)
    finally:
        await connection.close()
