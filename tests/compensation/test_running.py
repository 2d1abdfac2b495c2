"""A cycle over real PostgreSQL and Kafka: from what is heard to what is announced to payroll."""

import pytest

from chassis.execute import execute
from chassis.store import Context
from compensation.domain import award
from compensation.domain.commands import ReleaseAward
from compensation.projections.award_facts import award_id, award_ref
from tests.compensation.world import World, award_of, euros

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]


async def test_a_cycle_from_appraisal_to_release(world: World) -> None:
    cycle, persons = "whole", ("wanda", "willi", "wim")
    await world.set_range()
    await world.launch(cycle)
    for person in persons:
        await world.hire(person)
        await world.finalise(cycle, person)
    await world.wait_for("calculated", cycle, *persons)
    committed = await world.done("ana", "POST", f"/cycles/{cycle}/commit", {})
    assert [row["outcome"] for row in committed["results"]] == ["committed"] * 3

    after = committed["after"]
    refused = await world.done("cleo", "POST", f"/awards/approve?after={after}", {"cycle": cycle})
    assert {row["rule"] for row in refused["results"]} == {"Approver must be a second person"}
    approved = await world.done("fay", "POST", f"/awards/approve?after={after}", {"cycle": cycle})
    assert {row["outcome"] for row in approved["results"]} == {"approved"}

    assert (await world.done("wanda", "GET", "/awards/mine"))["items"] == []
    mine = f"/awards/{award_of(cycle, 'wanda')}"
    assert (await world.ask("wanda", "GET", mine)).status_code == 404
    assert (await world.ask("wanda", "GET", "/explain/bonus/wanda")).status_code == 404
    told = await world.done("max", "POST", f"{mine}/communicate", {})
    seen = await world.done("wanda", "GET", f"{mine}?after={told['after']}")
    assert (seen["merit"], seen["bonus"]) == (euros(1_250), euros(5_500))
    assert seen["new_annual"] == euros(51_250)

    after = approved["after"]
    path = f"/cycles/{cycle}/release?after={after}"
    released = await world.done("ana", "POST", path, {"entity": "DE01"})
    assert {row["outcome"] for row in released["results"]} == {"released"}
    found = await world.done("aud", "GET", f"/cycles/{cycle}?after={released['after']}")
    (announced,) = found["released"]
    assert (announced["number"], announced["count"]) == (1, 3)
    assert announced["totals"] == [euros(3 * 6_750)]
    assert found["awards"] == {"released": 3}

    again = await world.done("ana", "POST", path, {"entity": "DE01"})
    assert (again["results"], again["remaining"]) == ([], 0)


@pytest.mark.parametrize("field", ["matrix", "plan", "pools"])
async def test_a_launch_with_a_code_that_stands_for_nothing_names_it(
    world: World, field: str
) -> None:
    await world.launch("spelled")
    body: dict[str, object] = {
        "cycle": "misspelled",
        "period_start": "2026-01-01",
        "period_end": "2026-12-31",
        "increase_on": "2027-01-01",
        "matrix": "m-spelled",
        "plan": "p-spelled",
        "pools": ["merit-spelled", "bonus-spelled"],
    }
    body[field] = ["merit-spelt"] if field == "pools" else "spelt"
    answer = await world.ask("cleo", "POST", "/cycles", body)
    (error,) = answer.json()["errors"]
    found = "merit-spelt" if field == "pools" else "spelt"
    assert (answer.status_code, error["field"], error["found"]) == (422, field, found)
    assert (await world.ask("cleo", "GET", "/cycles/misspelled")).status_code == 404


async def test_a_bonus_is_explained_down_to_the_events_behind_it(world: World) -> None:
    await world.wait_for("released", "whole", "wanda")
    bonus = await world.done("hal", "GET", "/explain/bonus/wanda?cycle=whole")
    assert (bonus["value"], bonus["formula"]) == (euros(5_500), "F49")
    labels = [node["label"] for node in bonus["of"]]
    assert labels[:4] == [
        "base x target %, by segment",
        "individual factor",
        "company factor",
        "proration",
    ]
    (segment,) = bonus["of"][0]["of"]
    assert segment["of"][0]["value"] == euros(50_000)
    assert {source["kind"] for source in bonus["sources"]} == {
        "appraisal",
        "assignment",
        "cycle",
        "employment",
        "pay",
    }
    for source in bonus["sources"]:
        stores = {"people": world.people, "appraisal": world.appraisal}
        store = stores.get(source["service"], world.store)
        stream = await store.pool.fetchval(
            "SELECT stream FROM event WHERE id = $1", source["event"]
        )
        assert str(stream) == source["stream"]
    merit = await world.done("hal", "GET", "/explain/merit/wanda?cycle=whole")
    assert merit["value"] == euros(1_250)
    looks = await world.done("hal", "GET", "/access-log/wanda")
    assert {(look["actor"], look["action"]) for look in looks["items"]} == {("hal", "read_award")}


