"""The client: waits out a 503, turns every refusal into a sentence, finds persons."""

import httpx2
import pytest

from cli.client import Body, Client, NotYet, Refused
from cli.console import Failed
from cli.people_names import Directory, actor, resolve, with_role
from tests.cli.fakes import ANN, BO, CY, FakePlatform, problem, recorded


def test_a_service_that_is_not_ready_yet_is_asked_again_with_the_same_key() -> None:
    answers = [problem(503, "urn:merit:not-yet", "Not heard of yet"), recorded()]
    platform = FakePlatform().on("people", "POST /x", lambda request: answers.pop(0))
    assert platform.client().send("people", "POST", "/x", Body({}))["events"] == 1
    first, second = platform.commands()
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
    assert 0 < platform.slept[0] <= 0.2


def test_the_client_gives_up_and_says_so_in_one_sentence() -> None:
    no = problem(503, "urn:merit:not-yet", "Not heard of yet", detail="Unknown person.")
    platform = FakePlatform().on("people", "GET /x", lambda request: no)
    with pytest.raises(NotYet, match="people is not able to answer yet after 0 s: Not heard of"):
        platform.client(patience_s=0).read("people", "/x")


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (
            problem(403, "urn:merit:denied:sign_plan", "Not permitted", rule="sign_plan"),
            "people does not let admin-1 do this (rule 'sign_plan').",
        ),
        (
            problem(409, "urn:merit:rule:goal-is-agreed", "Goal is agreed", detail="goal g is."),
            "people refuses: Goal is agreed: goal g is. (rule goal-is-agreed)",
        ),
        (
            problem(
                422,
                "urn:merit:invalid-request",
                "The request is not valid",
                errors=[{"field": "weight", "found": "a number", "allowed": "1 to 100"}],
            ),
            "people: The request is not valid\n  weight: found a number; 1 to 100",
        ),
        (
            problem(500, "urn:merit:unexpected", "Something went wrong", error_id="e-1"),
            "people failed; `./merit logs people` has it under error id e-1.",
        ),
        (problem(404, "urn:merit:not-found", "There is no such plan"), "There is no such plan"),
        (problem(428, "urn:merit:if-match-required", "If-Match is required"), "--if-match VERSION"),
        (httpx2.Response(502, text="<html>"), "people: HTTP 502"),
    ],
)
def test_a_refusal_is_told_in_words(answer: httpx2.Response, sentence: str) -> None:
    with pytest.raises(Refused) as refusal:
        FakePlatform().on("people", "GET /x", answer).client().read("people", "/x")
    assert sentence in str(refusal.value)


def test_a_service_that_does_not_run_is_named() -> None:
    with pytest.raises(Failed, match="goals does not run"):
        FakePlatform().client().read("goals", "/x")


def test_a_lost_connection_is_one_sentence() -> None:
    def cut(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("refused")

    http = httpx2.Client(transport=httpx2.MockTransport(cut))
    client = Client("a", lambda actor: actor, lambda: {"people": "http://people:1"}, http)
    with pytest.raises(Failed, match="people cannot be reached at people:1"):
        client.read("people", "/x")


def test_every_page_of_a_list_is_read() -> None:
    pages = {"": ([1, 2], "c"), "c": ([3], None)}

    def page(request: httpx2.Request) -> dict[str, object]:
        items, following = pages[request.url.params.get("cursor", "")]
        return {"items": items, "next": following}

    platform = FakePlatform().on("people", "GET /x", page)
    assert list(platform.client().read_all("people", "/x")) == [1, 2, 3]


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("1001", ANN),
        ("ann lee", ANN),
        ("Fox, Cy", CY),
        ("Cy", CY),
        (BO, BO),
        ("admin-2", "admin-2"),
    ],
)
def test_a_person_is_found_by_number_name_or_id(text: str, person: str) -> None:
    assert resolve(FakePlatform().client(), text) == person


def test_a_name_that_several_people_have_lists_them() -> None:
    with pytest.raises(Failed, match=r"can be 2 people(?s:.)*1001 +Ann Lee\n +1002 +Bo Lee"):
        resolve(FakePlatform().client(), "Lee")


def test_an_unknown_name_is_said_to_be_one() -> None:
    with pytest.raises(Failed, match="nobody has the employee number or the name 'Zed'"):
        resolve(FakePlatform().client(), "Zed")


def test_the_first_role_that_somebody_holds_over_everybody_decides_who_reads() -> None:
    client = FakePlatform().client()
    assert with_role(client, "hrbp", "aud") == CY
    assert with_role(client, "fin") is None
    assert actor(client, None, "fin", otherwise=ANN).actor == ANN
    assert actor(client, "1001", "aud").actor == ANN


def test_names_are_asked_for_once() -> None:
    platform = FakePlatform()
    directory = Directory(platform.client())
    assert [directory.name(ANN), directory.name(ANN)] == ["Ann Lee (1001)"] * 2
    assert directory.name("admin-1") == "admin-1"
    assert len(platform.sent) == 1
