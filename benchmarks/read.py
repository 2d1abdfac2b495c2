"""Everything in order, decoded: ours, eventsourcing's, and a naked cursor over the rows."""

import time

from benchmarks.measuring import Case, Slice
from benchmarks.peer.client import Peer
from chassis.record import own_record
from chassis.store import Store, read_page, safe_position

WINDOW = 100_000  # a slice reads so many at most, each slice another stretch of the store
PEER_WINDOW = 20_000
PAGE = 1_000
NAKED = """SELECT position, stream, version, id, type, schema_version, data, meta, subject,
    effective_at, recorded_at, previous_hash, hash FROM event
    WHERE position > $1 AND position <= $2 ORDER BY position"""


def stretch(number: int, slices: int, events: int, window: int) -> tuple[int, int]:
    """How many events a slice skips and how many it takes; together they span the store."""
    taken = min(window, events)
    return (events - taken) * number // max(1, slices - 1), taken


async def position_after(store: Store, events: int) -> int:
    """The position that so many events are at or below; positions have no holes here."""
    first = await store.pool.fetchval("SELECT min(position) FROM event")
    return int(first) - 1 + events


async def read(store: Store, after: int, events: int) -> Slice:
    """As a consumer of the own store does: up to the safe position, page by page, decoded."""
    seen = wrong = 0
    versions: dict[object, int] = {}
    began, cursor = time.perf_counter(), after
    async with store.pool.acquire() as connection:
        upto = min(await safe_position(connection), after + events)
        while cursor < upto:
            rows = await read_page(connection, cursor, upto, PAGE)
            records = [own_record(row, store.registry, store.service) for row in rows]
            wrong += sum(1 for r in records if r.position <= cursor or r.event.number != r.version)
            for record in records:
                before = versions.get(record.stream, record.version - 1)
                wrong += record.version != before + 1
                versions[record.stream] = record.version
            seen += len(records)
            cursor = records[-1].position if len(rows) == PAGE else upto
    return Slice(seen, time.perf_counter() - began, abs(events - seen) + wrong)


async def naked(store: Store, after: int, events: int) -> Slice:
    began, seen = time.perf_counter(), 0
    async with store.pool.acquire() as connection, connection.transaction():
        async for _ in connection.cursor(NAKED, after, after + events, prefetch=PAGE):
            seen += 1
    return Slice(seen, time.perf_counter() - began)


def cases(store: Store, peer: Peer | None, events: int, slices: int, first: int) -> list[Case]:
    """first: the position before the first event."""

    async def ours(number: int) -> Slice:
        skipped, taken = stretch(number, slices, events, WINDOW)
        return await read(store, first + skipped, taken)

    async def ceiling(number: int) -> Slice:
        skipped, taken = stretch(number, slices, events, WINDOW)
        return await naked(store, first + skipped, taken)

    async def theirs(number: int) -> Slice:
        assert peer is not None, "only asked when there is one"
        taken = min(PEER_WINDOW, events)
        return await peer.measured("read", after=0, events=taken, page=PAGE)

    name = "everything in order, decoded"
    return [Case(name, ours, theirs if peer else None, ceiling)]
