"""A capture route answers as an ordinary route does, whatever it is sent."""

import json
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Literal

import httpx2
import pytest
from fastapi import APIRouter, Depends
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field

from chassis.calls import Call, in_body, permits
from chassis.capture import CaptureRoute
from chassis.policy import allow
from tests.chassis.edge import Pool, Toy, ToyRuleBroken, app_of, client

pytestmark = pytest.mark.asyncio


class RemarkBody(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    goal: Annotated[str, Field(min_length=1, max_length=10)]
    status: Literal["good", "bad"] = "good"


class WordsBody(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    person: str
    text: Annotated[str, Field(min_length=1, max_length=20)]
    on: date = date(2026, 1, 1)
    marks: Annotated[int, Field(ge=1, le=5)] | None = None
    remarks: Annotated[tuple[RemarkBody, ...], Field(max_length=2)] = ()


async def endpoint(
    body: WordsBody, call: Annotated[Call, Depends(permits("say", in_body("person")))]
) -> dict[str, Any]:
    """Say something."""
    if body.text == "break":
        raise ToyRuleBroken("broken, allowed is whole")
    if body.text == "crash":
        raise RuntimeError("not for anybody's eyes")
    call.response.headers["ETag"] = '"7"'
    return {"said": repr(body), "by": call.actor, "held": sorted(call.held)}


Kind = type[APIRoute] | None
Served = Callable[..., httpx2.AsyncClient]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Served:
    """A client of the endpoint under one kind of route; the applications are made once."""
    home = tmp_path_factory.mktemp("home")
    kinds: tuple[Kind, ...] = (None, CaptureRoute)
    apps = {
        kind: app_of(Toy([router(kind)], {"say": allow("own")}), home, Pool()) for kind in kinds
    }

    def of(kind: Kind, *held: str) -> httpx2.AsyncClient:
        apps[kind].state.store.pool = Pool(held)
        return client(apps[kind], home)

    return of


def router(kind: Kind) -> APIRouter:
    made = APIRouter(route_class=kind) if kind else APIRouter()
    made.post("/said", tags=["said"])(endpoint)
    return made


GOOD = {"person": "ann", "text": "well done"}
BODIES: dict[str, bytes] = {
    "good": json.dumps(GOOD).encode(),
    "everything": json.dumps(
        {**GOOD, "on": "2026-02-03", "marks": 5, "remarks": [{"goal": "g", "status": "bad"}]}
    ).encode(),
    "numbers in words": json.dumps({**GOOD, "marks": "4"}).encode(),
    "a day as an instant": json.dumps({**GOOD, "on": "2026-02-03T00:00:00"}).encode(),
    "a day as a number": json.dumps({**GOOD, "on": 86400}).encode(),
    "a float": json.dumps({**GOOD, "marks": 4.0}).encode(),
    "beyond ascii": json.dumps({**GOOD, "text": "größer 🎉"}, ensure_ascii=False).encode(),
    "a name twice": b'{"person": "eve", "person": "ann", "text": "x"}',
    "utf-16": json.dumps(GOOD).encode("utf-16"),
    "no text": json.dumps({"person": "ann"}).encode(),
    "no person": json.dumps({"text": "x"}).encode(),
    "more than is known": json.dumps({**GOOD, "colour": "red"}).encode(),
    "too long": json.dumps({**GOOD, "text": "x" * 21}).encode(),
    "several wrong": json.dumps({**GOOD, "marks": 9, "remarks": [{"goal": ""}, 3]}).encode(),
    "a list": b"[1]",
    "null": b"null",
    "not json": b'{"person": "ann", ',
    "not utf-8": b'{"person": "ann", "text": "\xff"}',
    "a lone surrogate": b'{"person": "ann", "text": "\\ud800"}',
    "u+0000": b'{"person": "ann", "text": "\\u0000"}',
    "a seal": b'{"person": "ann", "text": "\\u0001key.words"}',
    "not a number": b'{"person": "ann", "text": "x", "marks": NaN}',
    "deep": b"[" * 5000,
    "nothing": b"",
    "too large": b'{"person": "ann", "text": "' + b"x" * (1 << 20) + b'"}',
    "a broken rule": json.dumps({**GOOD, "text": "break"}).encode(),
    "a crash": json.dumps({**GOOD, "text": "crash"}).encode(),
}


def comparable(answer: httpx2.Response) -> tuple[int, Any, dict[str, str]]:
    """Without the id under which the log has an unexpected error."""
    body = answer.json()
    body.pop("error_id", None)
    headers = {n: v for n, v in answer.headers.items() if n != "content-length"}
    return answer.status_code, body, headers


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", None])
@pytest.mark.parametrize("held", [("own",), ()])
@pytest.mark.parametrize("name", BODIES)
async def test_both_kinds_of_route_answer_the_same(
    served: Served, name: str, held: tuple[str, ...], content_type: str | None
) -> None:
    headers = {"Idempotency-Key": "k"} | ({"Content-Type": content_type} if content_type else {})
    found = [
        comparable(await served(kind, *held).post("/said", content=BODIES[name], headers=headers))
        for kind in (None, CaptureRoute)
    ]
    assert found[0] == found[1]


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": ""}, {"Idempotency-Key": "two words"}])
async def test_a_key_is_required(served: Served, headers: dict[str, str]) -> None:
    found = [
        comparable(await served(kind, "own").post("/said", json=GOOD, headers=headers))
        for kind in (None, CaptureRoute)
    ]
    assert found[0] == found[1]
    assert found[0][0] == 400


async def test_both_kinds_of_route_are_described_the_same(served: Served) -> None:
    documents = [(await served(kind).get("/openapi.json")).json() for kind in (None, CaptureRoute)]
    assert documents[0] == documents[1]
    assert "WordsBody" in documents[0]["components"]["schemas"]
