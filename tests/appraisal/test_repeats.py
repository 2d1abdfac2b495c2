"""What is told or heard again, too late, or by the wrong one, changes nothing."""

from datetime import date
from typing import Any

import pytest

from appraisal.app import SERVICE
from chassis.record import own_record
from chassis.store import read_page
from tests.appraisal.others import RoleGranted, publish
from tests.appraisal.world import World, appraisal_of, content, cycle_terms, rating, revenue

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]


async def test_an_opening_that_is_heard_again_opens_nothing_twice(world: World) -> None:
    cycle = "resumed"
    await world.join(cycle, "rea", "rob")
    await world.open(cycle)
    await world.wait_for("open", cycle, "rea", "rob")
    (cycles,) = [c for c in SERVICE.consumers if c.name == "cycles"]
    assert cycles.react is not None
    before = await events(world)
    async with world.store.pool.acquire() as connection:
        page = await read_page(connection, 0, before, 10_000)
    for row in page:
        await cycles.react(world.store, own_record(row, world.store.registry, "appraisal"))
    assert await events(world) == before


async def test_the_same_command_again_changes_nothing_and_another_is_refused(world: World) -> None:
    cycle = "resumed"
    path = f"/appraisals/{appraisal_of(cycle, 'rea')}"
    own = {"ratings": [{"line": "teamwork", "value": "4"}]}
    await world.done("rea", "POST", f"{path}/rate-self", own)
    again = await world.done("rea", "POST", f"{path}/rate-self", own)
    assert again["events"] == 0
    other = {"ratings": [{"line": "teamwork", "value": "5"}]}
    assert await world.refused("rea", f"{path}/rate-self", other) == NOT_NOW

    await world.done("max", "POST", f"{path}/rate", rating("3"))
    assert (await world.done("max", "POST", f"{path}/rate", rating("3")))["events"] == 0
    assert await world.refused("max", f"{path}/rate", rating("4")) == NOT_NOW
    tomorrow = {"held_on": "2031-01-01"}
    await world.tell("max", cycle, "rea", "share")
    future = await world.refused("max", f"{path}/hold-interview", tomorrow)
    assert future == "interview-lies-in-the-future"


NOT_NOW = "appraisal-is-not-at-this-step"


async def test_an_interview_passed_over_still_gives_time_to_answer(world: World) -> None:
    cycle = "resumed"
    body = {
        "step": "interview",
        "reason": "both are abroad until summer",
        "appraisals": [appraisal_of(cycle, "rea")],
    }
    await world.done("hal", "POST", f"/cycles/{cycle}/advance", body)
    await world.wait_for("interviewed", cycle, "rea")
    assert "InterviewHeld" not in await world.names(cycle, "rea")
    world.forward(days=11)
    await world.wait_for("finalised", cycle, "rea")
    assert (await world.names(cycle, "rea"))[-2:] == [
        "AcknowledgementTimedOut",
        "AppraisalFinalised",
    ]


async def test_nobody_decides_on_their_own_appraisal(world: World) -> None:
    cycle = "helga's"
    await world.join(cycle, "helga")
    await world.open(cycle)
    await world.wait_for("open", cycle, "helga")
    body = {
        "step": "self",
        "reason": "I have no time",
        "appraisals": [appraisal_of(cycle, "helga")],
    }
    done = await world.done("helga", "POST", f"/cycles/{cycle}/advance", body)
    assert [r["rule"] for r in done["results"]] == ["Nobody decides on themself"]
    await world.rated(cycle, "helga")
    await world.interviewed(cycle, "helga")
    await world.tell("helga", cycle, "helga", "acknowledge", {"kind": "accepted"})
    path = f"/appraisals/{appraisal_of(cycle, 'helga')}/reopen"
    refused = await world.refused("helga", path, {"reason": "I want more"})
    assert refused == "nobody-decides-on-themself"


async def test_what_comes_after_the_rating_is_listed_as_late(world: World) -> None:
    cycle = "listed"
    await world.join(cycle, "lil")
    in_time = await world.read("lil", "100")
    await world.open(cycle)
    await world.rated(cycle, "lil")
    later = await world.read("lil", "50", corrects=in_time)
    await world.amend("lil", date(2026, 7, 1), content([revenue("50")]), 2)
    await world.until(lambda: amended(world, "lil"), bool)
    explained = await world.done("max", "GET", "/explain/score/lil")
    assert [late["reading"] for late in explained["late_readings"]] == [later]
    assert [late["revision"] for late in explained["late_amendments"]] == [2]
    (event,) = events_of(explained, "actual")
    stored = await world.goals.pool.fetchrow(
        "SELECT stream::text, version FROM event WHERE id = $1", event["event"]
    )
    assert stored is not None
    assert (event["stream"], event["version"]) == (stored["stream"], stored["version"])
    assert event["by"] == "lil"


async def test_an_hr_partner_opens_cycles_only_for_their_population(world: World) -> None:
    granted = RoleGranted(
        grant="grant-hana",
        actor="hana",
        role="hrbp",
        population="entity:resumed",
        valid_from=date(2020, 1, 1),
        valid_to=None,
        proposed_by="admin-1",
        granted_by="admin-2",
    )
    await publish(world.people, "admin-2", "grants", ["hana"], "hana", granted)
    await world.until(lambda: granted_to(world, "hana"), bool)
    everybody = await world.ask("hana", "PUT", "/cycles/hana", cycle_terms())
    assert everybody.status_code == 403
    theirs = cycle_terms() | {"population": "entity:resumed"}
    await world.done("hana", "PUT", "/cycles/hana", theirs)
    status = await world.done("hana", "GET", "/cycles/listed/status")
    assert status["items"] == []


def events_of(tree: dict[str, Any], label: str) -> list[dict[str, Any]]:
    """The events of the first node with the label that has some."""
    if tree.get("label") == label and tree.get("events"):
        return list(tree["events"])
    for part in tree.get("of", ()):
        if found := events_of(part, label):
            return found
    return []


async def events(world: World) -> int:
    return int(await world.store.pool.fetchval("SELECT max(position) FROM event"))


async def amended(world: World, person: str) -> bool:
    return bool(
        await world.store.pool.fetchval(
            "SELECT EXISTS (SELECT FROM contract WHERE person = $1 AND revision = 2)", person
        )
    )


async def granted_to(world: World, actor: str) -> bool:
    return bool(
        await world.store.pool.fetchval(
            "SELECT EXISTS (SELECT FROM grant_fact WHERE actor = $1)", actor
        )
    )
