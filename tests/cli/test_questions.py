"""todo, waiting, contract, history, access log, explain, parked: asked of a platform of answers."""

import json
from typing import Any

import httpx2
import pytest

from chassis.ids import stream_id
from cli.commands.history import summary
from cli.moments import instant_of
from tests.cli.fakes import ANN, BO, CY, FakePlatform, problem

NOT_YET = problem(503, "urn:merit:not-yet", "Not heard of yet", detail="Unknown person.")
DENIED = problem(403, "urn:merit:denied:read_history", "Not permitted", rule="read_history")


def task(due: str | None, title: str, **more: Any) -> dict[str, Any]:
    plain = {"person": ANN, "what": "x", "title": title, "due": due, "command": "goals.x"}
    return {**plain, **more}


def test_todo_merges_what_every_service_knows_by_the_day_it_is_due() -> None:
    platform = FakePlatform(services=("people", "goals", "appraisal"))
    later = task(None, "Decide")
    platform.on("goals", "GET /todo", {"items": [later, task("2026-03-01", "Sign", about=BO)]})
    platform.on(
        "appraisal",
        "GET /todo",
        {"items": [task("2026-02-01", "Rate", arguments={"cycle": "2026", "person": ANN})]},
    )
    result = platform.run("todo", "--as", "1001")
    assert result.stdout.splitlines() == [
        "2026-02-01  Rate",
        "            ./merit do goals.x --as 1001 cycle=2026 person=1001",
        "2026-03-01  Sign, Bo Lee (1002)",
        "            ./merit do goals.x --as 1001",
        "any time    Decide",
        "            ./merit do goals.x --as 1001",
    ]
    assert {sent.actor for sent in platform.sent if sent.path == "/todo"} == {ANN}
    told = json.loads(platform.run("todo", "--as", "Ann Lee", "--json").stdout)
    assert [item["title"] for item in told["items"]] == ["Rate", "Sign", "Decide"]


def test_a_service_that_does_not_know_yet_is_named_and_the_others_answer() -> None:
    platform = FakePlatform(services=("people", "goals", "payroll"), stopped=("feedback",))
    platform.on("goals", "GET /todo", {"items": []}).on("payroll", "GET /todo", NOT_YET)
    result = platform.run("todo", "--as", "1001")
    assert result.stdout == "nothing is due from Ann Lee (1001)\n"
    assert result.stderr == "without feedback: it does not run\nwithout payroll: Unknown person.\n"


def test_waiting_says_what_each_award_waits_for() -> None:
    award = {"award": "a", "person": ANN, "cycle": "2026", "status": "waiting"}
    item = {**award, "since": "2026-05-01T08:00:00Z", "reasons": ["no_range", "no_manager"]}
    platform = FakePlatform(services=("people", "compensation"))
    platform.on("compensation", "GET /waiting", {"items": [item], "next": None})
    said = platform.run("waiting").stdout
    assert "Ann Lee (1001)  2026   waiting" in said
    assert "no range, no manager" in said
    assert platform.sent[-2].actor == BO


PLAN = str(stream_id("plan", ANN, "2026"))
CONTRACT = {
    "plan": PLAN,
    "revision": 2,
    "person": ANN,
    "manager": BO,
    "period_start": "2026-01-01",
    "period_end": "2026-12-31",
    "effective_on": "2026-07-01",
    "job": "developer",
    "job_version": 1,
    "reason": "other market",
    "content": {
        "goals": [
            {
                "title": "Sell more",
                "unit": "EUR",
                "measure": "higher",
                "rollup": "sum",
                "baseline": None,
                "threshold": "80",
                "target": "100",
                "stretch": "120",
                "floor_pct": None,
                "cap_pct": "150",
                "zero_table": [],
                "weight_pct": "100",
                "link": {"kind": "objective", "code": "growth"},
            }
        ],
        "competencies": [
            {
                "name": "Teamwork",
                "expected_level": 3,
                "weight_pct": "100",
                "anchors": "helps others",
                "link": {"kind": "responsibility", "code": "r1"},
            }
        ],
        "goals_weight_pct": "70",
        "competencies_weight_pct": "30",
    },
    "content_hash": "hash-2",
    "previous_hash": "hash-1",
    "hash_matches": True,
    "employee_signed_at": "2026-06-30T10:00:00Z",
    "manager_signed_at": "2026-06-30T11:00:00Z",
    "revisions": [
        {"plan": PLAN, "revision": 2, "effective_on": "2026-07-01", "content_hash": "hash-2"},
        {"plan": PLAN, "revision": 1, "effective_on": "2026-01-01", "content_hash": "hash-1"},
    ],
}


