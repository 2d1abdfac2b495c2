"""Payroll's read models come out the same when they are made again, in any size of batch."""

from collections.abc import Sequence

import pytest

from chassis.codec import Registry
from chassis.record import Consumer, Record, own_record
from chassis.store import Connection
from payroll.domain.events import STORED
from payroll.projections.batches import BATCHES
from payroll.projections.payees import PAYEES
from tests.payroll.world import World

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]
TABLES = ("register", "batch", "batch_line", "variance", "payee", "wage_type")


async def a_history_of_everything(world: World) -> None:
    """Prepared, dropped, sealed, held, rejected, reissued, replaced, with variances."""
    await world.set_up("CE01", "olga", "otto", "oskar")
    for person in ("olga", "otto", "oskar"):
        await world.release("CE01", person, bonus=10_000, merit=5_000)
    dropped = await world.prepare("CE01")
    await world.done("pia", "POST", f"/batches/{dropped}/drop", {"reason": "a try"})
    await world.announce("CE01")
    first = await world.prepare("CE01")
    await world.suspend("oskar")
    await world.seal(first)
    lines = [line for line in await world.lines(first) if line["status"] == "sealed"]
    told = [(line["line"], "rejected", "") for line in lines[:3]]
    told += [(line["line"], "paid", "1") for line in lines[3:]]
    await world.answer(first, *told)
    await world.release("CE01", "olga", bonus=12_000, merit=5_000, revision=2)
    second = await world.sealed("CE01")
    await world.answer(second, ((await world.lines(second))[0]["line"], "rejected", ""))
    await world.lines(second)


async def tables(connection: Connection) -> dict[str, list[tuple[object, ...]]]:
    return {
        table: sorted(tuple(row) for row in await connection.fetch(f"SELECT * FROM {table}"))
        for table in TABLES
    }


async def again(
    connection: Connection, consumer: Consumer, records: Sequence[Record], size: int
) -> None:
    assert consumer.apply is not None, "both are projections"
    for start in range(0, len(records), size):
        await consumer.apply(connection, records[start : start + size])


async def test_read_models_are_the_same_when_made_again(world: World) -> None:
    await a_history_of_everything(world)
    async with world.store.pool.acquire() as connection:
        before = await tables(connection)
        statuses = {row[16] for row in before["batch_line"]}
        assert statuses == {
            "dropped",
            "held",
            "replaced",
            "reissued",
            "rejected",
            "sealed",
            "paid",
        }
        rows = await connection.fetch(
            "SELECT e.*, s.key FROM event e JOIN stream s ON s.id = e.stream ORDER BY e.position"
        )
        records = [own_record(row, Registry(STORED), "payroll") for row in rows]
        for size in (1, 7, len(records)):
            transaction = connection.transaction()
            await transaction.start()
            for table in TABLES:
                await connection.execute(f"DELETE FROM {table}")
            for consumer in (PAYEES, BATCHES):
                await again(connection, consumer, records, size)
            assert await tables(connection) == before
            await transaction.rollback()
