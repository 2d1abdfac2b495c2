"""Appends a second: ours, eventsourcing's, and a naked insert of the same rows."""

import asyncio
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

import asyncpg

import chassis.store
from benchmarks.measuring import Case, Slice
from benchmarks.peer.client import Peer
from benchmarks.workload import PER_STREAM, add_streams, context, event, new_write
from chassis.store import Answer, Context, Loaded, Ref, Store, Write, append, event_rows

CONNECTIONS = (1, 8, 16)
BATCHES = (1, 10)
WHOLE = "chain and command row"
NO_COMMAND = "chain, no command row"
BARE = "neither"

_NAKED_EVENTS = """INSERT INTO bare.event (stream, version, id, type, schema_version, data, meta,
    subject, effective_at, recorded_at, previous_hash, hash)
SELECT * FROM unnest($1::uuid[], $2::integer[], $3::uuid[], $4::text[], $5::integer[], $6::json[],
    $7::json[], $8::text[], $9::timestamptz[], $10::timestamptz[], $11::bytea[], $12::bytea[])"""
_NAKED_ONE = """INSERT INTO bare.event (stream, version, id, type, schema_version, data, meta,
    subject, effective_at, recorded_at, previous_hash, hash)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"""
_WITH_COMMAND = "WITH event AS ({}) INSERT INTO bare.command VALUES ($13, $14, $15, $16)"
_COMMAND_ROW = re.compile(
    r"INSERT INTO command SELECT .*?::bytea, (.*)\s+(FROM moved LEFT.*?)\s+RETURNING.*", re.DOTALL
)
_ANSWER = '{"events": 1, "position": 1000000, "streams": []}'


@dataclass(frozen=True)
class Appending:
    """The store with its prepared variants, and how many events a slice appends."""

    store: Store
    events: int

    async def writes(self, count: int, batch: int) -> list[Write]:
        """Every tenth begins a stream, the others go on with one that has an event already."""
        begun = await add_streams(self.store, count, per_stream=1)
        found = []
        for number, (stream, head) in enumerate(begun):
            if number % PER_STREAM == 0:
                found.append(new_write(batch))
                continue
            events = [event(stream, n + 2) for n in range(batch)]
            found.append(Write(Ref("goal", stream, str(stream)), Loaded((), 1, head), events))
        return found

    async def ours(self, connections: int, batch: int, variant: str) -> Slice:
        share = max(1, self.events // batch // connections)
        writes = await self.writes(share * connections, batch)
        asked = [(write, context(self.store.clock())) for write in writes]
        before = await self.store.pool.fetchval("SELECT coalesce(max(position), 0) FROM event")

        async def one(mine: Sequence[tuple[Write, Context]]) -> None:
            async with self.store.pool.acquire() as connection:
                for write, context in mine:
                    answer = await append(self.store, connection, [write], context)
                    assert isinstance(answer, Answer), "nobody else writes"

        with self.changed(variant):
            seconds = await at_once(connections, one, asked)
        appended = share * connections * batch
        stored = await self.store.pool.fetchval(
            "SELECT count(*) FROM event WHERE position > $1", before
        )
        return Slice(appended, seconds, abs(appended - stored))

    async def naked(self, connections: int, batch: int, variant: str) -> Slice:
        """The rows are ready before the time is taken; only the statement is measured."""
        share = max(1, self.events // batch // connections)
        asked = [context(self.store.clock()) for _ in range(share * connections)]
        writes = await self.writes(len(asked), batch)
        statement = _NAKED_ONE if batch == 1 else _NAKED_EVENTS
        prepared = []
        for write, one_asked in zip(writes, asked, strict=True):
            rows = await event_rows(self.store, [write], one_asked)
            values = list(rows[0] if batch == 1 else zip(*rows, strict=True))
            if variant == WHOLE:
                values += [one_asked.actor, one_asked.key, one_asked.fingerprint, _ANSWER]
            prepared.append(values)
        if variant == WHOLE:
            statement = _WITH_COMMAND.format(statement)

        async def one(mine: Sequence[list[Any]]) -> None:
            async with self.store.pool.acquire() as connection:
                for values in mine:
                    await connection.execute(statement, *values)

        return Slice(share * connections * batch, await at_once(connections, one, prepared))

    @contextmanager
    def changed(self, variant: str) -> Iterator[None]:
        """The product always writes chain and command row; what they cost is shown without them."""
        with ExitStack() as changes:
            if variant != WHOLE:
                alone = {kind: _alone(text) for kind, text in chassis.store._STATEMENTS.items()}
                changes.enter_context(patch.dict(chassis.store._STATEMENTS, alone))
            if variant == BARE:
                changes.enter_context(
                    patch.object(chassis.store, "chain_hash", lambda previous, *fields: previous)
                )
            yield


async def at_once(
    connections: int, one: Callable[[Sequence[Any]], Any], work: Sequence[Any]
) -> float:
    """Each connection does its share, one after the other; how long until all have."""
    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(connections):
            group.create_task(one(work[number::connections]))
    return time.perf_counter() - began


async def prepared(store: Store, events: int) -> Appending:
    """With naked copies of the tables beside ours, as full as ours."""
    connection = await asyncpg.connect(store.settings.dsn(store.settings.database(store.service)))
    try:
        await connection.execute(
            """DROP SCHEMA IF EXISTS bare CASCADE;
               CREATE SCHEMA bare;
               CREATE TABLE bare.event (LIKE public.event INCLUDING ALL);
               CREATE TABLE bare.command (LIKE public.command INCLUDING ALL);
               INSERT INTO bare.event OVERRIDING SYSTEM VALUE SELECT * FROM public.event;
               SELECT setval(pg_get_serial_sequence('bare.event', 'position'),
                             (SELECT greatest(max(position), 1) FROM bare.event));
               GRANT USAGE ON SCHEMA bare TO merit_service;
               GRANT INSERT ON ALL TABLES IN SCHEMA bare TO merit_service"""
        )
    finally:
        await connection.close()
    return Appending(store, events)


def _alone(statement: str) -> str:
    """An append that answers the same and keeps no command's row."""
    without = r"SELECT (\1 ->> 'position')::bigint, $13::text, $14::text, $15::bytea \2"
    text, found = _COMMAND_ROW.subn(without, statement)
    assert found, "the statement no longer says how it keeps the command"
    return text


def cases(appending: Appending, peer: Peer | None) -> list[Case]:
    found = []
    for batch in BATCHES:
        for connections in CONNECTIONS:
            for variant in (WHOLE, NO_COMMAND, BARE):
                found.append(_case(appending, peer, batch, connections, variant))
    return found


def _case(
    appending: Appending, peer: Peer | None, batch: int, connections: int, variant: str
) -> Case:
    async def ours(number: int) -> Slice:
        return await appending.ours(connections, batch, variant)

    async def naked(number: int) -> Slice:
        return await appending.naked(connections, batch, variant)

    async def theirs(number: int) -> Slice:
        assert peer is not None, "only asked when there is one"
        appends = max(connections, appending.events // batch)
        return await peer.measured("append", connections=connections, appends=appends, batch=batch)

    noun = "event" if batch == 1 else "events"
    wires = "connection" if connections == 1 else "connections"
    name = f"{batch} {noun} an append, {connections} {wires}, {variant}"
    measured = replace(Case(name, ours, ceiling=naked))
    return replace(measured, peer=theirs) if peer and variant == WHOLE else measured