def test_the_contract_is_printed_as_it_was_signed() -> None:
    platform = FakePlatform(services=("people", "goals"))
    platform.on("goals", f"GET /contracts/{ANN}", CONTRACT)
    said = platform.run("show", "contract", "1001", "--period", "2026").stdout
    for words in (
        "Performance contract of Ann Lee (1001) with Bo Lee (1002)",
        "revision      2, counts from 2026-07-01",
        "reason        other market",
        "Goals, 70 % of the whole",
        "higher is better, sum",
        "threshold 80, stretch 120, from – to 150 %",
        "objective growth",
        "content hash  hash-2 (is the hash of this text)",
        "signed        2026-06-30 11:00:00  Bo Lee (1002)",
        "  1  from 2026-01-01  hash-1",
    ):
        assert words in said
    assert platform.sent[2].actor == CY


def test_a_period_without_contract_is_said() -> None:
    platform = FakePlatform(services=("people", "goals"))
    platform.on("goals", f"GET /contracts/{ANN}", CONTRACT)
    result = platform.run("show", "contract", "1001", "--period", "2025", "--as", "1001")
    assert "there is no contract for the period '2025'" in str(result.exception)


def entry(position: int, recorded: str, kind: str, **data: Any) -> dict[str, Any]:
    return {
        "position": position,
        "type": kind,
        "recorded_at": recorded,
        "effective_at": "2026-01-01T00:00:00Z",
        "actor": BO,
        "data": {"person": ANN, **data},
    }


def test_history_merges_services_in_the_order_of_recording() -> None:
    goals = [entry(5, "2026-05-01T10:00:00Z", "goals.PlanSigned", role="employee")]
    people = [
        entry(1, "2026-01-01T09:00:00Z", "people.PersonRegistered", employee_no="1001"),
        entry(2, "2026-06-01T09:00:00Z", "people.PersonRenamed", name="Ann Lee-Fox"),
    ]
    asked: list[str | None] = []

    def pages(request: httpx2.Request) -> dict[str, Any]:
        asked.append(request.url.params.get("as_of"))
        first = request.url.params.get("cursor") is None
        items, following = (people[:1], "c") if first else (people[1:], None)
        return {"position": 9, "as_of": "2026-07-01T00:00:00Z", "items": items, "next": following}

    platform = FakePlatform(services=("people", "goals", "payroll"))
    platform.on("people", f"GET /history/{ANN}", pages)
    one = {"position": 7, "as_of": "2026-07-01T00:00:00Z", "items": goals, "next": None}
    platform.on("goals", f"GET /history/{ANN}", one)
    platform.on("payroll", f"GET /history/{ANN}", DENIED)
    result = platform.run("history", "1001")
    lines = result.stdout.splitlines()
    assert [line.split("  ")[0][:10] for line in lines[2:5]] == [
        "2026-01-01",
        "2026-05-01",
        "2026-06-01",
    ]
    assert lines[-1] == "at position goals 7, people 9"
    assert "without payroll: not permitted (rule 'read_history')" in result.stderr
    assert asked == [None, "2026-07-01T00:00:00Z"]
    told = json.loads(platform.run("history", "1001", "--as-of", "2026-03-31", "--json").stdout)
    assert told["positions"] == {"goals": 7, "people": 9}
    assert told["as_of"] == "2026-03-31T23:59:59.999999+00:00"
    assert asked[2] == told["as_of"]


def test_a_summary_leaves_out_ids_and_what_is_long() -> None:
    data: dict[str, Any] = {
        "person": ANN,
        "content_hash": "a" * 64,
        "content": {"goals": []},
        "amount": {"minor": 123456, "currency": "EUR"},
        "note": "x" * 100,
        "effective_on": "2026-01-01",
        "left": None,
    }
    assert summary(data) == f"amount 1,234.56 EUR, note {'x' * 59}…"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2026-03-31T10:00", "2026-03-31T10:00:00+00:00"),
        ("2026-03-31T10:00:00+02:00", "2026-03-31T10:00:00+02:00"),
    ],
)
def test_an_instant_is_utc_unless_it_says_more(typed: str, meant: str) -> None:
    assert instant_of(typed) == meant


def test_the_access_log_names_who_looked() -> None:
    look = {"id": 1, "person": ANN, "actor": BO, "action": "read_pay", "at": "2026-05-01T08:00:00Z"}
    platform = FakePlatform().on(
        "people", f"GET /access-log/{ANN}", {"items": [look], "next": None}
    )
    assert "2026-05-01 08:00:00  people  read_pay  Bo Lee (1002)" in (
        platform.run("access-log", "1001").stdout
    )
    platform.on("people", f"GET /access-log/{ANN}", {"items": [], "next": None})
    assert "nobody looked" in platform.run("access-log", "1001").stdout


