"""Everything in order, decoded: ours, eventsourcing's, and a naked cursor over the rows."""

import time
from contextlib import aclosing

from benchmarks.measuring import Case, Slice
from benchmarks.peer.client import Peer
from chassis.record import own_record
from chassis.store import Store, safe_position
from chassis.tail import Horizon, pages

WINDOW = 100_000  # a slice reads so many at most, each slice another stretch of the store
PEER_WINDOW = 20_000
PAGE = 1_000
EVENTS = """SELECT position, type, schema_version, data FROM event
    WHERE position > $1 AND position <= $2 ORDER BY position LIMIT $3"""
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
    """As a worker's consumer does: up to the safe position, the next page read meanwhile."""
    seen, wrong, last = 0, 0, after
    horizon = Horizon()
    began = time.perf_counter()
    async with store.pool.acquire() as connection:
        horizon.position = min(await safe_position(connection), after + events)
    async with aclosing(pages(store, horizon, after)) as following:
        async for page in following:
            records = [own_record(row, store.registry, store.service) for row in page.rows]
            for record in records:
                # The fill numbers a stream's events by their versions.
                wrong += record.position <= last or record.event.number != record.version
                last = record.position
            seen += len(page.rows)
            if page.reached >= horizon.position:
                break
    seconds = time.perf_counter() - began
    return Slice(seen, seconds, abs(events - seen) + wrong)


async def select(store: Store, after: int, events: int) -> Slice:
    """Only rows and events: what the envelope and the safe position cost shows without them."""
    seen, cursor, end, decode = 0, after, after + events, store.registry.decode
    began = time.perf_counter()
    async with store.pool.acquire() as connection:
        while cursor < end:
            rows = await connection.fetch(EVENTS, cursor, end, PAGE)
            seen += sum(1 for _, name, schema, data in rows if decode(name, schema, data))
            cursor = rows[-1]["position"] if rows else end
    return Slice(seen, time.perf_counter() - began, abs(events - seen))


async def naked(store: Store, after: int, events: int) -> Slice:
    began, seen = time.perf_counter(), 0
    async with store.pool.acquire() as connection, connection.transaction():
        async for _ in connection.cursor(NAKED, after, after + events, prefetch=PAGE):
            seen += 1
    return Slice(seen, time.perf_counter() - began)


def cases(store: Store, peer: Peer | None, events: int, slices: int, first: int) -> list[Case]:
    """first: the position before the first event."""
    theirs = min(PEER_WINDOW, events)

    async def followed(number: int) -> Slice:
        return await read(store, *_stretch(number))

    async def selected(number: int) -> Slice:
        return await select(store, *_stretch(number))

    async def peer_followed(number: int) -> Slice:
        assert peer is not None, "only asked when there is one"
        return await peer.measured("read", events=theirs)

    async def peer_selected(number: int) -> Slice:
        assert peer is not None, "only asked when there is one"
        return await peer.measured("select", events=theirs, page=PAGE)

    async def ceiling(number: int) -> Slice:
        return await naked(store, *_stretch(number))

    def _stretch(number: int) -> tuple[int, int]:
        skipped, taken = stretch(number, slices, events, WINDOW)
        return first + skipped, taken

    return [
        Case(
            "followed: in order, up to the safe position, with envelope",
            followed,
            peer_followed if peer else None,
            ceiling,
        ),
        Case("selected: rows and events only", selected, peer_selected if peer else None, ceiling),
    ]
