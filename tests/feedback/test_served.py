"""Feedback over HTTP: check-ins with their corrections, feedback by visibility, private notes."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime

import pytest
import pytest_asyncio

from chassis.settings import Settings
from chassis.store import Store
from feedback.app import SERVICE
from tests.people.served import Served, serving

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]

ANN, BOB, EVA, SUE, AUDITOR = "ann", "bob", "eva", "sue", "audrey"
DAY = "2026-03-02"


async def heard_from_people(store: Store) -> None:
    """Ann reports to Bob, Bob to Eva; Sue works elsewhere, and so does the auditor."""
    managers = {ANN: BOB, BOB: EVA, EVA: None, SUE: None, AUDITOR: None}
    since, known = date(2020, 1, 1), datetime(2020, 1, 1, tzinfo=UTC)
    for person, manager in managers.items():
        await store.pool.execute(
            """INSERT INTO person_fact (person, version, kind, manager, unit, entity, valid_from,
                   recorded_at) VALUES ($1, 1, 'assigned', $2, 'sales', 'US01', $3, $4)""",
            person,
            manager,
            since,
            known,
        )
    await store.pool.execute(
        "INSERT INTO grant_fact VALUES ($1, 1, 'g', 'aud', 'all', $2, NULL, $3)",
        AUDITOR,
        since,
        known,
    )


@pytest_asyncio.fixture(scope="module")
async def feedback(settings: Settings) -> AsyncIterator[Served]:
    async with serving(SERVICE, settings) as served:
        await heard_from_people(served.store)
        yield served


async def test_a_corrected_check_in_keeps_the_earlier_wording(feedback: Served) -> None:
    remark = {"goal": "g1", "status": "at_risk", "note": "two customers wait"}
    body = {"person": ANN, "held_on": DAY, "note": "a good week", "goals": [remark]}
    logged = await feedback.told(ANN, "/checkins", {**body, "confidence": 4})
    path = f"/checkins/{logged['checkin']}/correct"
    corrected = {"held_on": DAY, "note": "a fair week", "reason": "mixed up two weeks"}
    answer = await feedback.told(ANN, path, corrected)
    (item,) = (await feedback.get(BOB, f"/checkins/{ANN}", after=answer["after"])).json()["items"]
    assert (item["note"], item["confidence"], item["reason"]) == (
        "a fair week",
        None,
        "mixed up two weeks",
    )
    (earlier,) = item["earlier"]
    assert (earlier["note"], earlier["goals"]) == ("a good week", [remark])


async def test_a_check_in_is_logged_by_the_person_or_their_manager(feedback: Served) -> None:
    body = {"person": BOB, "held_on": DAY}
    logged = await feedback.told(EVA, "/checkins", body)
    for other in (ANN, SUE):
        refused = await feedback.post(other, "/checkins", body)
        assert (refused.status_code, refused.json()["rule"]) == (403, "log_check_in")
    correction = {"held_on": DAY, "reason": "not what I said"}
    refused = await feedback.post(BOB, f"/checkins/{logged['checkin']}/correct", correction)
    assert refused.json()["title"] == "Only the author corrects"


async def test_the_same_key_logs_one_check_in(feedback: Served) -> None:
    body = {"person": SUE, "held_on": DAY}
    first = await feedback.post(SUE, "/checkins", body, key="once")
    again = await feedback.post(SUE, "/checkins", body, key="once")
    assert first.json() == again.json()


async def test_feedback_is_seen_by_whom_it_was_for(feedback: Served) -> None:
    alone = await feedback.told(SUE, "/feedback", {"person": ANN, "text": "for you alone"})
    both = {
        "person": ANN,
        "text": "for you both",
        "visibility": "receiver_and_manager",
        "tags": ['said "well"', "a,b", "back\\slash"],
    }
    last = await feedback.told(SUE, "/feedback", both)
    seen = {
        reader: [
            item["text"]
            for item in (
                await feedback.get(reader, f"/feedback/{ANN}", after=last["after"])
            ).json()["items"]
        ]
        for reader in (ANN, BOB, AUDITOR)
    }
    assert seen[ANN] == ["for you both", "for you alone"]
    assert seen[BOB] == seen[AUDITOR] == ["for you both"]
    assert (await feedback.get(EVA, f"/feedback/{ANN}")).status_code == 403
    given = (await feedback.get(SUE, f"/feedback/{SUE}/given")).json()["items"]
    assert [item["tags"] for item in given] == [both["tags"], []]

    async def texts_in_history(reader: str) -> str:
        return (await feedback.get(reader, f"/history/{ANN}")).text

    assert "for you alone" in await texts_in_history(ANN)
    assert "for you alone" not in await texts_in_history(BOB)
    withdrawal = {"reason": "meant for somebody else"}
    path = f"/feedback/{alone['feedback']}/withdraw"
    refused = await feedback.post(BOB, path, withdrawal)
    assert refused.json()["title"] == "Only the giver withdraws"
    answer = await feedback.told(SUE, path, withdrawal)
    kept = (await feedback.get(ANN, f"/feedback/{ANN}", after=answer["after"])).json()["items"]
    assert [item["text"] for item in kept] == ["for you both"]


async def test_nobody_gives_feedback_to_themself(feedback: Served) -> None:
    refused = await feedback.post(ANN, "/feedback", {"person": ANN, "text": "well done me"})
    assert refused.json()["title"] == "Feedback goes to somebody else"


async def test_a_note_is_for_its_author_alone(feedback: Served) -> None:
    written = await feedback.told(BOB, "/notes", {"person": ANN, "text": "ask about the move"})
    notes = (await feedback.get(BOB, "/notes", after=written["after"])).json()["items"]
    assert [note["text"] for note in notes] == ["ask about the move"]
    assert (await feedback.get(EVA, "/notes")).json()["items"] == []
    for reader in (ANN, BOB, AUDITOR):
        assert "ask about the move" not in (await feedback.get(reader, f"/history/{ANN}")).text
    refused = await feedback.post(EVA, f"/notes/{written['note']}/remove", {})
    assert refused.json()["title"] == "Note belongs to its author"
    answer = await feedback.told(BOB, f"/notes/{written['note']}/remove", {})
    left = (await feedback.get(BOB, "/notes", after=answer["after"])).json()["items"]
    assert left == []


async def test_another_kind_of_stream_is_not_found(feedback: Served) -> None:
    written = await feedback.told(BOB, "/notes", {"person": ANN, "text": "x"})
    path = f"/feedback/{written['note']}/withdraw"
    assert (await feedback.post(BOB, path, {"reason": "x"})).status_code == 404


async def test_a_check_in_is_due_until_one_is_logged(feedback: Served) -> None:
    (item,) = (await feedback.get(AUDITOR, "/todo", person=AUDITOR)).json()["items"]
    assert (item["what"], item["due"]) == ("log_check_in", None)
    today = feedback.store.clock().date().isoformat()
    logged = await feedback.told(AUDITOR, "/checkins", {"person": AUDITOR, "held_on": today})
    todo = await feedback.get(AUDITOR, "/todo", person=AUDITOR, after=logged["after"])
    assert todo.json() == {"items": []}