def test_an_amount_is_explained_as_a_tree_down_to_the_events() -> None:
    event = {"kind": "pay", "service": "people", "stream": "s-1", "version": 2, "by": BO}
    base = {"label": "base", "value": {"minor": 6_000_000, "currency": "EUR"}, "events": [event]}
    plan = {"label": "bonus plan", "value": "yearly", "version": 1, "hash": "0123456789abcdef"}
    found = {
        "award": "a-1",
        "person": ANN,
        "cycle": "2026",
        "revision": 1,
        "label": "amount",
        "value": {"minor": 600_000, "currency": "EUR"},
        "formula": "F49",
        "of": [base, plan],
        "recorded": {"recorded_at": "2026-05-01T08:00:00Z", "version": 3, "stream": "s-2"},
    }
    platform = FakePlatform(services=("people", "compensation"))
    platform.on("compensation", f"GET /explain/bonus/{ANN}", found)
    assert platform.run("explain", "bonus", "1001").stdout.splitlines() == [
        "bonus of Ann Lee (1001) (cycle 2026, revision 1)",
        "├── amount: 6,000.00 EUR  F49",
        "│   ├── base: 60,000.00 EUR",
        "│   │   └── ← pay: people, stream s-1, version 2, by Bo Lee (1002)",
        "│   └── bonus plan: yearly  (version 1, hash 0123456789ab…)",
        "└── recorded: stream s-2, version 3, 2026-05-01 08:00:00",
    ]
    assert json.loads(platform.run("explain", "bonus", "1001", "--json").stdout) == found
    assert "cannot be explained" in str(platform.run("explain", "pay", "1001").exception)


def test_parked_keys_are_shown_and_redriven() -> None:
    key = {"consumer": "people@1", "key": ANN, "waiting": 2, "parked_at": None, "error": "KeyError"}
    platform = FakePlatform(services=("people", "goals"))
    platform.on("goals", "GET /parked", {"items": [key]}).on("people", "GET /parked", {"items": []})
    assert "goals    people@1" in platform.run("parked").stdout
    assert platform.run("parked", "people").stdout == "nothing is parked\n"
    platform.on("goals", "POST /parked/redrive", {"applied": 1})
    said = platform.run("redrive", "goals", "people@1", ANN).stdout
    assert said == "1 events went through, 2 still parked\n"
    (sent,) = platform.commands()
    assert sent.body == {"consumer": "people@1", "key": ANN}


def test_a_history_is_sent_again() -> None:
    platform = FakePlatform(services=("goals",))
    platform.on("goals", "POST /republish", {"events": 7})
    assert platform.run("republish", "goals").stdout.startswith("7 events are sent again")


STATUS: dict[str, Any] = {
    "cycle": "2026",
    "title": "Year 2026",
    "closed": False,
    "steps": {"self": {"count": 1, "late": 1}, "done": {"count": 2, "late": 0}},
    "late": 1,
    "items": [
        {"person": ANN, "step": "self", "waits_for": ANN, "due": "2026-12-01", "late": True},
        {"person": BO, "step": "done", "waits_for": None, "due": None, "late": False},
    ],
    "waiting": [{"person": CY, "reason": "no_contract"}],
}


def test_the_cycle_status_lists_who_is_where_and_who_is_late() -> None:
    platform = FakePlatform(services=("people", "appraisal", "compensation"))
    cycles = [{"cycle": "2025", "closed": True}, {"cycle": "2026", "closed": False}]
    platform.on("appraisal", "GET /cycles", {"items": cycles, "next": None})
    platform.on("appraisal", "GET /cycles/2026/status", STATUS)
    platform.on("compensation", "GET /cycles/2026", {"awards": {"calculated": 3}})
    assert platform.run("cycle", "status").stdout.splitlines() == [
        "Year 2026 (2026), open, 2 people",
        "step                  people  late",
        "self  rates themself  1       1",
        "done  final           2",
        "",
        "step  person          waits for       due",
        "self  Ann Lee (1001)  Ann Lee (1001)  2026-12-01, late",
        "",
        "without an appraisal, no contract: Cy Fox (1003)",
        "",
        "awards: 3 calculated",
    ]
    done = platform.run("cycle", "status", "2026", "--step", "done").stdout
    assert "done  Bo Lee (1002)" in done
    told = json.loads(platform.run("cycle", "status", "--json").stdout)
    assert (told["late"], told["pay"]) == (1, {"calculated": 3})


def test_several_open_cycles_are_named() -> None:
    platform = FakePlatform(services=("people", "appraisal"))
    cycles = [{"cycle": "a", "closed": False}, {"cycle": "b", "closed": False}]
    platform.on("appraisal", "GET /cycles", {"items": cycles, "next": None})
    assert "say which: a, b" in str(platform.run("cycle", "status").exception)
    assert "no step 'x'" in str(platform.run("cycle", "status", "--step", "x").exception)
