"""After tokens and cursors: what a reader sends back to us unread."""

from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import pytest
from fastapi import APIRouter, Depends

from chassis import tokens
from chassis.calls import Call, nobody, permits
from chassis.policy import allow
from chassis.problems import Problem
from chassis.record import Consumer
from chassis.store import Answer, StreamVersion
from chassis.tokens import Page, after_token, fresh, pack, paging, parse_after, read_cursor
from tests.chassis.edge import Pool, Toy, app_of, client

STREAM = UUID("00000000-0000-0000-0000-000000000001")
NOTES = Consumer("notes", 1, "own")
NAMES = Consumer("names", 1, "people")
TOKEN = after_token("toy", Answer(1, 9, (StreamVersion(STREAM, 4),)))


def routes() -> APIRouter:
    router = APIRouter()

    @router.get("/notes", dependencies=[Depends(fresh(NOTES, NAMES))])
    async def notes(
        call: Annotated[Call, Depends(permits("list", nobody))],
        page: Annotated[Page, Depends(paging)],
    ) -> dict[str, Any]:
        (start,) = page.start(1)
        rows = [{"n": n} for n in range(7) if start is None or n > start]
        return page.answer(rows[: page.limit + 1], "n")

    return router


async def get(home: Path, path: str, value: object = True) -> Any:
    app = app_of(Toy([routes()], {"list": allow("anyone")}), home, Pool(("anyone",), value=value))
    return await client(app, home).get(path)


def test_an_after_token_comes_back_whole() -> None:
    after = parse_after(TOKEN)
    assert (after.service, after.stream, after.version, after.position) == ("toy", STREAM, 4, 9)


@pytest.mark.parametrize(
    "token", ["", "x", "€", pack([1, 2]), pack({"a": 1}), pack(["a", 1, 2, 3])]
)
def test_what_is_no_after_token_is_refused(token: str) -> None:
    with pytest.raises(Problem) as refused:
        parse_after(token)
    assert refused.value.status == 400


@pytest.mark.parametrize("cursor", ["x", ".", "WzFd.", "WzFd.00", "é.é"])
def test_a_cursor_that_we_did_not_make_is_refused(cursor: str) -> None:
    with pytest.raises(Problem) as refused:
        read_cursor(b"secret", cursor)
    assert refused.value.status == 400


@pytest.mark.asyncio
async def test_pages_hold_each_row_once(tmp_path: Path) -> None:
    seen, path = [], "/notes?limit=3"
    for _ in range(3):
        answer = (await get(tmp_path, path)).json()
        seen += [row["n"] for row in answer["items"]]
        path = f"/notes?limit=3&cursor={answer['next']}"
    assert seen == list(range(7))
    assert answer["next"] is None


@pytest.mark.asyncio
@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x"])
async def test_a_page_has_one_to_two_hundred_rows(tmp_path: Path, query: str) -> None:
    assert (await get(tmp_path, f"/notes?{query}")).status_code == 422


@pytest.mark.asyncio
async def test_a_view_that_has_it_answers(tmp_path: Path) -> None:
    assert (await get(tmp_path, f"/notes?after={TOKEN}", True)).status_code == 200


@pytest.mark.asyncio
@pytest.mark.parametrize("reached", [False, None])
async def test_a_view_that_does_not_get_it_in_time_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reached: bool | None
) -> None:
    monkeypatch.setattr(tokens, "WAIT_S", 0.05)
    answer = await get(tmp_path, f"/notes?after={TOKEN}", reached)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"


@pytest.mark.asyncio
async def test_a_view_that_does_not_hear_the_service_waits_for_nothing(tmp_path: Path) -> None:
    token = after_token("goals", Answer(1, 9, (StreamVersion(STREAM, 4),)))
    assert (await get(tmp_path, f"/notes?after={token}", False)).status_code == 200
