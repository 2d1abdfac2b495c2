"""Rebuild a consumer's tables beside the live ones, compare, and put them in their place.

`apply` runs on a connection whose search path finds shadow tables first, its timers and effects
too: what it writes besides its own tables is thrown away, and no reaction runs.  The last step is
one transaction that keeps the live consumer out: it takes what was applied meanwhile, compares
both at the same position, and exchanges the rows.  Whoever reads sees the old rows until it
commits; the rows that were there are kept, so that a rebuild can be taken back.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import asyncpg

from chassis.codec import Registry
from chassis.feeds import Feed, OwnFeed, Progress, topic_feed
from chassis.gate import lock_parking
from chassis.record import Consumer, Record
from chassis.service import Service
from chassis.settings import Settings

_RUNNING = 0x4D52  # class of the two-integer advisory lock: one rebuild of a consumer at a time
_LITTLE, _ROUNDS = 500, 20  # catch up until little is left to do while the live consumer waits
_NEVER_REAL = ("timer", "effect")


class NoTables(Exception):
    """The consumer feeds no table: there is nothing to rebuild."""


class RebuildRuns(Exception):
    """Another process is rebuilding the same consumer."""


class NothingKept(Exception):
    """No rebuild has exchanged anything yet: there is nothing to go back to."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One table, live and rebuilt, at the same position."""

    table: str
    rows: int
    rebuilt: int
    equal: bool


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """events: how many were applied.  swapped: whether the live rows were exchanged."""

    service: str
    consumer: str
    events: int
    swapped: bool
    tables: tuple[Compared, ...]

    @property
    def equal(self) -> bool:
        return all(table.equal for table in self.tables)


def _silent(done: int, total: int) -> None:
    pass


async def rebuild(
    service: Service,
    settings: Settings,
    consumer: Consumer,
    *,
    swap: bool = True,
    back: bool = False,
    progress: Progress = _silent,
) -> Rebuilt:
    """From the first event, or with `back` from the rows that the last rebuild took away.

    Without `swap` nothing but the answer is left of it.  Raises NoTables, RebuildRuns,
    NothingKept, HistoryIsShort.
    """
    if consumer.apply is None or not consumer.tables:
        raise NoTables(f"{service.name}.{consumer.name} feeds no table")
    apply, shadow, kept = consumer.apply, schema("rebuild", consumer), schema("old", consumer)
    async with AsyncExitStack() as stack:
        connection = await stack.enter_async_context(_alone(service, settings, consumer))
        feed = await stack.enter_async_context(_feed(connection, service, settings, consumer))

        async def take(records: Sequence[Record]) -> None:
            async with connection.transaction():
                await apply(connection, records)

        if back:
            await _fill_from(connection, kept, consumer)
            await feed.resume(kept)
        for _ in range(_ROUNDS):
            before = feed.events
            await feed.follow(take, progress)
            if feed.events - before < _LITTLE:
                break
        async with connection.transaction():
            await lock_parking(connection, consumer, alone=True)
            await feed.follow(take, progress)
            tables = [await _compare(connection, shadow, name) for name in consumer.tables]
            swapped = swap and not all(table.equal for table in tables)
            if swapped:
                await _keep(connection, kept, consumer, feed)
                await _exchange(connection, shadow, consumer)
            if swap:
                await _note(connection, consumer)
        return Rebuilt(service.name, consumer.name, feed.events, swapped, tuple(tables))


def schema(purpose: str, consumer: Consumer) -> str:
    """Quoted, since a consumer's name may hold a hyphen."""
    return f'"{purpose}_{consumer.name}"'


