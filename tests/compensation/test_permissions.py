"""Who may do what, on every route: each role and relation, a former manager, and a stranger."""

from datetime import date

import pytest

from chassis.policy import EVERY_SERVICE
from compensation.policy import POLICY
from tests.compensation.others import RoleGranted, publish
from tests.compensation.world import World, award_of

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]

CYCLE, SUBJECT = "walk", "sue"
# What each actor holds towards the subject, and what they hold where it concerns nobody.
TOWARDS_HER = {
    "sue": {"own", "anyone"},
    "lea": {"report", "subtree", "anyone"},
    "top": {"subtree", "anyone"},
    "old": {"anyone"},
    "ana": {"comp", "anyone"},
    "fay": {"fin", "anyone"},
    "hal": {"hrbp", "anyone"},
    "aud": {"aud", "anyone"},
    "pam": {"pay", "anyone"},
    "adi": {"admin", "anyone"},
    "far": {"anyone"},
    "nobody-knows": set[str](),
}
TOWARDS_NOBODY = {
    actor: held - {"own", "report", "subtree"} for actor, held in TOWARDS_HER.items()
} | {"far": {"comp", "anyone"}}


@pytest.fixture(name="paths", scope="module")
def paths_of(world: World) -> list[tuple[str, str, str]]:
    """(method, path, action) of every route in the OpenAPI document."""
    values = {"person": SUBJECT, "award": award_of(CYCLE, SUBJECT), "cycle": CYCLE}
    values |= {"matrix": "m-walk", "plan": "p-walk", "pool": "merit-walk"}
    return [
        (method.upper(), path.format(**values), operation["x-action"])
        for path, operations in world.app.openapi()["paths"].items()
        for method, operation in operations.items()
    ]


async def test_every_route_asks_its_rule_of_everybody(
    world: World, paths: list[tuple[str, str, str]]
) -> None:
    await prepare(world)
    rules = {**EVERY_SERVICE, **POLICY}
    of_a_person = ("/awards/", "/explain/", "/history/", "/access-log/", "/todo")
    for method, path, action in paths:
        about_her = path.startswith(of_a_person) and not path.endswith(
            ("/mine", "/awards/approve", "/awards/communicate")
        )
        asked = f"{path}?person={SUBJECT}" if path == "/todo" else path
        for actor, held in (TOWARDS_HER if about_her else TOWARDS_NOBODY).items():
            allowed = not rules[action].allowed.isdisjoint(held)
            response = await world.ask(actor, method, asked, {"what is this": 1})
            denied = response.status_code == 403
            assert denied is not allowed, (actor, method, asked, response.text)
            assert response.status_code != 500, response.text
            if denied:
                assert response.json()["rule"] == action


async def test_a_list_holds_nobody_whom_one_may_not_see(world: World) -> None:
    path = f"/awards?cycle={CYCLE}"
    for actor, seen in (("lea", [SUBJECT]), ("hal", [SUBJECT]), ("sue", []), ("old", [])):
        found = await world.done(actor, "GET", path)
        assert [item["person"] for item in found["items"]] == seen
    assert (await world.done("far", "GET", path))["items"] == []
    looks = await world.done("aud", "GET", f"/access-log/{SUBJECT}")
    assert {"lea", "hal"} <= {look["actor"] for look in looks["items"]}


async def test_history_shows_no_amount_to_the_person_herself(world: World) -> None:
    own = await world.done("sue", "GET", "/history/sue")
    assert {item["type"] for item in own["items"]} == {"compensation.AwardOpened"}
    theirs = await world.done("hal", "GET", "/history/sue")
    assert "compensation.MeritCalculated" in {item["type"] for item in theirs["items"]}


async def prepare(world: World) -> None:
    """Sue works for Lea, who works for Top; Old was her manager before."""
    await world.set_range()
    await world.launch(CYCLE)
    for person, manager in (("top", None), ("lea", "top"), ("old", "top"), (SUBJECT, "old")):
        await world.hire(person, manager=manager)
    await world.assign(SUBJECT, "lea")
    for actor, role, population in (
        ("pam", "pay", "entity:DE01"),
        ("adi", "admin", "all"),
        ("far", "comp", "entity:US01"),
    ):
        granted = RoleGranted(
            grant=f"grant-{actor}",
            actor=actor,
            role=role,
            population=population,
            valid_from=date(2020, 1, 1),
            valid_to=None,
            proposed_by="admin-1",
            granted_by="admin-2",
        )
        await publish(world.people, "admin-2", "grants", actor, granted)
    query = "SELECT count(DISTINCT person) FROM person_fact WHERE person = ANY ($1)"
    known = ["top", "lea", "old", SUBJECT]
    await world.until(
        lambda: world.store.pool.fetchval(query, known), lambda count: bool(count == 4)
    )
    await world.finalise(CYCLE, SUBJECT)
    await world.wait_for("calculated", CYCLE, SUBJECT)
    await world.until(
        lambda: world.store.pool.fetchval(
            "SELECT manager FROM assignment_at($1, $2)", SUBJECT, world.store.clock()
        ),
        lambda manager: bool(manager == "lea"),
    )
    grants = "SELECT count(*) FROM grant_fact WHERE actor IN ('pam', 'adi', 'far')"
    await world.until(lambda: world.store.pool.fetchval(grants), lambda count: bool(count == 3))
