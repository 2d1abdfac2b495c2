"""The read models of goals: told at once or one by one, history gives the same tables."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
import pytest_asyncio

from chassis.record import Consumer, Record, own_record
from chassis.settings import Settings
from chassis.store import Store, read_page, safe_position
from goals.domain.events import STORED
from goals.projections.contracts import CONTRACTS, agreed_on
from goals.projections.objectives import OBJECTIVES, period_on
from goals.projections.plans import PLANS
from goals.projections.readings import READINGS
from tests.goals.world import ANN, BOB, CLEO, CONTENT, DAN, FAY, REVENUE, World, a_world

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]

TABLES = {
    "objective": (OBJECTIVES, "objective"),
    "plan": (PLANS, "plan"),
    "contract": (CONTRACTS, "plan, revision"),
    "reading": (READINGS, "reading"),
}


@pytest_asyncio.fixture(scope="module")
async def world(settings: Settings) -> AsyncIterator[World]:
    async with a_world(settings) as founded:
        await a_year(founded)
        yield founded


async def a_year(world: World) -> None:
    """Every event: contracts amended, being amended and left alone, readings, plans withdrawn."""
    goals, july = world.goals, f"{world.year}-07-01"
    changed = {**CONTENT, "goals": [{**REVENUE, "goal": "turnover", "weight_pct": "100"}]}
    amendment = {**changed, "effective_on": july, "reason": "the area was split"}
    for person in (CLEO, ANN):
        await world.agreed(person)
        asked = await goals.told(BOB, f"/plans/{person}/main/amend", amendment)
        accepted = {"content_hash": asked["content_hash"]}
        await goals.told(person, f"/plans/{person}/main/sign-amendment", accepted)
    await goals.told(BOB, f"/plans/{ANN}/main/sign-amendment", accepted)
    readings = f"/plans/{ANN}/main/readings"
    reading = {"goal": "revenue", "value": "12.5", "as_of": f"{world.year}-01-01"}
    first = await goals.told(ANN, readings, reading)
    fix = {"value": "13", "as_of": reading["as_of"], "reason": "a digit"}
    await goals.told(ANN, f"{readings}/{first['reading']}/correct", fix)
    await world.agreed(FAY)
    await goals.told(FAY, f"/plans/{FAY}/main/amend", amendment)
    await goals.told(BOB, f"/plans/{FAY}/main/reject-amendment", {"reason": "as agreed"})
    await goals.told(DAN, f"/plans/{DAN}/dropped/propose", world.plan)
    shorter = {**world.plan, "period_end": f"{world.year}-06-30"}
    await goals.told(BOB, f"/plans/{DAN}/dropped/counter", shorter)
    await goals.told(DAN, f"/plans/{DAN}/dropped/withdraw", {"reason": "we start again"})
    last = await goals.told(DAN, f"/plans/{DAN}/main/propose", world.plan)
    for path in (f"/plans/{DAN}", f"/contracts/{ANN}", f"/readings/{ANN}"):
        await world.shown(BOB, path, last["after"])


async def rows_of(store: Store, table: str) -> list[dict[str, Any]]:
    found = await store.pool.fetch(f"SELECT * FROM {table} ORDER BY {TABLES[table][1]}")
    return [dict(row) for row in found]


async def retold(store: Store, table: str, batches: Sequence[Sequence[Record]]) -> None:
    consumer: Consumer = TABLES[table][0]
    assert consumer.apply is not None
    async with store.pool.acquire() as connection, connection.transaction():
        await connection.execute(f"DELETE FROM {table}")
        for batch in batches:
            await consumer.apply(connection, batch)


@pytest.mark.parametrize("table", TABLES)
async def test_told_again_history_gives_the_same_table(world: World, table: str) -> None:
    store = world.goals.store
    async with store.pool.acquire() as connection:
        stored = await read_page(connection, 0, await safe_position(connection), 1_000)
    history = [own_record(row, store.registry, "goals") for row in stored]
    assert {record.type for record in history} == {name for name, _ in STORED}
    before = await rows_of(store, table)
    assert before
    by_sevens = [history[start : start + 7] for start in range(0, len(history), 7)]
    for batches in ([history], by_sevens, [[record] for record in history]):
        await retold(store, table, batches)
        assert await rows_of(store, table) == before


async def test_readings_of_a_day_are_of_the_goals_of_its_revision(world: World) -> None:
    (plan,) = await world.goals.store.pool.fetch(
        "SELECT plan, period_start FROM contract WHERE person = $1 AND revision = 1", ANN
    )
    july = plan["period_start"].replace(month=7)
    async with world.goals.store.pool.acquire() as connection:
        first = await agreed_on(connection, plan["plan"], plan["period_start"])
        second = await agreed_on(connection, plan["plan"], july)
        assert await period_on(connection, july) == (
            plan["period_start"],
            plan["period_start"].replace(month=12, day=31),
        )
    assert first is not None
    assert second is not None
    assert sorted(first.goals) == ["accidents", "revenue"]
    assert sorted(second.goals) == ["turnover"]