async def test_an_award_that_does_not_fit_waits_with_the_reason(world: World) -> None:
    cycle, persons = "small", ("ada", "bob", "cyd")
    await world.set_range()
    await world.launch(cycle, merit=2_500, bonus=50_000)
    for person in persons:
        await world.hire(person)
        await world.finalise(cycle, person)
    await world.wait_for("calculated", cycle, *persons)
    done = await world.done("ana", "POST", f"/cycles/{cycle}/commit", {})
    outcomes = sorted(row["outcome"] for row in done["results"])
    assert outcomes == ["committed", "committed", "refused"]
    waiting = await world.done("ana", "GET", f"/waiting?cycle={cycle}&after={done['after']}")
    (item,) = waiting["items"]
    assert item["reasons"] == ["no_fit_in_pool: merit"]
    pool = await world.done("fay", "GET", f"/pools/merit-{cycle}?after={done['after']}")
    assert (pool["committed_minor"], pool["room_minor"]) == (250_000, 0)

    more = {"component": "merit", "entity": "DE01", "fund": euros(3_750)}
    await world.done("fay", "PUT", f"/pools/merit-{cycle}", more)
    done = await world.done("ana", "POST", f"/cycles/{cycle}/commit", {})
    assert [row["outcome"] for row in done["results"]] == ["committed"]


async def test_who_has_no_manager_waits_visibly_until_there_is_one(world: World) -> None:
    cycle = "boss"
    await world.set_range()
    await world.launch(cycle)
    await world.finalise(cycle, "boss")
    await world.until(lambda: reasons(world, cycle), lambda found: "no_employment" in found)
    await world.hire("boss", manager=None)
    await world.until(lambda: reasons(world, cycle), lambda found: bool(found == ["no_manager"]))
    await world.assign("boss", manager="board")
    await world.wait_for("calculated", cycle, "boss")


async def reasons(world: World, cycle: str) -> list[str]:
    """What the cycle's awards wait for, as HR sees it."""
    items = (await world.done("hal", "GET", f"/waiting?cycle={cycle}"))["items"]
    return [reason for item in items for reason in item["reasons"]]


async def test_a_reopened_appraisal_suspends_and_its_next_revision_corrects(world: World) -> None:
    cycle, person = "again", "rita"
    path_of_hers = f"/awards/{award_of(cycle, person)}"
    await world.set_range()
    await world.launch(cycle)
    await world.hire(person)
    await world.finalise(cycle, person)
    await world.wait_for("calculated", cycle, person)
    for revision, rating, total in ((1, "meets", 6_750), (2, "exceeds", 1_750 + 6_600)):
        if revision == 2:
            await world.reopen(cycle, person, 2)
            await world.wait_for("suspended", cycle, person)
            response = await world.ask("ana", "POST", f"{path_of_hers}/communicate", {})
            assert response.json()["type"] == "urn:merit:rule:award-is-suspended"
            await world.finalise(cycle, person, rating, 2)
            await world.wait_for("calculated", cycle, person)
        done = await world.done("ana", "POST", f"/cycles/{cycle}/commit", {})
        path = f"/awards/approve?after={done['after']}"
        done = await world.done("fay", "POST", path, {"cycle": cycle})
        path = f"/cycles/{cycle}/release?after={done['after']}"
        done = await world.done("ana", "POST", path, {"entity": "DE01"})
        found = await world.done("ana", "GET", f"/cycles/{cycle}?after={done['after']}")
        (announced,) = found["released"]
        assert (announced["number"], announced["count"]) == (revision, 1)
        assert announced["totals"] == [euros(total)]
    row = await world.done("hal", "GET", path_of_hers)
    assert (row["on_hold"], row["revision"], row["released_revision"]) == (False, 2, 2)


async def test_what_was_released_but_not_announced_is_announced_by_the_next_request(
    world: World,
) -> None:
    cycle, persons = "crash", ("ines", "ivo")
    await world.set_range()
    await world.launch(cycle)
    for person in persons:
        await world.hire(person)
        await world.finalise(cycle, person)
    await world.wait_for("calculated", cycle, *persons)
    done = await world.done("ana", "POST", f"/cycles/{cycle}/commit", {})
    done = await world.done(
        "fay", "POST", f"/awards/approve?after={done['after']}", {"cycle": cycle}
    )
    # As if the process had ended right after the first award.
    ref = award_ref(cycle, "ines")
    command = ReleaseAward(award_id(ref), "ana", world.store.clock())
    await execute(
        world.store, award, ref, command, Context("ana", world.store.clock(), "half a release")
    )
    await world.wait_for("released", cycle, "ines")
    path = f"/cycles/{cycle}/release?after={done['after']}"
    done = await world.done("ana", "POST", path, {"entity": "DE01"})
    assert [row["person"] for row in done["results"]] == ["ivo"]
    found = await world.done("ana", "GET", f"/cycles/{cycle}?after={done['after']}")
    assert [entry["count"] for entry in found["released"]] == [2]


async def test_todo_names_who_has_to_do_what(world: World) -> None:
    cycle, person = "todo", "toni"
    await world.set_range()
    await world.launch(cycle)
    await world.hire(person, manager="maja")
    await world.hire("maja", manager=None)
    await world.finalise(cycle, person)
    await world.wait_for("calculated", cycle, person)
    done = await world.done("ana", "POST", f"/cycles/{cycle}/commit", {})
    path = f"/awards/approve?after={done['after']}"
    done = await world.done("finn", "POST", path, {"cycle": cycle})
    todo = await world.done("maja", "GET", f"/todo?person=maja&after={done['after']}")
    (item,) = todo["items"]
    assert (item["what"], item["about"]) == ("communicate_award", person)
    assert (await world.ask("wanda", "GET", "/todo?person=maja")).status_code == 403
