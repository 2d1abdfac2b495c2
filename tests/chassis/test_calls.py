"""A request from token to answer, on a real store: who may, what is done once, what is kept."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any

import httpx2
import pytest
import pytest_asyncio
from fastapi import APIRouter, Depends, FastAPI
from pydantic import BaseModel

from chassis.calls import Call, in_path, owner_of, permits
from chassis.ids import stream_id
from chassis.policy import allow
from chassis.sealing import is_sealed
from chassis.service import Service, open_store
from chassis.settings import Settings
from chassis.store import Ref, Store
from chassis.web import create_app
from cli.platform.servers import Servers
from tests.chassis.edge import client

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]


class ToyRuleBroken(Exception):
    """The toy's rules."""


class NoteIsEmpty(ToyRuleBroken):
    """A note says something."""


@dataclass(frozen=True, slots=True)
class NoteWritten:
    person: str
    text: Annotated[str, "personal:person"]


@dataclass(frozen=True, slots=True)
class WriteNote:
    person: str
    text: str


def decide(state: int, command: WriteNote) -> list[NoteWritten]:
    if not command.text:
        raise NoteIsEmpty("the note has 0 characters, allowed is 1 or more")
    return [] if command.text == "nothing" else [NoteWritten(command.person, command.text)]


NOTES = SimpleNamespace(INITIAL=0, evolve=lambda state, event: state + 1, decide=decide)


class NoteBody(BaseModel):
    text: str


def routes() -> APIRouter:
    router = APIRouter()

    @router.post("/notes/{person}")
    async def write(
        body: NoteBody, call: Annotated[Call, Depends(permits("write", in_path("person")))]
    ) -> dict[str, Any]:
        assert call.subject is not None
        ref = Ref("notes", stream_id("notes", call.subject), call.subject)
        return await call.execute(NOTES, ref, WriteNote(call.subject, body.text))

    @router.put("/notes/{person}")
    async def rewrite(
        body: NoteBody, call: Annotated[Call, Depends(permits("write", in_path("person")))]
    ) -> dict[str, Any]:
        assert call.subject is not None
        ref = Ref("notes", stream_id("notes", call.subject), call.subject)
        command = WriteNote(call.subject, body.text)
        return await call.execute(NOTES, ref, command, call.expected_version())

    @router.get("/streams/{notes}")
    async def read(
        call: Annotated[Call, Depends(permits("read", owner_of("notes")))],
    ) -> dict[str, Any]:
        rows = await call.fetch("SELECT data->>'text' AS text FROM event ORDER BY position")
        assert all(is_sealed(row["text"]) for row in rows)
        return {"texts": [row["text"] for row in await call.opened(rows)]}

    return router


TOY = Service(
    name="toy",
    events={("toy.NoteWritten", 1): NoteWritten},
    rule_broken=ToyRuleBroken,
    policy={"write": allow("own", "report"), "read": allow("own", "report", logged=True)},
    routers=[routes()],
    consumers=[],
    migrations=Path(__file__).with_name("no-migrations"),
)


@pytest_asyncio.fixture(scope="module")
async def store(
    servers: Servers, prefix: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Store]:
    home = tmp_path_factory.mktemp("home")
    async with open_store(TOY, Settings(postgres=servers.postgres, prefix=prefix, home=home)) as s:
        for person, manager in (("ann", "mia"), ("mia", None), ("ben", None)):
            await s.pool.execute(
                """INSERT INTO person_fact
                   VALUES ($1, 1, 'assigned', $2, 'sales', 'gmbh', $3, $4)""",
                *(person, manager, date(2020, 1, 1), s.clock()),
            )
        yield s


@pytest.fixture
def app(store: Store) -> FastAPI:
    app = create_app(TOY, store.settings)
    app.state.store = store
    return app


