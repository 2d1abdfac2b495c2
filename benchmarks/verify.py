"""Checking a store: every hash, every chain, every seal; beside reading the rows and no more."""

import time

import asyncpg

from benchmarks.measuring import Case, Slice
from benchmarks.read import naked
from chassis.seals import make_seal
from chassis.store import Store
from cli.proof.history import check_store


async def ours(store: Store, events: int) -> Slice:
    dsn = store.settings.dsn(store.settings.database(store.service))
    connection = await asyncpg.connect(dsn, server_settings={"timezone": "UTC"})
    try:
        began = time.perf_counter()
        found = await check_store(connection, store.service, store.settings.home, dsn=dsn)
        seconds = time.perf_counter() - began
    finally:
        await connection.close()
    return Slice(found.events, seconds, abs(events - found.sealed) + len(found.faults))


async def cases(store: Store, events: int, first: int) -> list[Case]:
    await make_seal(store)

    async def one(number: int) -> Slice:
        return await ours(store, events)

    async def ceiling(number: int) -> Slice:
        return await naked(store, first, events)

    return [Case("chains and seals of a store", one, ceiling=ceiling)]
