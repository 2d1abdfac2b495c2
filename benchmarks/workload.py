"""What is measured on: a service with one event of an everyday size, and a store full of it."""

import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

import asyncpg

from chassis.codec import GENESIS
from chassis.ids import new_id, stream_id
from chassis.record import Consumer
from chassis.service import Service, open_store
from chassis.settings import Settings
from chassis.store import Context, Loaded, Ref, Store, Write, event_rows

PER_STREAM = 10
_CHUNK = 5_000
COMMENT = "Two of the three targets are reached; the third was moved to the next quarter in May."
EVENT_COLUMNS = (
    "stream version id type schema_version data meta subject effective_at recorded_at "
    "previous_hash hash"
).split()


@dataclass(frozen=True, slots=True)
class Measure:
    """One target of a goal and where it stands."""

    name: str
    target: int
    reached: int
    unit: str


@dataclass(frozen=True, slots=True)
class ProgressReported:
    """An event as the services have them: about 500 bytes, nested, with ids and a date."""

    person: str
    goal: UUID
    number: int
    points: int
    reported_by: str
    effective_on: date
    measures: tuple[Measure, ...]
    comment: str


class NoRule(Exception):
    """This service refuses nothing."""


MEASURES = (
    Measure("orders shipped on time", 9_800, 9_412, "per 10,000"),
    Measure("complaints answered within a day", 95, 97, "percent"),
    Measure("days without an accident", 250, 183, "days"),
)
REPORTER = str(stream_id("person", "reporter"))
DAY = date(2026, 3, 1)


def service(consumers: tuple[Consumer, ...] = ()) -> Service:
    return Service(
        name="measured",
        events={("measured.ProgressReported", 1): ProgressReported},
        rule_broken=NoRule,
        policy={},
        routers=[],
        consumers=consumers,
        migrations=Path(__file__).with_name("migrations"),
    )


def event(goal: UUID, number: int) -> ProgressReported:
    """The event with that number of a goal; its points are what a projection adds up."""
    person = str(goal)
    return ProgressReported(person, goal, number, number % 7, REPORTER, DAY, MEASURES, COMMENT)


def new_write(events: int) -> Write:
    """The first events of a new stream."""
    goal = new_id()
    ref = Ref("goal", goal, str(goal))
    return Write(ref, Loaded((), 0, GENESIS), [event(goal, n + 1) for n in range(events)])


def context(at: datetime) -> Context:
    return Context(REPORTER, at, str(new_id()), b"fingerprint of the request")


@asynccontextmanager
async def opened(settings: Settings, consumers: tuple[Consumer, ...] = ()) -> AsyncIterator[Store]:
    """The service's store, empty at first, with enough connections for every case."""
    async with open_store(service(consumers), settings.model_copy(update={"pool_size": 24})) as got:
        yield got


async def fill(
    store: Store, events: int, progress: Callable[[str], None], per_stream: int = PER_STREAM
) -> None:
    """At least that many events in the store, in streams of `per_stream`, chained as appended
    ones are."""
    connection = await asyncpg.connect(store.settings.dsn(store.settings.database(store.service)))
    try:
        there = await connection.fetchval("SELECT count(*) FROM event")
        said = time.monotonic()
        while there < events:
            count = min(_CHUNK, events - there)
            await _copy(connection, store, count, per_stream)
            there += count
            if time.monotonic() - said > 20:
                progress(f"filled {there:,} of {events:,} events")
                said = time.monotonic()
        await connection.execute("VACUUM ANALYZE event, stream, command")
    finally:
        await connection.close()


async def add_streams(
    store: Store, events: int, per_stream: int = PER_STREAM
) -> list[tuple[UUID, bytes]]:
    """New streams with so many events in all, each with its head."""
    connection = await asyncpg.connect(store.settings.dsn(store.settings.database(store.service)))
    try:
        return await _copy(connection, store, events, per_stream)
    finally:
        await connection.close()


async def _copy(
    connection: asyncpg.Connection, store: Store, count: int, per_stream: int
) -> list[tuple[UUID, bytes]]:
    writes = [new_write(n) for n in _lengths(count, per_stream)]
    rows = await event_rows(store, writes, context(store.clock()))
    heads = {row[0]: (row[1], row[-1]) for row in rows}
    async with connection.transaction():
        await connection.copy_records_to_table("event", records=rows, columns=EVENT_COLUMNS)
        await connection.copy_records_to_table(
            "stream", records=[(s, "goal", str(s), *head) for s, head in heads.items()]
        )
        await connection.copy_records_to_table(
            "command", records=[(REPORTER, str(new_id()), b"", "{}") for _ in heads]
        )
    return [(stream, head) for stream, (_, head) in heads.items()]


def _lengths(count: int, per_stream: int) -> Iterator[int]:
    while count > 0:
        yield min(per_stream, count)
        count -= per_stream
