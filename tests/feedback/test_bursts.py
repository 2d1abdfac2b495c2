"""Feedback, check-ins and notes in bursts: committed in groups, each once, an answer each."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from typing import Any

import asyncpg
import httpx2
import pytest
import pytest_asyncio

from chassis.settings import Settings
from feedback.app import SERVICE
from tests.feedback.test_served import ANN, BOB, EVA, SUE, heard_from_people
from tests.people.served import Served, eventually, serving

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]

PEOPLE = (ANN, BOB, EVA)
_WAITING = """
SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE relation = 'event'::regclass AND NOT granted AND query LIKE '%append_new_streams%'
"""


@pytest_asyncio.fixture(scope="module")
async def feedback(settings: Settings) -> AsyncIterator[Served]:
    async with serving(SERVICE, settings) as served:
        await heard_from_people(served.store)
        await served.store.keys.for_writing([*PEOPLE, SUE])
        yield served


def burst(size: int, name: str) -> list[dict[str, Any]]:
    return [{"person": PEOPLE[n % 3], "text": f"{name} {n}"} for n in range(size)]


async def all_sent(
    feedback: Served, bodies: Sequence[dict[str, Any]], name: str
) -> list[httpx2.Response]:
    """Sue's feedback, all at once, each under a key of its own."""
    return await asyncio.gather(
        *(feedback.post(SUE, "/feedback", b, key=f"{name}-{n}") for n, b in enumerate(bodies))
    )


async def given(feedback: Served, name: str) -> Counter[str]:
    """What the read model shows of a burst, by text."""
    texts: Counter[str] = Counter()
    for person in PEOPLE:
        before: dict[str, Any] = {}
        while True:
            page = (await feedback.get(person, f"/feedback/{person}", limit=100, **before)).json()
            texts.update(item["text"] for item in page["items"] if item["text"].startswith(name))
            if not page.get("next"):
                break
            before = {"cursor": page["next"]}
    return texts


async def test_a_hundred_at_once_are_shown_once_each(feedback: Served) -> None:
    bodies = burst(100, "hundred")
    answers = await all_sent(feedback, bodies, "hundred")
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["feedback"] for answer in answers}) == 100
    assert {answer.headers["etag"] for answer in answers} == {'"1"'}
    wanted = Counter(body["text"] for body in bodies)

    async def shown() -> bool:
        return (await given(feedback, "hundred")).total() >= 100

    await eventually(shown)
    assert await given(feedback, "hundred") == wanted
    commits = await feedback.store.pool.fetchval(
        "SELECT count(DISTINCT xmin::text) FROM event WHERE stream = ANY ($1::uuid[])",
        [answer.json()["feedback"] for answer in answers],
    )
    assert commits < 50


async def test_check_ins_feedback_and_notes_share_a_commit_and_keep_their_rules(
    feedback: Served,
) -> None:
    tomorrow = "2199-01-01"
    sent = {
        "feedback": feedback.post(SUE, "/feedback", {"person": ANN, "text": "mixed"}),
        "check-in": feedback.post(BOB, "/checkins", {"person": ANN, "held_on": "2026-03-02"}),
        "note": feedback.post(BOB, "/notes", {"person": ANN, "text": "mixed"}),
        "to oneself": feedback.post(ANN, "/feedback", {"person": ANN, "text": "mixed"}),
        "in the future": feedback.post(BOB, "/checkins", {"person": ANN, "held_on": tomorrow}),
        "not permitted": feedback.post(SUE, "/notes", {"person": ANN, "text": "mixed"}),
        "without a text": feedback.post(SUE, "/feedback", {"person": ANN}),
        "of nobody": feedback.post(SUE, "/feedback", {"person": "nobody", "text": "mixed"}),
    }
    answers = dict(zip(sent, await asyncio.gather(*sent.values()), strict=True))
    assert {name: answer.status_code for name, answer in answers.items()} == {
        "feedback": 200,
        "check-in": 200,
        "note": 200,
        "to oneself": 409,
        "in the future": 409,
        "not permitted": 403,
        "without a text": 422,
        "of nobody": 503,
    }
    assert answers["to oneself"].json()["title"] == "Feedback goes to somebody else"
    assert answers["in the future"].json()["title"] == "Check in lies in the future"


async def test_one_key_at_once_gives_one_answer_and_another_body_is_422(feedback: Served) -> None:
    body = {"person": ANN, "text": "once"}
    calls = [feedback.post(SUE, "/feedback", body, key="once") for _ in range(100)]
    calls.append(feedback.post(SUE, "/feedback", {**body, "text": "twice"}, key="once"))
    *same, other = await asyncio.gather(*calls)
    assert len({answer.text for answer in same}) == 1
    assert same[0].status_code == 200
    assert (other.status_code, other.json()["type"]) == (422, "urn:merit:idempotency-key-reused")
    used = await feedback.post(SUE, "/notes", {"person": SUE, "text": "x"}, key="once")
    assert used.status_code == 422
    count = await feedback.store.pool.fetchval(
        "SELECT count(*) FROM event WHERE stream = $1", same[0].json()["feedback"]
    )
    assert count == 1


async def test_a_lost_database_in_mid_commit_is_503_and_once_after_a_retry(
    feedback: Served,
) -> None:
    bodies = burst(40, "cut")
    settings = feedback.settings
    superuser = await asyncpg.connect(settings.dsn(settings.database("feedback")))
    watching = await asyncpg.connect(settings.dsn(settings.database("feedback")))
    try:
        async with superuser.transaction():
            await superuser.execute("LOCK TABLE event IN SHARE MODE")
            sending = asyncio.create_task(all_sent(feedback, bodies, "cut"))
            while not sending.done():
                await watching.execute(_WAITING)
                await asyncio.sleep(0.01)
    finally:
        await superuser.close()
        await watching.close()
    cut = await sending
    assert {answer.status_code for answer in cut} == {503}
    assert {answer.headers["retry-after"] for answer in cut} == {"1"}
    again = await all_sent(feedback, bodies, "cut")
    assert {answer.status_code for answer in again} == {200}

    async def shown() -> bool:
        return (await given(feedback, "cut")).total() >= 40

    await eventually(shown)
    assert await given(feedback, "cut") == Counter(body["text"] for body in bodies)
