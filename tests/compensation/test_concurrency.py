"""Many who commit to one pool at once never overspend it, and nothing is done twice."""

import asyncio

import pytest

from chassis.ids import new_id
from tests.compensation.world import World, award_of, euros

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]

CYCLE, PEOPLE, FIT = "crowd", 30, 12


async def test_a_pool_is_never_overspent(world: World) -> None:
    persons = [f"crowd-{number:02}" for number in range(PEOPLE)]
    await world.set_range()
    await world.launch(CYCLE, merit=FIT * 1_250, bonus=PEOPLE * 5_500)
    for person in persons:
        await world.hire(person)
        await world.finalise(CYCLE, person)
    await world.wait_for("calculated", CYCLE, *persons)

    async def commit(person: str) -> str:
        """One award, again while others keep writing first."""
        body = {"awards": [award_of(CYCLE, person)]}
        for _ in range(50):
            response = await world.ask("ana", "POST", f"/cycles/{CYCLE}/commit", body)
            if response.status_code != 503:
                assert response.status_code == 200, response.text
                (row,) = response.json()["results"]
                return str(row["outcome"])
        raise AssertionError("nobody got through")

    outcomes = await asyncio.gather(*(commit(person) for person in persons))
    assert outcomes.count("committed") == FIT
    assert outcomes.count("refused") == PEOPLE - FIT
    row = await world.until(
        lambda: world.store.pool.fetchrow(
            """SELECT committed_minor, (SELECT sum(minor) FROM pool_commitment c
               WHERE c.pool = p.pool) AS items FROM pool p WHERE pool = $1""",
            f"merit-{CYCLE}",
        ),
        lambda row: bool(row["committed_minor"] == FIT * 125_000),
    )
    assert row["items"] == FIT * 125_000


async def test_the_same_bulk_request_again_does_nothing_again(world: World) -> None:
    await world.until(lambda: committed(world), lambda count: bool(count == FIT))
    key = str(new_id())
    body = {"cycle": CYCLE, "limit": 5}
    first = await world.done("fay", "POST", "/awards/approve", body, key)
    assert (len(first["results"]), first["remaining"]) == (5, FIT - 5)
    again = await world.done("fay", "POST", f"/awards/approve?after={first['after']}", body)
    assert (len(again["results"]), again["remaining"]) == (5, FIT - 10)
    last = await world.done("fay", "POST", f"/awards/approve?after={again['after']}", body)
    assert (len(last["results"]), last["remaining"]) == (FIT - 10, 0)
    count = await world.store.pool.fetchval(
        """SELECT count(*) FROM event WHERE type = 'compensation.AwardApproved'
           AND data->>'cycle' = $1""",
        CYCLE,
    )
    assert count == FIT


async def test_a_bulk_request_goes_on_past_what_stays_refused(world: World) -> None:
    seen: list[str] = []
    body: dict[str, object] = {"limit": 7}
    for _ in range(PEOPLE):
        found = await world.done("ana", "POST", f"/cycles/{CYCLE}/commit", body)
        seen += [row["person"] for row in found["results"]]
        if found["next"] is None:
            break
        body["start_after"] = found["next"]
    assert len(seen) == len(set(seen)) == PEOPLE - FIT


async def test_two_who_recalculate_at_once_give_one_revision(world: World) -> None:
    person = "crowd-00"
    path = f"/awards/{award_of(CYCLE, person)}"
    await world.pay(person, 52_000)
    await world.until(
        lambda: world.store.pool.fetchval(
            "SELECT count(*) FROM pay_fact WHERE person = $1", person
        ),
        lambda count: bool(count == 2),
    )
    waiting = (await world.done("hal", "GET", f"/waiting?cycle={CYCLE}&limit=200"))["items"]
    (news,) = [item for item in waiting if item["person"] == person]
    assert news["reasons"][-1] == "newer_pay_fact"
    body = {"reason": "the raise came late"}
    asked = [world.ask("ana", "POST", f"{path}/recalculate", body) for _ in range(5)]
    answers = await asyncio.gather(*asked)
    assert [answer.status_code for answer in answers] == [200] * 5
    assert sum(answer.json()["events"] > 0 for answer in answers) == 1
    after = next(a.json()["after"] for a in answers if a.json()["events"])
    row = await world.done("hal", "GET", f"{path}?after={after}")
    assert (row["revision"], row["merit"], row["bonus"]) == (2, euros(1_300), euros(5_720))


async def committed(world: World) -> int:
    count: int = await world.store.pool.fetchval(
        "SELECT count(*) FROM award WHERE cycle = $1 AND status = 'committed'", CYCLE
    )
    return count