async def write(
    app: FastAPI, store: Store, key: str, text: str, actor: str = "ann"
) -> httpx2.Response:
    """What comes back when the actor writes a note about ann."""
    async with client(app, store.settings.home, actor, store.clock()) as someone:
        headers = {"Idempotency-Key": key}
        return await someone.post("/notes/ann", json={"text": text}, headers=headers)


async def test_a_command_answers_what_it_did_and_a_repeat_the_same(
    app: FastAPI, store: Store
) -> None:
    first, again = [await write(app, store, "once", "hello") for _ in range(2)]
    assert first.json() == again.json()
    assert first.json()["events"] == 1
    assert first.headers["etag"] == f'"{first.json()["streams"][0]["version"]}"'
    other = await write(app, store, "once", "other")
    assert other.status_code == 422
    assert other.json()["type"] == "urn:merit:idempotency-key-reused"


async def test_a_key_belongs_to_the_actor(app: FastAPI, store: Store) -> None:
    answers = [await write(app, store, "shared", "hello", actor) for actor in ("ann", "mia")]
    assert answers[0].json()["streams"][0]["version"] < answers[1].json()["streams"][0]["version"]


async def test_what_was_already_so_is_answered_too(app: FastAPI, store: Store) -> None:
    assert (await write(app, store, "empty", "nothing")).json()["events"] == 0


async def test_a_broken_rule_leaves_nothing_behind(app: FastAPI, store: Store) -> None:
    assert (await write(app, store, "bad", "")).json()["type"] == "urn:merit:rule:note-is-empty"
    assert (await write(app, store, "bad", "better")).status_code == 200


async def test_what_was_decided_on_an_older_version_is_refused(app: FastAPI, store: Store) -> None:
    async def rewrite(key: str, seen: str) -> httpx2.Response:
        async with client(app, store.settings.home, "ann", store.clock()) as ann:
            headers = {"Idempotency-Key": key, "If-Match": seen}
            return await ann.put("/notes/ann", json={"text": key}, headers=headers)

    seen = (await write(app, store, "looked", "at this")).headers["etag"]
    first, late = await rewrite("first", seen), await rewrite("late", seen)
    assert (first.status_code, late.status_code) == (200, 412)
    assert late.json()["type"] == "urn:merit:stale"
    assert (await rewrite("first", seen)).json() == first.json()
    assert (await rewrite("late", first.headers["etag"])).status_code == 200


async def test_who_may_not_is_denied_before_anything_is_done(app: FastAPI, store: Store) -> None:
    before = await store.pool.fetchval("SELECT count(*) FROM event")
    assert (await write(app, store, "x", "hello", "ben")).status_code == 403
    assert await store.pool.fetchval("SELECT count(*) FROM event") == before


async def test_a_managers_look_is_kept_and_shown_to_the_person(app: FastAPI, store: Store) -> None:
    await write(app, store, "seen", "see me")
    path = f"/streams/{stream_id('notes', 'ann')}"
    async with client(app, store.settings.home, "mia", store.clock()) as mia:
        assert "see me" in (await mia.get(path)).json()["texts"]
        assert (await mia.get("/access-log/ann")).status_code == 403
    async with client(app, store.settings.home, "ann", store.clock()) as ann:
        looks = (await ann.get("/access-log/ann")).json()["items"]
        assert [(look["actor"], look["action"]) for look in looks] == [("mia", "read")]
        assert (await ann.get(path)).status_code == 200
        assert len((await ann.get("/access-log/ann")).json()["items"]) == 1


async def test_an_erased_person_reads_as_erased_and_is_not_written_about(
    app: FastAPI, store: Store
) -> None:
    await write(app, store, "last", "goodbye")
    await store.keys.destroy("ann")
    assert (await write(app, store, "later", "more")).json()["type"] == "urn:merit:person-erased"
    async with client(app, store.settings.home, "ann", store.clock()) as ann:
        texts = (await ann.get(f"/streams/{stream_id('notes', 'ann')}")).json()["texts"]
    assert set(texts) == {"[erased]"}
