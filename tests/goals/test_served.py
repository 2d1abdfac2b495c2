"""Goals over HTTP, with people heard over Kafka: plans, contracts, amendments, progress, todo."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from chassis.sealing import ERASED
from chassis.settings import Settings
from tests.goals.world import (
    ACCIDENTS,
    ADMIN,
    ANN,
    BOB,
    CLEO,
    CONTENT,
    DAN,
    EVA,
    FAY,
    GUS,
    HAL,
    IDA,
    JIM,
    REVENUE,
    SUE,
    World,
    a_world,
)
from tests.people.served import eventually

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]


@pytest_asyncio.fixture(scope="module")
async def world(settings: Settings) -> AsyncIterator[World]:
    async with a_world(settings) as founded:
        yield founded


async def test_two_people_agree_a_plan(world: World) -> None:
    path = f"/plans/{ANN}/2026"
    proposed = await world.goals.told(BOB, f"{path}/propose", world.plan)
    (seen,) = (await world.shown(ANN, f"/plans/{ANN}", proposed["after"]))["items"]
    assert (seen["status"], seen["period"], seen["offered_by"]) == ("negotiated", "2026", BOB)
    assert seen["offered"]["goals"][0]["title"] == "Win the north"
    assert seen["content_hash"] == proposed["content_hash"]

    bolder = {**REVENUE, "title": "Win the north and the east", "target": "110"}
    wanted = {**world.plan, "goals": [bolder, ACCIDENTS]}
    countered = await world.goals.told(ANN, f"{path}/counter", wanted)
    stale = await world.goals.post(BOB, f"{path}/sign", {"content_hash": proposed["content_hash"]})
    assert (stale.status_code, stale.json()["title"]) == (409, "Content has changed")

    body = {"content_hash": countered["content_hash"]}
    assert (await world.goals.told(BOB, f"{path}/sign", body))["events"] == 1
    issued = await world.goals.told(ANN, f"{path}/sign", body)
    assert (await world.goals.told(ANN, f"{path}/sign", body))["events"] == 0

    contract = await world.shown(BOB, f"/contracts/{ANN}", issued["after"])
    assert contract["content"]["goals"][0]["title"] == "Win the north and the east"
    assert contract["content"]["goals"][0]["target"] == "110"
    assert (contract["content_hash"], contract["hash_matches"]) == (body["content_hash"], True)
    assert (contract["revision"], contract["manager"], contract["job"]) == (1, BOB, "seller")
    assert contract["manager_signed_at"] < contract["employee_signed_at"]


async def test_texts_are_stored_sealed_and_figures_are_not(world: World) -> None:
    await world.agreed(IDA)
    pool = world.goals.store.pool
    for table, column in (("event", "data"), ("contract", "content"), ("plan", "offered")):
        found = await pool.fetchval(
            f"SELECT count(*) FROM {table} WHERE {column}::text LIKE '%Win the north%'"
        )
        assert (table, found) == (table, 0)
    agreed = await pool.fetch("SELECT data FROM event WHERE type = 'goals.GoalAgreed'")
    assert any('"weight_pct":"60"' in row["data"] for row in agreed)


async def test_a_repeat_of_a_proposal_gets_the_same_answer(world: World) -> None:
    path = f"/plans/{CLEO}/repeated/propose"
    first = await world.goals.post(CLEO, path, world.plan, key="once")
    again = await world.goals.post(CLEO, path, world.plan, key="once")
    assert first.status_code == 200
    assert first.json() == again.json()
    other = await world.goals.post(CLEO, path, world.plan)
    assert other.json()["title"] == "Plan is already proposed"


async def test_two_signatures_at_once_make_one_contract(world: World) -> None:
    path = f"/plans/{DAN}/at-once"
    proposed = await world.goals.told(DAN, f"{path}/propose", world.plan)
    body = {"content_hash": proposed["content_hash"]}
    signers = (DAN, BOB, DAN, BOB)
    done = await asyncio.gather(*(world.goals.told(s, f"{path}/sign", body) for s in signers))
    assert sorted(answer["events"] for answer in done) == [0, 0, 1, 4]


async def test_a_proposal_is_withdrawn_with_a_reason(world: World) -> None:
    path = f"/plans/{DAN}/withdrawn"
    await world.goals.told(DAN, f"{path}/propose", world.plan)
    wordless = await world.goals.post(BOB, f"{path}/withdraw", {"reason": "  "})
    assert wordless.json()["title"] == "Reason is required"
    done = await world.goals.told(BOB, f"{path}/withdraw", {"reason": "we start again"})
    items = (await world.shown(BOB, f"/plans/{DAN}", done["after"]))["items"]
    (plan,) = (item for item in items if item["period"] == "withdrawn")
    assert (plan["status"], plan["offered"], plan["content_hash"]) == ("withdrawn", None, None)


async def test_an_amendment_leaves_the_earlier_contract_readable(world: World) -> None:
    path, day = f"/plans/{FAY}/main", f"{world.year}-07-01"
    first = await world.agreed(FAY)
    before = world.goals.store.clock()
    body = {**CONTENT, "effective_on": day, "reason": "the area was split"}
    body["goals"] = [{**REVENUE, "target": "90"}, ACCIDENTS]
    amended = await world.goals.told(BOB, f"{path}/amend", body)
    accepted = {"content_hash": amended["content_hash"]}
    await world.goals.told(FAY, f"{path}/sign-amendment", accepted)
    done = await world.goals.told(BOB, f"{path}/sign-amendment", accepted)

    async def contract(**query: Any) -> Any:
        return await world.shown(FAY, f"/contracts/{FAY}", done["after"], **query)

    new, old = await contract(on=day), await contract(on=f"{world.year}-06-30")
    assert [(c["revision"], c["content"]["goals"][0]["target"]) for c in (new, old)] == [
        (2, "90"),
        (1, "100"),
    ]
    assert (new["reason"], new["previous_hash"]) == ("the area was split", first)
    assert (new["hash_matches"], old["hash_matches"]) == (True, True)
    assert [r["revision"] for r in new["revisions"]] == [2, 1]
    known_before = await contract(on=day, as_of=before.isoformat())
    assert (known_before["revision"], len(known_before["revisions"])) == (1, 1)


async def test_on_a_day_that_no_contract_is_for_there_is_none(world: World) -> None:
    await world.agreed(DAN, "found")
    for day in (f"{world.year - 1}-12-31", f"{world.year + 1}-01-01"):
        response = await world.goals.get(DAN, f"/contracts/{DAN}", on=day)
        assert (response.status_code, response.json()["type"]) == (404, "urn:merit:not-found")
    inside = await world.shown(DAN, f"/contracts/{DAN}", on=f"{world.year}-12-31", period="found")
    assert inside["revision"] == 1


async def test_a_rejected_amendment_changes_nothing(world: World) -> None:
    path = f"/plans/{GUS}/main"
    digest = await world.agreed(GUS)
    body = {**CONTENT, "effective_on": f"{world.year}-07-01", "reason": "easier"}
    await world.goals.told(GUS, f"{path}/amend", body)
    for events in (1, 0):
        no = await world.goals.told(BOB, f"{path}/reject-amendment", {"reason": "as agreed"})
        assert no["events"] == events
    (plan,) = (await world.shown(GUS, f"/plans/{GUS}", no["after"]))["items"]
    assert (plan["status"], plan["revision"], plan["reason"]) == ("in_force", 1, None)
    assert (await world.shown(GUS, f"/contracts/{GUS}"))["content_hash"] == digest


async def test_a_correction_leaves_the_earlier_reading(world: World) -> None:
    await world.agreed(HAL)
    path = f"/plans/{HAL}/main/readings"
    today = world.goals.store.clock().date()
    reading = {"goal": "revenue", "value": "12.50", "as_of": today.isoformat(), "note": "invoiced"}
    first = await world.goals.told(HAL, path, reading)
    fix = {"value": "13", "as_of": today.isoformat(), "reason": "a digit"}
    second = await world.goals.told(BOB, f"{path}/{first['reading']}/correct", fix)
    twice = await world.goals.post(BOB, f"{path}/{first['reading']}/correct", fix)
    assert twice.json()["title"] == "Reading was already corrected"

    earlier, later = (await world.shown(HAL, f"/readings/{HAL}", second["after"]))["items"]
    assert (earlier["value"], earlier["note"]) == ("12.50", "invoiced")
    assert (earlier["corrected_by"], later["corrects"]) == (second["reading"], first["reading"])
    assert (later["value"], later["note"], later["recorded_by"]) == ("13", "a digit", BOB)

    tomorrow = {**reading, "as_of": (today + timedelta(days=1)).isoformat()}
    titles = [
        (await world.goals.post(HAL, path, wrong)).json()["title"]
        for wrong in ({**reading, "goal": "other"}, tomorrow)
    ]
    in_period = today.month < 12 or today.day < 31
    allowed = "lies in the future" if in_period else "lies outside the period"
    assert titles == ["Goal is not in the contract", f"Reading {allowed}"]


async def test_a_goal_that_was_amended_away_is_still_read_for_the_days_before(
    world: World,
) -> None:
    path, began = f"/plans/{IDA}/shifted", f"{world.year - 1}-01-01"
    today = world.goals.store.clock().date().isoformat()
    plan = {**world.plan, "period_start": began}
    renamed = {**CONTENT, "goals": [{**REVENUE, "goal": "turnover", "weight_pct": "100"}]}
    amendment = {**renamed, "effective_on": today, "reason": "counted in another way"}
    for put, sign, body in (("propose", "sign", plan), ("amend", "sign-amendment", amendment)):
        digest = (await world.goals.told(BOB, f"{path}/{put}", body))["content_hash"]
        for signer in (IDA, BOB):
            done = await world.goals.told(signer, f"{path}/{sign}", {"content_hash": digest})
    await world.shown(IDA, f"/contracts/{IDA}", done["after"])

    async def status(goal: str, day: str) -> int:
        reading = {"goal": goal, "value": "1", "as_of": day}
        return (await world.goals.post(IDA, f"{path}/readings", reading)).status_code

    assert [await status("revenue", day) for day in (began, today)] == [200, 409]
    assert await status("turnover", today) == 200


async def test_what_waits_for_whom(world: World) -> None:
    async def todo(person: str, after: str | None = None) -> list[dict[str, Any]]:
        items = (await world.shown(person, "/todo", after, person=person))["items"]
        return [item for item in items if item["about"] == JIM]

    for party in (JIM, BOB):
        (item,) = await todo(party)
        assert (item["what"], item["due"]) == ("propose_plan", f"{world.year}-01-31")
        assert item["arguments"] == {"person": JIM, **world.days}

    path = f"/plans/{JIM}/main"
    proposed = await world.goals.told(BOB, f"{path}/propose", world.plan)
    body = {"content_hash": proposed["content_hash"]}
    signed = await world.goals.told(BOB, f"{path}/sign", body)
    (item,) = await todo(JIM, signed["after"])
    assert (item["command"], item["due"]) == ("goals.sign_plan", f"{world.year}-01-31")
    assert item["arguments"] == {"person": JIM, "period": "main", **body}
    assert await todo(BOB) == []
    # What the list says can be sent as it is.
    issued = await world.goals.told(JIM, f"{path}/sign", body)
    assert await todo(JIM, issued["after"]) == []

    day = f"{world.year}-10-01"
    amendment = {**CONTENT, "effective_on": day, "reason": "half of the customers left"}
    asked = await world.goals.told(JIM, f"{path}/amend", amendment)
    (item,) = await todo(BOB, asked["after"])
    assert (item["command"], item["due"]) == ("goals.sign_amendment", day)


async def test_a_missing_signature_is_the_new_managers_to_give(world: World) -> None:
    path = f"/plans/{CLEO}/moved"
    proposed = await world.goals.told(CLEO, f"{path}/propose", world.plan)
    body = {"content_hash": proposed["content_hash"]}
    await world.goals.told(CLEO, f"{path}/sign", body)
    await world.reports_to(11, manager="3")

    async def bob_is_out() -> bool:
        return (await world.goals.post(BOB, f"{path}/sign", body)).status_code == 403

    # Until goals has heard of the move, Bob may sign; so he asks with a hash that nobody agreed.
    wrong = {"content_hash": "0" * 64}

    async def moved() -> bool:
        return (await world.goals.post(BOB, f"{path}/sign", wrong)).status_code == 403

    await eventually(moved)
    assert await bob_is_out()
    due = (await world.shown(SUE, "/todo", person=SUE))["items"]
    assert "moved" in [i["arguments"].get("period") for i in due if i["about"] == CLEO]
    issued = await world.goals.told(SUE, f"{path}/sign", body)
    contract = await world.shown(SUE, f"/contracts/{CLEO}", issued["after"], period="moved")
    assert contract["manager"] == SUE
    assert (await world.goals.get(BOB, f"/contracts/{CLEO}")).status_code == 403


async def test_only_the_two_parties_negotiate(world: World) -> None:
    path = f"/plans/{DAN}/parties/propose"
    for stranger in (SUE, EVA, ANN, ADMIN):
        refused = await world.goals.post(stranger, path, world.plan)
        assert (refused.status_code, refused.json()["rule"]) == (403, "negotiate_plan")


async def test_who_has_no_manager_has_nobody_to_agree_with(world: World) -> None:
    refused = await world.goals.post(EVA, f"/plans/{EVA}/2026/propose", world.plan)
    assert (refused.status_code, refused.json()["title"]) == (409, "Manager is unknown")


async def test_a_broken_rule_says_what_was_found(world: World) -> None:
    path = f"/plans/{DAN}/broken/propose"
    heavy = {**world.plan, "goals": [{**REVENUE, "weight_pct": "50"}, ACCIDENTS]}
    refused = (await world.goals.post(DAN, path, heavy)).json()
    assert refused["title"] == "Weights must total one hundred"
    assert refused["detail"] == "goals total 90 %, allowed is exactly 100 %"
    nowhere = {**REVENUE, "link": {"kind": "objective", "code": "unheard-of"}}
    refused = (
        await world.goals.post(DAN, path, {**world.plan, "goals": [nowhere, ACCIDENTS]})
    ).json()
    assert refused["title"] == "Link is unknown"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"measure": "sideways"}, "goals.0.measure"),
        ({"weight_pct": "a lot"}, "goals.0.weight_pct"),
        ({"weight_pct": "NaN"}, "goals.0.weight_pct"),
        ({"title": ""}, "goals.0.title"),
        ({"colour": "red"}, "goals.0.colour"),
    ],
)
async def test_a_bad_field_is_named(world: World, change: dict[str, str], field: str) -> None:
    body = {**world.plan, "goals": [{**REVENUE, **change}, ACCIDENTS]}
    refused = await world.goals.post(DAN, f"/plans/{DAN}/bad/propose", body)
    assert refused.status_code == 422
    (error,) = refused.json()["errors"]
    assert error["field"] == field
    assert {"found", "allowed"} <= error.keys()


async def test_an_objective_is_set_once(world: World) -> None:
    body = {"title": "Win the south", "theme": "growth", "unit": "sales", "parent": "grow"}
    done = [
        (await world.goals.send("PUT", ADMIN, "/objectives/south", {**body, **world.days})).json()
        for _ in range(2)
    ]
    assert [answer["events"] for answer in done] == [1, 0]
    listed = (await world.shown(ANN, "/objectives", done[0]["after"]))["items"]
    (south,) = (o for o in listed if o["objective"] == "south")
    assert (south["parent"], south["period_start"]) == ("grow", world.days["period_start"])
    first = await world.shown(ANN, "/objectives", limit=1)
    second = await world.shown(ANN, "/objectives", limit=1, cursor=first["next"])
    assert [page["items"][0]["objective"] for page in (first, second)] == ["grow", "south"]
    refused = await world.goals.send("PUT", ANN, "/objectives/south", {**body, **world.days})
    assert (refused.status_code, refused.json()["rule"]) == (403, "set_objective")


async def test_history_tells_the_texts_to_who_may_read_them(world: World) -> None:
    await world.agreed(IDA, "told")
    history = await world.goals.get(IDA, f"/history/{IDA}")
    assert "Win the north" in history.text
    assert "ContractIssued" in history.text
    assert (await world.goals.get(SUE, f"/history/{IDA}")).status_code == 403


async def test_an_erased_text_is_not_taken_for_a_forged_one(world: World) -> None:
    digest = await world.agreed(GUS, "erased")
    await world.goals.store.keys.destroy(GUS)
    contract = await world.shown(BOB, f"/contracts/{GUS}", period="erased")
    assert contract["content"]["goals"][0]["title"] == ERASED
    assert contract["content"]["goals"][0]["target"] == "100"
    assert (contract["content_hash"], contract["hash_matches"]) == (digest, None)
