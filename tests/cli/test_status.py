"""`merit status`: a table that is read at a glance, and what to look at, in words."""

import json
import re
from typing import Any

import pytest

from cli import standing
from cli.console import Failed
from cli.platform.report import Part
from tests.cli.fakes import FakePlatform, problem

READY = {name: Part(name, "ready", "http://127.0.0.1:8401", 7, 60, 75) for name in ("goals", "pay")}

SEAL = {"number": 12, "position": 1230, "unpublished": 0, "age_s": 14.2, "unsealed_s": 14.0}


def found(**more: Any) -> dict[str, Any]:
    """What a service says of itself when nothing is wrong."""
    consumers = [
        {"consumer": "plans.v1", "source": "own", "events": 0, "seconds": 0.0, "parked": 0},
        {"consumer": "access.v1", "source": "people", "events": 0, "seconds": 0.0, "parked": 0},
    ]
    return {
        "position": 1234,
        "horizon": 1234,
        "horizon_age_s": 0.0,
        "relay": {"events": 0, "age_s": 0.0, "leader": "77@host", "epoch": 3, "parked": 0},
        "parked": 0,
        "timers": {"set": 4, "due": 1, "overdue_s": 2.0},
        "seal": SEAL,
        "kafka": True,
        "consumers": consumers,
        **more,
    }


BEHIND = [
    {"consumer": "plans.v1", "source": "own", "events": 3, "seconds": 130.0, "parked": 1},
    {"consumer": "access.v1", "source": "people", "events": None, "seconds": None, "parked": 0},
    {"consumer": "level.v1", "source": "people", "events": 0, "seconds": 0.0, "parked": 0},
]


def shown(capsys: pytest.CaptureFixture[str], told: Any, *, every_consumer: bool = False) -> str:
    standing.show(list(READY.values()), told, every_consumer=every_consumer)
    return capsys.readouterr().out


def test_a_service_that_is_well_is_one_line_and_nothing_to_look_at(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = shown(capsys, {"goals": found()}).splitlines()
    assert lines[4:] == [
        "service  position  consumers  parked  relay  leader   horizon  timers      last seal",
        "goals    1234      2 level    0       level  77@host  level    1 of 4 due  "
        "12 at 1230, 14 s ago",
        "",
        "everything is level",
    ]
    assert max(map(len, lines)) <= 100


def test_a_consumer_that_is_behind_has_a_line_of_its_own(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = {"goals": found(parked=1, kafka=False, consumers=BEHIND)}
    text = shown(capsys, told)
    lines = [re.split("  +", line) for line in text.splitlines() if line.startswith("goals  ")]
    assert lines[2:] == [
        ["goals", "plans.v1", "its own store", "3 events", "2 min 10 s", "1 key"],
        ["goals", "access.v1", "people", "not known", "–", "–"],
    ]
    assert text.endswith(
        "look at\n"
        "  goals: it cannot reach Kafka\n"
        "  goals: plans.v1 is behind: 3 events, 2 min 10 s\n"
        "  goals: 1 key parked; `./merit parked` says why\n"
    )
    assert "level.v1" not in text
    assert "level.v1" in shown(capsys, told, every_consumer=True)


@pytest.mark.parametrize(
    ("more", "worry"),
    [
        ({"horizon_age_s": 10.0}, "its horizon stands still; an event waits for 10 s"),
        (
            {"relay": {"events": 2, "age_s": 11.0, "leader": None}},
            "nobody leads its relay; 2 events, 11 s",
        ),
        (
            {"relay": {"events": 1, "age_s": 61.0, "leader": "7@h"}},
            "its relay does not get on: 1 event, 1 min 1 s",
        ),
        (
            {"timers": {"set": 3, "due": 2, "overdue_s": 90.0}},
            "2 timers are due, the oldest for 1 min 30 s",
        ),
        (
            {"seal": {**SEAL, "unsealed_s": 300.0}},
            "an event has waited 5 min 0 s for a seal",
        ),
        ({"seal": {**SEAL, "unpublished": 2}}, "2 seals are not on Kafka"),
    ],
)
def test_what_stands_still_is_said(more: dict[str, Any], worry: str) -> None:
    assert list(standing.worries_in(found(**more))) == [worry]
    assert list(standing.worries_in(found())) == []


def test_a_service_that_is_down_or_slow_is_said_plainly(capsys: pytest.CaptureFixture[str]) -> None:
    parts = [
        Part("appraisal", "died", ""),
        Part("feedback", "stopped", ""),
        Part("goals", "not ready", "", 7, 60, 75),
        Part("pay", "not ready", "", 8, 60, 75),
    ]
    told = {"goals": Failed("goals did not answer within 4 s.")}
    standing.show(parts, told, every_consumer=False)
    assert capsys.readouterr().out.endswith(
        "look at\n"
        "  appraisal was started and has died; `./merit logs appraisal`, `./merit up`\n"
        "  feedback does not run; `./merit up` starts it\n"
        "  pay does not answer yet\n"
        "  goals did not answer within 4 s.\n"
    )


def test_json_is_one_object_also_when_a_service_refuses(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MERIT_HOME", str(tmp_path_factory.mktemp("home")))
    platform = FakePlatform(services=("goals", "people"))
    platform.on("goals", "GET /status", found())
    platform.on("people", "GET /status", problem(503, "urn:merit:unavailable", "Not ready"))
    told = json.loads(platform.run("status", "--json").stdout)
    assert {part["name"]: part["condition"] for part in told["parts"]}["goals"] == "stopped"
    assert told["services"]["goals"] == found()
    assert "not able to answer yet" in told["services"]["people"]["problem"]
