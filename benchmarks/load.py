"""One stream after the other: ours, eventsourcing's, and a naked fetch of the rows."""

import time
from uuid import UUID

from benchmarks.measuring import Case, Slice
from benchmarks.peer.client import Peer
from benchmarks.workload import add_streams
from chassis.store import Store, load

LENGTHS = (10, 100, 1_000)
SLICE = 20_000  # events that a slice loads
TIMES = 5  # how often: once took a tenth of a second, and the ratio of two such slices said little
NAKED = """SELECT version, type, schema_version, data, hash FROM event
    WHERE stream = $1 ORDER BY version"""


async def ours(store: Store, streams: list[UUID], length: int) -> Slice:
    """Decoded into the domain's events, as a command does before it decides."""
    began, lost = time.perf_counter(), 0
    async with store.pool.acquire() as connection:
        for stream in streams * TIMES:
            found = await load(store, connection, stream)
            lost += abs(length - len(found.events))
    events = len(streams) * length * TIMES
    return Slice(events - lost, time.perf_counter() - began, lost)


async def naked(store: Store, streams: list[UUID]) -> Slice:
    began, seen = time.perf_counter(), 0
    async with store.pool.acquire() as connection:
        for stream in streams * TIMES:
            seen += len(await connection.fetch(NAKED, stream))
    return Slice(seen, time.perf_counter() - began)


async def cases(store: Store, peer: Peer | None) -> list[Case]:
    found = []
    for length in LENGTHS:
        count = max(1, SLICE // length)
        streams = [s for s, _ in await add_streams(store, count * length, length)]
        theirs = []
        if peer:
            more = await peer.ask("add", streams=count, length=length)
            theirs = more["streams"]
        found.append(_case(store, peer, length, streams, theirs))
    return found


def _case(
    store: Store, peer: Peer | None, length: int, streams: list[UUID], theirs: list[str]
) -> Case:
    async def one(number: int) -> Slice:
        return await ours(store, streams, length)

    async def other(number: int) -> Slice:
        assert peer is not None, "only asked when there is one"
        return await peer.measured("load", streams=theirs, length=length)

    async def ceiling(number: int) -> Slice:
        return await naked(store, streams)

    return Case(f"streams of {length:,} events", one, other if peer else None, ceiling)
