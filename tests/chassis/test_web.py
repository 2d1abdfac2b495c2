"""The edge of a service: what every route refuses, and how it says so."""

import re
from pathlib import Path
from typing import Annotated, Any

import httpx2
import pytest
from fastapi import APIRouter, Depends, FastAPI, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.routing import Route

from chassis import metrics
from chassis.calls import Call, in_body, in_path, nobody, owner_of, permits
from chassis.policy import allow
from chassis.web import BODY_LIMIT, RouteWithoutPermit
from tests.chassis.edge import Pool, Toy, ToyRuleBroken, app_of, client

pytestmark = pytest.mark.asyncio
POLICY = {
    "read_pay": allow("own", "hrbp", logged=True),
    "write_note": allow("own", "report"),
    "see_plan": allow("anyone"),
}
SECRET = "Ann earns 120000"
KEY = {"Idempotency-Key": "k1"}


class ToyIsBroken(ToyRuleBroken):
    """A rule, named as a sentence."""


class NoteBody(BaseModel):
    model_config = ConfigDict(extra="forbid")
    person: str
    text: str = Field(max_length=20)
    annual: int = Field(default=0, le=10)


def routes() -> APIRouter:
    router = APIRouter()

    @router.get("/pay/{person}")
    async def pay(
        call: Annotated[Call, Depends(permits("read_pay", in_path("person")))],
    ) -> dict[str, Any]:
        return {"actor": call.actor, "subject": call.subject, "held": sorted(call.held)}

    @router.post("/notes")
    async def note(
        body: NoteBody, call: Annotated[Call, Depends(permits("write_note", in_body("person")))]
    ) -> dict[str, Any]:
        if body.text == "break":
            raise ToyIsBroken("the toy is broken, allowed is whole")
        if body.text == "crash":
            raise RuntimeError(SECRET)
        return {"fingerprint": call.context.fingerprint.hex(), "version": call.expected_version()}

    @router.post("/import")
    async def take(
        request: Request, call: Annotated[Call, Depends(permits("write_note", nobody))]
    ) -> dict[str, Any]:
        return {"bytes": len(await request.body())}

    @router.get("/plans/{plan}")
    async def plan(
        call: Annotated[Call, Depends(permits("see_plan", owner_of("plan")))],
    ) -> dict[str, Any]:
        return {"subject": call.subject}

    return router


def toy(home: Path, pool: Pool) -> FastAPI:
    return app_of(Toy([routes()], POLICY), home, pool)


def of(home: Path, *held: str, actor: str = "ann", **pool: Any) -> httpx2.AsyncClient:
    return client(toy(home, Pool(held=held, **pool)), home, actor)


def problem(answer: httpx2.Response, status: int, kind: str) -> dict[str, Any]:
    """The problem document of an answer, which has this status and type."""
    assert (answer.status_code, answer.headers["content-type"]) == (
        status,
        "application/problem+json",
    ), answer.text
    document: dict[str, Any] = answer.json()
    assert document["type"] == f"urn:merit:{kind}"
    assert document["status"] == status
    return document


async def test_who_holds_a_relation_is_let_through(tmp_path: Path) -> None:
    answer = await of(tmp_path, "own").get("/pay/ann")
    assert answer.json() == {"actor": "ann", "subject": "ann", "held": ["own"]}


async def test_who_holds_none_is_denied_by_name_and_counted(tmp_path: Path) -> None:
    answer = await of(tmp_path, "report").get("/pay/ben")
    assert problem(answer, 403, "denied:read_pay")["rule"] == "read_pay"
    assert b'merit_denied_total{action="read_pay",service="toy"}' in metrics.exposition()


async def test_an_unknown_actor_is_denied(tmp_path: Path) -> None:
    problem(await of(tmp_path, "own", actor_known=False).get("/pay/ann"), 403, "denied:read_pay")


async def test_an_unknown_subject_is_asked_for_again(tmp_path: Path) -> None:
    answer = await of(tmp_path, "hrbp", subject_known=False).get("/pay/new")
    problem(answer, 503, "not-yet")
    assert answer.headers["retry-after"] == "1"


