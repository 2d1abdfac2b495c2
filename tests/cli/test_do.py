"""do: commands made from an OpenAPI document, with typed fields and clear refusals."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import BaseModel, Field

from tests.cli.fakes import ANN, BO, FakePlatform, problem, recorded


class MoneyBody(BaseModel):
    minor: int
    currency: str


class Line(BaseModel):
    title: Annotated[str, Field(min_length=1, max_length=20)]
    weight_pct: Decimal


class Content(BaseModel):
    goals: list[Line]
    note: str = ""


class PlanBody(BaseModel):
    manager: str
    content: Content
    measure: Literal["higher", "lower"] = "higher"
    due: date | None = None
    steps: list[str] = []
    bonus: MoneyBody | None = None
    level: Annotated[int, Field(ge=1, le=5)] = 3
    final: bool = False


app = FastAPI()


@app.post("/plans/{person}/{period}/propose")
def propose_plan(person: str, period: str, body: PlanBody, draft: bool = False) -> dict[str, Any]:
    """Propose a plan.  It is signed later."""
    return {}


class NoteBody(BaseModel):
    note: str = ""


@app.post("/plans/{person}/close")
def close_plan(person: str, body: NoteBody) -> dict[str, Any]:
    """Close it."""
    return {}


@app.post("/plans/{person}/sign")
def sign_plan(person: str) -> dict[str, Any]:
    """Sign it."""
    return {}


@app.get("/plans/{person}")
def show_plan(person: str, on: date | None = None) -> dict[str, Any]:
    """The plan in force."""
    return {}


PLAN = {"goals": [{"title": "Sell", "weight_pct": "60"}], "weight": "0.5"}


@pytest.fixture
def platform() -> FakePlatform:
    found = FakePlatform(services=("people", "goals")).serves("goals", app)
    found.on("goals", f"POST /plans/{ANN}/2026/propose", recorded(plan="p-1"))
    return found.on("goals", f"GET /plans/{ANN}", PLAN)


WORDS = ("do", "goals.propose_plan", "--as", "1001", "person=1001", "period=2026", "manager=1002")
GOALS = 'content.goals=[{"title": "Sell", "weight_pct": 62.50}]'


def test_a_command_is_sent_with_path_and_body(platform: FakePlatform) -> None:
    result = platform.run(*WORDS, GOALS, "due=2026-12-31", "bonus=1,234.50 EUR", "level=4")
    assert result.exit_code == 0, result.output
    assert "recorded 1 event" in result.output
    (sent,) = platform.commands()
    assert (sent.actor, sent.params) == (ANN, {})
    assert sent.body == {
        "manager": BO,
        "content": {"goals": [{"title": "Sell", "weight_pct": "62.50"}]},
        "due": "2026-12-31",
        "bonus": {"minor": 123450, "currency": "EUR"},
        "level": 4,
    }


def test_a_body_is_sent_where_there_is_one_even_if_nothing_is_said(platform: FakePlatform) -> None:
    for name in ("close", "sign"):
        platform.on("goals", f"POST /plans/{ANN}/{name}", recorded(0))
        result = platform.run("do", f"goals.{name}_plan", "--as", "1001", "person=1001")
        assert result.stdout == "already so\n"
    assert [sent.body for sent in platform.commands()] == [{}, None]


def test_items_are_given_one_by_one(platform: FakePlatform) -> None:
    first = ("content.goals.0.title=Sell", "content.goals.0.weight_pct=60")
    second = ("content.goals.1.title=Save", "content.goals.1.weight_pct=40", "content.note=@@me")
    assert platform.run(*WORDS, *first, *second, "steps=a, b", "draft=yes").exit_code == 0
    (sent,) = platform.commands()
    assert sent.body["content"]["goals"][1] == {"title": "Save", "weight_pct": "40"}
    assert sent.body["content"]["note"] == "@me"
    assert (sent.body["steps"], sent.params) == (["a", "b"], {"draft": "True"})


def test_a_value_or_the_whole_body_comes_from_a_file(
    platform: FakePlatform, tmp_path: Path
) -> None:
    lines, whole = tmp_path / "goals.toml", tmp_path / "body.json"
    lines.write_text('[[goals]]\ntitle = "Sell"\nweight_pct = 62.5\n')
    assert platform.run(*WORDS, f"content.goals=@{lines}").exit_code == 0
    whole.write_text(json.dumps({"content": {"goals": []}, "level": 2}))
    assert platform.run(*WORDS, f"@{whole}").exit_code == 0
    by_value, by_body = platform.commands()
    assert by_value.body["content"]["goals"] == [{"title": "Sell", "weight_pct": "62.5"}]
    assert by_body.body == {"manager": BO, "content": {"goals": []}, "level": 2}


def test_everything_that_is_wrong_is_said_at_once(platform: FakePlatform) -> None:
    result = platform.run(*WORDS[:-1], "measur=higher", "level=high", "measure=best", "due")
    said = str(result.exception)
    assert result.exit_code == 1
    assert "measur: there is no such field; did you mean measure?" in said
    assert "level: found 'high'; allowed: a whole number" in said
    assert "measure: found 'best'; allowed: higher, lower" in said
    assert "due: write it as key=value" in said
    assert "manager: missing" in said
    assert "content: missing" in said
    assert not platform.commands()


def test_a_question_prints_its_answer(platform: FakePlatform) -> None:
    plain = platform.run("do", "goals.show_plan", "--as", "1001", "person=Ann Lee")
    assert plain.stdout == "goals\n  title  weight_pct\n  Sell   60\nweight  0.5\n"
    told = platform.run("do", "goals.show_plan", "--as", "1001", "person=1001", "--json")
    assert json.loads(told.stdout)["weight"] == "0.5"


def test_a_file_is_printed_as_it_is(platform: FakePlatform) -> None:
    file = httpx2.Response(200, text="line,amount\r\n1,2.00\r\n")
    platform.on("goals", f"GET /plans/{ANN}", file)
    said = platform.run("do", "goals.show_plan", "--as", "1001", "person=1001")
    assert said.stdout_bytes == b"line,amount\r\n1,2.00\r\n"


def test_many_at_once_are_counted_and_the_refused_are_shown(platform: FakePlatform) -> None:
    rows = [{"award": str(n), "outcome": "approved"} for n in range(3)]
    rows.append({"award": "9", "outcome": "refused", "rule": "Own award"})
    answer = {"results": rows, "remaining": 0, "after": "token"}
    platform.on("goals", f"POST /plans/{ANN}/sign", answer)
    result = platform.run("do", "goals.sign_plan", "--as", "1001", "person=1001")
    assert result.stdout == (
        "3 approved, 1 refused\naward  outcome  rule\n9      refused  Own award\n"
    )


def test_a_refusal_is_a_document_for_programs(platform: FakePlatform) -> None:
    no = problem(409, "urn:merit:rule:plan-is-signed", "Plan is signed")
    platform.on("goals", f"POST /plans/{ANN}/2026/propose", no)
    result = platform.run(*WORDS, GOALS, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["type"] == "urn:merit:rule:plan-is-signed"


def test_help_shows_fields_kinds_and_allowed_values(platform: FakePlatform) -> None:
    said = platform.run("do", "goals.propose_plan", "--help").stdout
    assert "Propose a plan." in said
    for words in ("content.goals.0.weight_pct", "higher | lower", "whole number, 1 to 5"):
        assert words in said
    assert "text, 1 to 20 characters" in said


def test_the_list_shows_commands_and_questions(platform: FakePlatform) -> None:
    said = platform.run("do", "--list", "goals").stdout
    assert said.index("goals.propose_plan") < said.index("questions") < said.index("show_plan")
    found = json.loads(platform.run("do", "--list", "goals", "--json").stdout)
    assert ("goals.propose_plan", "POST") in [(one["name"], one["method"]) for one in found]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("do", "goals.propose_plans"), "did you mean goals.propose_plan, goals.close_plan?"),
        (("do", "propose_plan"), "write it as SERVICE.COMMAND"),
        (("do", "goals.propose_plan", "person=1"), "say who does it"),
        (("do", "payroll.seal"), "payroll does not run"),
    ],
)
def test_a_wrong_name_is_answered_with_what_there_is(
    platform: FakePlatform, words: tuple[str, ...], said: str
) -> None:
    assert said in str(platform.run(*words).exception)
