"""What changes while a cycle is open: managers, contracts, leavers; and what is heard twice."""

from datetime import date, timedelta
from typing import Any

import pytest

from appraisal.app import SERVICE
from chassis.record import Record, own_record
from chassis.store import read_page
from tests.appraisal.world import World, appraisal_of, content, rating, revenue

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]


async def test_who_agrees_while_the_cycle_is_open_gets_an_appraisal(world: World) -> None:
    cycle = "joiners"
    await world.open(cycle)
    await world.join(cycle, "jan")
    await world.wait_for("open", cycle, "jan")
    await world.done("hal", "POST", f"/cycles/{cycle}/close")
    await world.until(lambda: closed(world, cycle), bool)
    await world.join(cycle, "jon")
    await world.hire("someone", entity=cycle)
    await world.until(lambda: world.manager("someone"), bool)
    assert await world.standing(cycle, "jon") is None


async def test_who_works_elsewhere_or_has_left_is_not_appraised(world: World) -> None:
    cycle = "elsewhere"
    await world.join(cycle, "here")
    await world.join("other", "there")
    await world.join(cycle, "gone")
    await world.leave("gone", date(2026, 3, 31))
    await world.until(lambda: has_left(world, "gone"), bool)
    await world.open(cycle)
    await world.wait_for("open", cycle, "here")
    assert await world.standing(cycle, "there") is None
    assert await world.standing(cycle, "gone") is None
    await world.assign("there", entity=cycle, since=date(2026, 2, 1))
    await world.wait_for("open", cycle, "there")


async def test_open_steps_follow_the_person_to_their_new_manager(world: World) -> None:
    cycle = "moved"
    await world.join(cycle, "moe")
    await world.open(cycle)
    await world.wait_for("open", cycle, "moe")
    await world.assign("moe", "mia", entity=cycle, since=date(2026, 2, 1))
    await world.until(
        lambda: world.standing(cycle, "moe"), lambda found: bool(found and found[1] == "mia")
    )
    await world.until(lambda: world.manager("moe"), lambda found: bool(found == "mia"))
    await world.tell("moe", cycle, "moe", "rate-self", {})
    path = f"/appraisals/{appraisal_of(cycle, 'moe')}/rate"
    assert (await world.ask("max", "POST", path, rating("4"))).status_code == 403
    await world.tell("mia", cycle, "moe", "rate", rating("4"))
    assert "AppraisalReassigned" in await world.names(cycle, "moe")


async def test_a_move_that_lies_ahead_counts_from_its_day(world: World) -> None:
    cycle = "ahead"
    await world.join(cycle, "ada")
    await world.open(cycle)
    await world.wait_for("open", cycle, "ada")
    ahead = world.store.clock().date() + timedelta(days=20)
    await world.assign("ada", "mia", entity=cycle, since=ahead)
    await world.until(lambda: timers(world, "ada"), bool)
    assert await world.standing(cycle, "ada") == ("open", "max")
    world.forward(days=21)
    await world.until(
        lambda: world.standing(cycle, "ada"), lambda found: bool(found and found[1] == "mia")
    )


async def test_an_amendment_splits_the_score_by_the_days_of_each_revision(world: World) -> None:
    cycle = "amended"
    await world.join(cycle, "amy")
    for day in (date(2026, 3, 15), date(2026, 6, 30)):
        await world.read("amy", "100", as_of=day)
    await world.amend("amy", date(2026, 4, 1), content([revenue(target="125")]), 2)
    await world.until(lambda: revisions(world, "amy"), lambda count: bool(count == 2))
    await world.open(cycle)
    await world.rated(cycle, "amy", "4")
    explained = await world.done("max", "GET", "/explain/score/amy")
    (score,) = explained["of"]
    first, second = score["of"][0]["of"]
    assert first["label"].endswith("2026-01-01 to 2026-03-31, 90 days")
    assert second["label"].endswith("2026-04-01 to 2026-12-31, 275 days")
    # 100 % earns 3, 80 % earns 2.2: (3.4 x 90 + 2.92 x 275) / 365 = 3.038…
    assert score["value"] == "3.04"
    assert [e["type"] for e in second["events"]] == ["goals.ContractAmended"]


async def test_everybody_who_is_late_is_advanced_at_once(world: World) -> None:
    cycle = "overdue"
    await world.join(cycle, "una", "udo")
    days = ("self_due", "manager_due", "interview_due")
    await world.open(cycle, **dict.fromkeys(days, "2026-03-01"))
    await world.wait_for("open", cycle, "una", "udo")
    body = {"step": "self", "reason": "two reminders went unanswered"}
    done = await world.done("hal", "POST", f"/cycles/{cycle}/advance", body)
    assert {r["person"]: r["outcome"] for r in done["results"]} == {
        "una": "advanced",
        "udo": "advanced",
    }
    status = await world.done("hal", "GET", f"/cycles/{cycle}/status?after={done['after']}")
    assert status["steps"] == {"manager": {"count": 2, "late": 2}}
    unknown = str(appraisal_of("no such cycle", "una"))
    done = await world.done(
        "hal", "POST", f"/cycles/{cycle}/advance", body | {"appraisals": [unknown]}
    )
    assert [r["outcome"] for r in done["results"]] == ["refused"]


async def test_the_read_models_are_the_same_when_all_is_heard_again(world: World) -> None:
    before = {table: await rows(world, table) for table in OWN}
    async with world.store.pool.acquire() as connection, connection.transaction():
        for table in OWN:
            await connection.execute(f"DELETE FROM {table}")
        last = await connection.fetchval("SELECT max(position) FROM event")
        page = await read_page(connection, 0, last, 10_000)
        records = [record(world, row) for row in page]
        for consumer in SERVICE.consumers:
            if consumer.source == "own" and consumer.apply:
                await consumer.apply(connection, records)
    assert {table: await rows(world, table) for table in OWN} == before


OWN = ("scheme", "cycle", "appraisal", "result", "advanced")


async def rows(world: World, table: str) -> list[tuple[str, ...]]:
    found = await world.store.pool.fetch(f"SELECT * FROM {table} t ORDER BY t::text")
    return [tuple(map(str, row)) for row in found]


def record(world: World, row: Any) -> Record:
    return own_record(row, world.store.registry, world.store.service)


async def closed(world: World, cycle: str) -> bool:
    found: bool = await world.store.pool.fetchval(
        "SELECT closed FROM cycle WHERE cycle = $1", cycle
    )
    return found


async def has_left(world: World, person: str) -> object:
    return await world.store.pool.fetchval("SELECT left_on FROM employed WHERE person = $1", person)


async def timers(world: World, person: str) -> int:
    count: int = await world.store.pool.fetchval(
        "SELECT count(*) FROM timer WHERE subject = $1", person
    )
    return count


async def revisions(world: World, person: str) -> int:
    count: int = await world.store.pool.fetchval(
        "SELECT count(*) FROM contract WHERE person = $1", person
    )
    return count
