"""The read models of goals come out the same when made again, in batches of any size."""

from collections.abc import AsyncIterator, Sequence

import pytest
import pytest_asyncio

from chassis.codec import Registry
from chassis.record import Record, own_record
from chassis.settings import Settings
from chassis.store import Connection
from cli.platform.servers import Servers
from goals.domain.events import STORED
from goals.projections.contracts import CONTRACTS
from goals.projections.objectives import OBJECTIVES
from goals.projections.plans import PLANS
from goals.projections.readings import READINGS
from tests.goals.world import (
    ACCIDENTS,
    ADMIN,
    ANN,
    BOB,
    CLEO,
    CONTENT,
    DAN,
    FAY,
    REVENUE,
    World,
    a_world,
)

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]

OWN = (OBJECTIVES, PLANS, CONTRACTS, READINGS)
TABLES = ("objective", "plan", "contract", "reading")
ALL_EVENTS = """SELECT e.*, s.key FROM event e JOIN stream s ON s.id = e.stream
    ORDER BY e.position"""


@pytest_asyncio.fixture(scope="module")
async def world(
    servers: Servers, prefix: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    home = tmp_path_factory.mktemp("home")
    settings = Settings(postgres=servers.postgres, kafka=servers.kafka, prefix=prefix, home=home)
    async with a_world(settings) as founded:
        await a_history_of_everything(founded)
        yield founded


async def a_history_of_everything(world: World) -> None:
    """Every event of goals at least once."""
    told, path = world.goals.told, f"/plans/{ANN}/main"
    objective = {"title": "Win the south", "theme": "growth", "unit": "sales", **world.days}
    for title in ("Win the south", "Win all of the south"):
        body = {**objective, "title": title}
        assert (await world.goals.send("PUT", ADMIN, "/objectives/south", body)).is_success
    await told(ANN, f"{path}/propose", world.plan)
    await told(BOB, f"{path}/counter", {**world.plan, "period_end": f"{world.year}-12-30"})
    await told(ANN, f"{path}/withdraw", {"reason": "we start again"})
    await world.agreed(ANN)
    day = world.goals.store.clock().date().isoformat()
    reading = {"goal": "revenue", "value": "12.50", "as_of": day}
    first = await told(ANN, f"{path}/readings", reading)
    for value in ("13", "14"):
        fix = {"value": value, "as_of": day, "reason": "a digit"}
        first = await told(BOB, f"{path}/readings/{first['reading']}/correct", fix)
    amendment = {**CONTENT, "effective_on": f"{world.year}-12-01", "reason": "the area was split"}
    amendment["goals"] = [{**REVENUE, "target": "90"}, ACCIDENTS]
    await told(BOB, f"{path}/amend", amendment)
    await told(ANN, f"{path}/reject-amendment", {"reason": "as agreed"})
    digest = (await told(BOB, f"{path}/amend", amendment))["content_hash"]
    for signer in (ANN, BOB):
        done = await told(signer, f"{path}/sign-amendment", {"content_hash": digest})
    await told(CLEO, f"/plans/{CLEO}/main/propose", world.plan)
    await world.agreed(DAN)
    last = await told(FAY, f"/plans/{FAY}/main/propose", world.plan)
    for consumer_of in (f"/plans/{ANN}", f"/contracts/{ANN}", f"/readings/{ANN}"):
        await world.shown(ANN, consumer_of, last["after"])
    await world.shown(ANN, "/objectives", done["after"])


async def tables(connection: Connection) -> dict[str, list[str]]:
    return {
        table: sorted(repr(tuple(row)) for row in await connection.fetch(f"SELECT * FROM {table}"))
        for table in TABLES
    }


async def again(
    connection: Connection, records: Sequence[Record], size: int
) -> dict[str, list[str]]:
    """The tables as they are made from nothing, in batches of that size."""
    transaction = connection.transaction()
    await transaction.start()
    for table in TABLES:
        await connection.execute(f"DELETE FROM {table}")
    for consumer in OWN:
        assert consumer.apply is not None, "all of these are projections"
        for start in range(0, len(records), size):
            await consumer.apply(connection, records[start : start + size])
    found = await tables(connection)
    await transaction.rollback()
    return found


async def test_read_models_are_the_same_when_made_again(world: World) -> None:
    async with world.goals.store.pool.acquire() as connection:
        before = await tables(connection)
        assert all(before.values())
        rows = await connection.fetch(ALL_EVENTS)
        assert {row["type"] for row in rows} == {name for name, _ in STORED}
        records = [own_record(row, Registry(STORED), "goals") for row in rows]
        for size in (1, 7, len(records)):
            assert await again(connection, records, size) == before