@asynccontextmanager
async def _alone(
    service: Service, settings: Settings, consumer: Consumer
) -> AsyncIterator[asyncpg.Connection]:
    """A connection that finds empty shadows where the tables would be; they are gone afterwards."""
    shadow = schema("rebuild", consumer)
    connection = await asyncpg.connect(
        settings.dsn(settings.database(service.name)),
        server_settings={
            "timezone": "UTC",
            "application_name": "rebuild",
            "search_path": f"{shadow}, public",
        },
    )
    try:
        free = await connection.fetchval(
            "SELECT pg_try_advisory_lock($1, hashtext($2))", _RUNNING, consumer.id
        )
        if not free:
            raise RebuildRuns(f"{service.name}.{consumer.name} is being rebuilt")
        await connection.execute(f"DROP SCHEMA IF EXISTS {shadow} CASCADE; CREATE SCHEMA {shadow}")
        for table in (*consumer.tables, *_NEVER_REAL):
            await connection.execute(
                f'CREATE TABLE {shadow}."{table}" (LIKE public."{table}" INCLUDING ALL)'
            )
        try:
            yield connection
        finally:
            await connection.execute(f"DROP SCHEMA IF EXISTS {shadow} CASCADE")
    finally:
        await connection.close()


@asynccontextmanager
async def _feed(
    connection: asyncpg.Connection, service: Service, settings: Settings, consumer: Consumer
) -> AsyncIterator[Feed]:
    if consumer.source == "own":
        registry = Registry(service.events, service.upcasts)
        yield OwnFeed(connection, consumer, registry, service.name)
        return
    async with topic_feed(connection, consumer, settings) as feed:
        yield feed


async def _fill_from(connection: asyncpg.Connection, kept: str, consumer: Consumer) -> None:
    if not await connection.fetchval("SELECT to_regclass($1)", f"{kept}.rebuild_reached"):
        raise NothingKept(f"no rebuild of {consumer.name} has exchanged anything")
    for table in consumer.tables:
        await _copy(connection, f'{kept}."{table}"', f'{schema("rebuild", consumer)}."{table}"')


async def _copy(connection: asyncpg.Connection, source: str, target: str) -> None:
    await connection.execute(f"INSERT INTO {target} OVERRIDING SYSTEM VALUE SELECT * FROM {source}")


async def _compare(connection: asyncpg.Connection, shadow: str, table: str) -> Compared:
    live = await _digest(connection, f'public."{table}"')
    rebuilt = await _digest(connection, f'{shadow}."{table}"')
    return Compared(table, live[0], rebuilt[0], live == rebuilt)


async def _digest(connection: asyncpg.Connection, table: str) -> tuple[int, str]:
    """Count, and two sums over the rows' hashes: the same in whatever order the rows lie."""
    row = await connection.fetchrow(
        f"""SELECT count(*) AS rows,
                   concat(sum(hashtextextended(whole_row_::text, 0)::numeric), '/',
                          sum(hashtextextended(whole_row_::text, 1)::numeric)) AS digest
            FROM {table} AS whole_row_"""
    )
    assert row is not None, "an aggregate has a row"
    return row["rows"], row["digest"]


async def _keep(connection: asyncpg.Connection, kept: str, consumer: Consumer, feed: Feed) -> None:
    """The rows as they are, and how far they are."""
    await connection.execute(f"DROP SCHEMA IF EXISTS {kept} CASCADE; CREATE SCHEMA {kept}")
    for table in consumer.tables:
        await connection.execute(f'CREATE TABLE {kept}."{table}" (LIKE public."{table}")')
        await _copy(connection, f'public."{table}"', f'{kept}."{table}"')
    await feed.keep(kept)


async def _exchange(connection: asyncpg.Connection, shadow: str, consumer: Consumer) -> None:
    """DELETE, not TRUNCATE: who reads goes on seeing the old rows until this commits."""
    for table in consumer.tables:
        await connection.execute(f'DELETE FROM public."{table}"')
        await _copy(connection, f'{shadow}."{table}"', f'public."{table}"')


async def _note(connection: asyncpg.Connection, consumer: Consumer) -> None:
    digests = [await _digest(connection, f'public."{table}"') for table in consumer.tables]
    await connection.execute(
        """INSERT INTO public.projection (name, version, status, digest)
           VALUES ($1, $2, 'live', sha256($3::text::bytea))
           ON CONFLICT (name, version) DO UPDATE SET status = 'live', digest = excluded.digest""",
        consumer.name,
        consumer.version,
        repr(digests),
    )
