"""Read models of goals come out the same when made again, in any batches and any arrival order."""

import random
from collections.abc import AsyncIterator, Sequence

import asyncpg
import pytest
import pytest_asyncio

from chassis.access_feed import ACCESS
from chassis.codec import Registry
from chassis.record import Consumer, Record, headers_of, kafka_record, own_record
from chassis.settings import Settings
from chassis.store import Connection
from cli.platform.servers import Servers
from goals.consumed import PEOPLE
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
    SALES,
    World,
    a_world,
)
from tests.people.served import eventually

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]

OWN = (OBJECTIVES, PLANS, CONTRACTS, READINGS)
OWN_TABLES = ("objective", "plan", "contract", "reading")
HEARD = (ACCESS, PEOPLE)
HEARD_TABLES = ("person_fact", "grant_fact", "employment", "job")
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


async def tables(connection: Connection, names: Sequence[str]) -> dict[str, list[str]]:
    return {
        table: sorted(repr(tuple(row)) for row in await connection.fetch(f"SELECT * FROM {table}"))
        for table in names
    }


async def again(
    connection: Connection,
    names: Sequence[str],
    consumers: Sequence[Consumer],
    records: Sequence[Record],
    size: int,
) -> dict[str, list[str]]:
    """The tables as the consumers make them from nothing, in batches of that size."""
    transaction = connection.transaction()
    await transaction.start()
    for table in names:
        await connection.execute(f"DELETE FROM {table}")
    for consumer in consumers:
        assert consumer.apply is not None, "all of these are projections"
        for start in range(0, len(records), size):
            await consumer.apply(connection, records[start : start + size])
    found = await tables(connection, names)
    await transaction.rollback()
    return found


async def test_read_models_are_the_same_when_made_again(world: World) -> None:
    async with world.goals.store.pool.acquire() as connection:
        before = await tables(connection, OWN_TABLES)
        assert all(before.values())
        rows = await connection.fetch(ALL_EVENTS)
        assert {row["type"] for row in rows} == {name for name, _ in STORED}
        records = [own_record(row, Registry(STORED), "goals") for row in rows]
        for size in (1, 7, len(records)):
            assert await again(connection, OWN_TABLES, OWN, records, size) == before


async def test_what_people_tell_may_arrive_in_any_order(world: World) -> None:
    """Within a stream the order is given; how streams follow each other is not."""
    changed = {**SALES, "title": "Senior seller", "responsibilities": SALES["responsibilities"]}
    await world.people.send("PUT", ADMIN, "/jobs/seller", changed)
    for manager in ("3", "2"):
        await world.reports_to(14, manager)
    rows = await world.people.store.pool.fetch(ALL_EVENTS)

    async def all_is_heard() -> bool:
        heard = await world.goals.store.pool.fetch(
            """SELECT consumer, sum(version) AS events FROM stream_version
               WHERE source = 'people' GROUP BY consumer"""
        )
        return {row["events"] for row in heard} == {len(rows)} and len(heard) == len(HEARD)

    await eventually(all_is_heard)
    chance = random.Random(11)
    async with world.goals.store.pool.acquire() as connection:
        before = await tables(connection, HEARD_TABLES)
        assert before["employment"]
        assert "Senior seller" in before["job"][0]
        for size in (1, 5, len(rows)):
            mixed = interleaved(rows, chance)
            for consumer in HEARD:
                names = HEARD_TABLES[:2] if consumer is ACCESS else HEARD_TABLES[2:]
                records = [heard(row, consumer) for row in mixed]
                found = await again(connection, names, [consumer], records, size)
                assert found == {name: before[name] for name in names}


def interleaved(rows: Sequence[asyncpg.Record], chance: random.Random) -> list[asyncpg.Record]:
    """The rows in another order, each stream's own order kept."""
    turns = [row["stream"] for row in rows]
    chance.shuffle(turns)
    waiting = {stream: [row for row in rows if row["stream"] == stream] for stream in set(turns)}
    return [waiting[stream].pop(0) for stream in turns]


def heard(row: asyncpg.Record, consumer: Consumer) -> Record:
    """The row of people's store as it comes from Kafka."""
    headers = [(name, text.encode()) for name, text in headers_of(row, "people").items()]
    record = kafka_record(row["key"].encode(), headers, row["data"].encode(), consumer.models)
    assert isinstance(record, Record)
    return record