@pytest.mark.parametrize("header", ["", "Basic x", "Bearer", "Bearer a.b.c"])
async def test_without_a_valid_token_nobody_is_anybody(tmp_path: Path, header: str) -> None:
    answer = await of(tmp_path, "own").get("/pay/ann", headers={"Authorization": header})
    problem(answer, 401, "not-authenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(("actor", "looks"), [("ann", 0), ("hr", 1)])
async def test_a_look_at_anothers_pay_is_kept(tmp_path: Path, actor: str, looks: int) -> None:
    pool = Pool(held=("own", "hrbp"))
    answer = await client(toy(tmp_path, pool), tmp_path, actor).get("/pay/ann")
    assert answer.status_code == 200
    assert [row[1:4] for row in pool.executed] == [("ann", "hr", "read_pay")] * looks


async def test_a_denied_look_is_not_kept_as_a_look(tmp_path: Path) -> None:
    pool = Pool(held=("report",))
    await client(toy(tmp_path, pool), tmp_path, "hr").get("/pay/ann")
    assert pool.executed == []


async def test_a_command_needs_an_idempotency_key(tmp_path: Path) -> None:
    answer = await of(tmp_path, "own").post("/notes", json={"person": "ann", "text": "x"})
    problem(answer, 400, "idempotency-key-required")


async def test_the_fingerprint_is_of_the_request(tmp_path: Path) -> None:
    ann = of(tmp_path, "own")
    headers = KEY | {"If-Match": '"3"'}
    bodies = [{"person": "ann", "text": text} for text in ("x", "x", "y")]
    answers = [(await ann.post("/notes", json=body, headers=headers)).json() for body in bodies]
    first, again, other = (answer["fingerprint"] for answer in answers)
    assert first == again != other
    assert answers[0]["version"] == 3


@pytest.mark.parametrize(
    ("header", "status", "kind"),
    [({}, 428, "if-match-required"), ({"If-Match": "3"}, 412, "stale")],
)
async def test_a_change_of_text_needs_the_version_that_was_read(
    tmp_path: Path, header: dict[str, str], status: int, kind: str
) -> None:
    body = {"person": "ann", "text": "x"}
    answer = await of(tmp_path, "own").post("/notes", json=body, headers=KEY | header)
    problem(answer, status, kind)


async def test_a_broken_rule_is_a_conflict_named_as_a_sentence(tmp_path: Path) -> None:
    body = {"person": "ann", "text": "break"}
    answer = await of(tmp_path, "own").post("/notes", json=body, headers=KEY)
    document = problem(answer, 409, "rule:toy-is-broken")
    assert document["title"] == "Toy is broken"
    assert document["detail"] == "the toy is broken, allowed is whole"


async def test_a_crash_says_nothing_but_where_to_look(tmp_path: Path) -> None:
    body = {"person": "ann", "text": "crash"}
    answer = await of(tmp_path, "own").post("/notes", json=body, headers=KEY)
    assert len(problem(answer, 500, "unexpected")["error_id"]) == 36
    assert SECRET not in answer.text


async def test_a_body_that_is_not_valid_is_described_without_saying_it(tmp_path: Path) -> None:
    body = {"person": "ann", "text": SECRET * 2, "annual": 120_000, "more": SECRET}
    answer = await of(tmp_path, "own").post("/notes", json=body, headers=KEY)
    errors = {each["field"]: each for each in problem(answer, 422, "invalid-request")["errors"]}
    assert errors["text"]["found"] == "text of 32 characters"
    assert errors["annual"]["allowed"] == "Input should be less than or equal to 10"
    assert errors["more"]["allowed"] == "Extra inputs are not permitted"
    assert "120000" not in answer.text


@pytest.mark.parametrize(
    "body",
    [
        b'{"person": "ann", "text": "\\u0001k.AAAA"}',
        b'{"person": "ann", "text": "a\\u0000"}',
        b'{"person": "ann", "text": "\\ud800"}',
        b'{"person": "ann", "\\u0001": ["x"]}',
        b'{"person": "ann", "text": "\x01"}',
        b'{"person": "ann"',
        b'{"person": ["ann"], "text": "x"}',
        b"[]",
        b"",
    ],
)
async def test_text_that_could_pass_as_sealed_or_is_no_text_is_refused(
    tmp_path: Path, body: bytes
) -> None:
    headers = KEY | {"Content-Type": "application/json"}
    answer = await of(tmp_path, "own").post("/notes", content=body, headers=headers)
    problem(answer, 422, "invalid-request")


@pytest.mark.parametrize(("body", "status"), [(b"a;b\n", 200), (b"a;\x01b", 422), (b"\x00", 422)])
async def test_a_file_holds_text_too(tmp_path: Path, body: bytes, status: int) -> None:
    answer = await of(tmp_path, "own").post("/import", content=body, headers=KEY)
    assert answer.status_code == status


async def test_addresses_hold_text_too(tmp_path: Path) -> None:
    problem(await of(tmp_path, "own").get("/pay/%00"), 422, "invalid-request")


async def test_a_body_over_the_limit_is_refused_even_without_a_length(tmp_path: Path) -> None:
    async def chunks() -> Any:
        for _ in range(BODY_LIMIT // 65_536 + 1):
            yield b" " * 65_536

    headers = KEY | {"Content-Type": "application/json"}
    answer = await of(tmp_path, "own").post("/notes", content=chunks(), headers=headers)
    problem(answer, 413, "body-too-large")


async def test_what_is_not_there_and_what_is_not_done_are_problems_too(tmp_path: Path) -> None:
    ann = of(tmp_path, "own")
    problem(await ann.get("/nowhere"), 404, "not-found")
    problem(await ann.delete("/notes"), 405, "method-not-allowed")


@pytest.mark.parametrize(
    ("key", "expected"),
    [("ann", "ann"), ("00000000-0000-0000-0000-000000000001", None)],
)
async def test_a_streams_key_says_whom_it_is_about(
    tmp_path: Path, key: str, expected: str | None
) -> None:
    ann = of(tmp_path, "anyone", value=key)
    answer = await ann.get("/plans/00000000-0000-0000-0000-000000000001")
    assert answer.json() == {"subject": expected}


@pytest.mark.parametrize("plan", ["no-uuid", "00000000-0000-0000-0000-000000000001"])
async def test_a_stream_that_is_not_there_is_not_found(tmp_path: Path, plan: str) -> None:
    problem(await of(tmp_path, "anyone").get(f"/plans/{plan}"), 404, "not-found")


async def test_a_route_that_asks_no_rule_is_refused_at_start(tmp_path: Path) -> None:
    router = APIRouter()

    @router.get("/open")
    async def open_to_all() -> dict[str, str]:
        return {}

    with pytest.raises(RouteWithoutPermit, match="/open: no permit"):
        app_of(Toy([router]), tmp_path, Pool())


async def test_a_rule_that_the_policy_does_not_have_is_refused_at_start(tmp_path: Path) -> None:
    with pytest.raises(RouteWithoutPermit, match="write_note"):
        app_of(Toy([routes()], {"read_pay": allow("own")}), tmp_path, Pool())


async def test_the_openapi_document_says_action_key_scheme_and_problems(tmp_path: Path) -> None:
    document = toy(tmp_path, Pool()).openapi()
    operation = document["paths"]["/notes"]["post"]
    assert operation["x-action"] == "write_note"
    assert operation["security"] == [{"bearer": []}]
    assert [p["name"] for p in operation["parameters"]] == ["Idempotency-Key"]
    assert "application/problem+json" in operation["responses"]["403"]["content"]
    assert "application/json" not in operation["responses"]["422"]["content"]
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert document["paths"]["/access-log/{person}"]["get"]["x-action"] == "read_access_log"


async def test_a_plain_starlette_route_is_refused(tmp_path: Path) -> None:
    async def plain(request: Request) -> Response:
        return Response("no permit was asked")

    router = APIRouter(routes=[Route("/plain", plain, methods=["POST"])])
    with pytest.raises(RouteWithoutPermit, match="/plain"):
        app_of(Toy([router], POLICY), tmp_path, Pool())


async def test_health_and_metrics_ask_nobody(tmp_path: Path) -> None:
    anyone = of(tmp_path)
    anyone.headers.pop("Authorization")
    assert (await anyone.get("/health/live")).json()["status"] == "live"
    assert (await anyone.get("/health/ready")).json()["status"] == "ready"
    assert (
        'merit_request_seconds_count{method="GET",route="/health/live"'
        in (await anyone.get("/metrics")).text
    )


async def test_the_page_of_the_api_asks_no_other_host_for_anything(tmp_path: Path) -> None:
    client = of(tmp_path, "own")
    page = (await client.get("/docs")).text
    wanted = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert wanted
    for address in wanted:
        assert address.startswith("/docs/files/")
        assert (await client.get(address)).status_code == 200
