"""A cycle over real PostgreSQL and Kafka: from what is heard to the final result."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.appraisal.world import World, appraisal_of, cycle_terms, rating

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]


async def test_a_cycle_from_opening_to_the_final_result(world: World) -> None:
    cycle = "whole"
    await world.join(cycle, "wanda", "willi")
    await world.hire("wim", entity=cycle)  # has no contract
    await world.hire("chief", manager=None, entity=cycle)  # has nobody to sign one with
    await world.read("wanda", "90")
    await world.open(cycle)
    await world.wait_for("open", cycle, "wanda", "willi")
    assert await world.standing(cycle, "wim") is None

    body = {"ratings": [{"line": "revenue", "value": "5"}], "comment": "I sold a lot"}
    await world.tell("wanda", cycle, "wanda", "rate-self", body)
    after = await world.tell("max", cycle, "wanda", "rate", rating("4"))
    path = f"/appraisals/{appraisal_of(cycle, 'wanda')}"
    seen = await world.done("max", "GET", f"{path}?after={after}")
    # 90 of 100 earns 2.6; 60 % of 2.6 and 40 % of 4.
    assert (seen["score"], seen["rating"], seen["status"]) == ("3.16", "B", "rated")
    assert seen["self_comment"] == "I sold a lot"

    after = await world.interviewed(cycle, "wanda")
    answer = {"kind": "accepted_with_disagreement", "comment": "the market fell"}
    after = await world.tell("wanda", cycle, "wanda", "acknowledge", answer)
    final = await world.done("wanda", "GET", f"{path}?after={after}")
    assert (final["status"], final["answer"], final["score"]) == (
        "finalised",
        "accepted_with_disagreement",
        "3.16",
    )
    assert (await world.names(cycle, "wanda"))[-2:] == ["Acknowledged", "AppraisalFinalised"]

    status = await world.done("hal", "GET", f"/cycles/{cycle}/status?after={after}")
    assert status["steps"]["done"]["count"] == 1
    assert {"person": "wim", "reason": "no_contract"} in status["waiting"]
    assert {"person": "chief", "reason": "no_manager"} in status["waiting"]


async def test_the_employee_sees_ratings_and_score_only_once_shared(world: World) -> None:
    cycle = "shared"
    await world.join(cycle, "sue")
    await world.read("sue", "100")
    await world.open(cycle)
    await world.rated(cycle, "sue", "5")
    path = f"/appraisals/{appraisal_of(cycle, 'sue')}"
    await world.until(
        lambda: world.done("max", "GET", path), lambda found: found["score"] is not None
    )
    hidden = await world.done("sue", "GET", path)
    assert {hidden[n] for n in ("score", "rating", "sheet", "manager_ratings")} == {None}
    assert hidden["manager_comment"] is None
    (listed,) = (await world.done("sue", "GET", "/appraisals?person=sue"))["items"]
    assert listed["score"] is None
    assert (await world.ask("sue", "GET", "/explain/score/sue")).status_code == 404
    history = (await world.done("sue", "GET", "/history/sue"))["items"]
    told = {item["type"] for item in history}
    assert told == {"appraisal.AppraisalOpened", "appraisal.SelfRated"}

    after = await world.tell("max", cycle, "sue", "share")
    shown = await world.done("sue", "GET", f"{path}?after={after}")
    assert (shown["score"], shown["manager_comment"]) == ("3.80", "well done")
    explained = await world.done("sue", "GET", "/explain/score/sue")
    assert explained["value"] == "B"


async def test_silence_until_the_deadline_is_recorded_as_silence(world: World) -> None:
    cycle = "silent"
    await world.join(cycle, "sid")
    await world.open(cycle)
    await world.rated(cycle, "sid")
    after = await world.interviewed(cycle, "sid")
    await world.done("sid", "GET", f"/appraisals?person=sid&after={after}")
    world.forward(days=10, hours=1)
    await world.wait_for("finalised", cycle, "sid")
    names = await world.names(cycle, "sid")
    assert names[-2:] == ["AcknowledgementTimedOut", "AppraisalFinalised"]
    (item,) = (await world.done("sid", "GET", "/appraisals?person=sid"))["items"]
    assert (item["answer"], item["score"]) == ("timed_out", "4.00")  # no reading: reweighted
    late = f"/appraisals/{appraisal_of(cycle, 'sid')}/acknowledge"
    assert await world.refused("sid", late, {"kind": "accepted"}) == "deadline-is-over"
    assert await world.names(cycle, "sid") == names


async def test_nothing_moves_the_score_after_the_manager_has_rated(world: World) -> None:
    cycle = "late"
    await world.join(cycle, "lea")
    first = await world.read("lea", "90")
    await world.open(cycle)
    await world.rated(cycle, "lea")
    corrected = await world.read("lea", "150", corrects=first)
    later = await world.read("lea", "180", as_of=date(2026, 9, 30))
    explained = await world.done("max", "GET", "/explain/score/lea")
    assert node(explained, "score")["value"] == "3.16"
    assert {late["reading"] for late in explained["late_readings"]} == {corrected, later}


async def test_a_score_is_explained_down_to_the_events_behind_it(world: World) -> None:
    explained = await world.done("aud", "GET", "/explain/score/lea?cycle=late")
    assert explained["formula"] == "F14"
    revenue = node(explained, "revenue")
    values = {part["label"]: part["value"] for part in revenue["of"]}
    assert Decimal(values["percent"]) == 90
    assert Decimal(values["score"]) == Decimal("2.6")
    (event,) = node(revenue, "actual")["events"]
    row = await world.goals.pool.fetchrow(
        "SELECT type, position FROM event WHERE id = $1", event["event"]
    )
    assert row is not None
    assert (row["type"], row["position"]) == ("goals.ProgressRecorded", event["position"])
    looks = await world.done("aud", "GET", "/access-log/lea")
    assert ("aud", "read_appraisal") in {(look["actor"], look["action"]) for look in looks["items"]}


async def test_a_reopened_result_is_rated_anew_and_the_first_stays(world: World) -> None:
    cycle = "again"
    await world.join(cycle, "ron")
    await world.open(cycle)
    await world.rated(cycle, "ron", "2")
    await world.interviewed(cycle, "ron")
    await world.tell("ron", cycle, "ron", "acknowledge", {"kind": "accepted"})
    path = f"/appraisals/{appraisal_of(cycle, 'ron')}"
    assert (await world.ask("max", "POST", f"{path}/reopen", {"reason": "no"})).status_code == 403
    after = await world.tell("hal", cycle, "ron", "reopen", {"reason": "a rating was mistaken"})
    seen = await world.done("ron", "GET", f"{path}?after={after}")
    assert (seen["revision"], seen["status"], seen["score"]) == (2, "rating", None)
    assert [(r["revision"], r["score"]) for r in seen["results"]] == [(1, "2.00")]

    await world.tell("max", cycle, "ron", "rate", rating("3"))
    await world.interviewed(cycle, "ron")
    after = await world.tell("ron", cycle, "ron", "acknowledge", {"kind": "accepted"})
    seen = await world.done("ron", "GET", f"{path}?after={after}")
    assert [(r["revision"], r["score"]) for r in seen["results"]] == [(1, "2.00"), (2, "3.00")]


async def test_steps_are_advanced_for_somebody_on_the_record(world: World) -> None:
    cycle = "advanced"
    await world.join(cycle, "abe", "amy", "ann")
    await world.open(cycle)
    await world.wait_for("open", cycle, "abe", "amy", "ann")
    body = {
        "step": "self",
        "reason": "abe is on parental leave",
        "appraisals": [appraisal_of(cycle, "abe")],
    }
    path = f"/cycles/{cycle}/advance"
    done = await world.done("hal", "POST", path, body)
    assert [(r["person"], r["outcome"]) for r in done["results"]] == [("abe", "advanced")]
    await world.wait_for("rating", cycle, "abe")
    seen = await world.done("max", "GET", f"/appraisals/{appraisal_of(cycle, 'abe')}")
    (step,) = seen["advanced"]
    assert (step["step"], step["by"], step["reason"]) == ("self", "hal", body["reason"])
    assert (await world.names(cycle, "abe"))[1:] == ["StepAdvanced", "SelfSkipped"]
    nobody_late = await world.done("hal", "POST", path, body | {"appraisals": None})
    assert nobody_late["results"] == []


async def test_who_is_where_and_whom_it_waits_for(world: World) -> None:
    status = await world.done("hal", "GET", "/cycles/advanced/status")
    items = {item["person"]: item for item in status["items"]}
    assert (items["abe"]["step"], items["abe"]["waits_for"]) == ("manager", "max")
    assert (items["amy"]["step"], items["amy"]["waits_for"]) == ("self", "amy")
    todo = await world.done("max", "GET", "/todo?person=max")
    commands = {(t["about"], t["command"]) for t in todo["items"]}
    assert ("abe", "appraisal.rate") in commands
    mine = await world.done("amy", "GET", "/todo?person=amy")
    assert ("amy", "appraisal.rate_self") in {(t["about"], t["command"]) for t in mine["items"]}


async def test_the_same_request_again_gets_the_same_answer(world: World) -> None:
    path = f"/appraisals/{appraisal_of('advanced', 'amy')}/rate-self"
    body = {"comment": "fine"}
    first = await world.done("amy", "POST", path, body, key="amy-1")
    assert await world.done("amy", "POST", path, body, key="amy-1") == first
    assert (await world.names("advanced", "amy")).count("SelfRated") == 1


async def test_a_rating_beyond_the_scale_is_refused_as_the_decimal_it_is(world: World) -> None:
    path = f"/appraisals/{appraisal_of('advanced', 'amy')}/rate"
    assert await world.refused("max", path, rating("5.9")) == "rating-lies-outside-the-scale"
    assert await world.refused("max", path, rating("4", "juggling")) == "line-is-unknown"


async def test_a_cycle_keeps_the_terms_that_it_was_opened_with(world: World) -> None:
    await world.open("whole")  # the same again: nothing
    response = await world.ask(
        "hal",
        "PUT",
        "/cycles/whole",
        {**cycle_terms(), "population": "entity:whole", "acknowledge_days": 3},
    )
    assert response.status_code == 409
    await world.define("standard", places=1)
    (found,) = [
        c for c in (await world.done("hal", "GET", "/cycles"))["items"] if c["cycle"] == "whole"
    ]
    assert found["scheme_version"] == 1
    await world.define()  # back to two places, as version 3


def node(tree: dict[str, Any], label: str) -> dict[str, Any]:
    """The first node with the label, depth first."""
    if tree.get("label") == label:
        return tree
    for part in tree.get("of", ()):
        try:
            return node(part, label)
        except LookupError:
            continue
    raise LookupError(label)
