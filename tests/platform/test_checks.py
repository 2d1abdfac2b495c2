"""`merit test` runs the stages and the kinds of test that were asked for."""

import json
import re
import sys
from pathlib import Path

import pytest

from cli import checks
from cli.checks import KINDS, Stage, Wanted, parts, passes, pytest_command, stages, verdict

FAULTS = sorted((Path(__file__).parents[1] / "faults").glob("test_*.py"))
UNIT = "(not integration and not journey)"


def test_without_a_kind_every_test_runs_and_every_stage() -> None:
    marks = [pytest_command(part)[-1] for part in parts(Wanted(()))]
    assert marks == [f"{UNIT} or integration", "journey"]
    assert [stage.name for stage in stages(Wanted(()))] == [
        "lint",
        "format",
        "types",
        "layers",
        "tidy",
    ]


def test_units_alone_leave_out_what_is_slow() -> None:
    assert "types" not in [stage.name for stage in stages(Wanted(("unit",)))]
    assert Wanted(("unit",)).marks() == UNIT


def test_kinds_add_up() -> None:
    assert Wanted(("unit", "journey")).marks() == f"{UNIT} or journey"
    assert Wanted(KINDS[1:]).marks() == "integration or journey or fault"


def test_an_expression_is_passed_on() -> None:
    assert pytest_command(Wanted(("unit",), "ledger"))[-2:] == ["-k", "ledger"]


def test_journeys_run_one_after_the_other() -> None:
    command = pytest_command(Wanted(("journey",)))
    assert command[command.index("-n") + 1] == "1"


@pytest.mark.parametrize(
    ("codes", "code"),
    [([0, 0], 0), ([0, 5], 0), ([5, 0], 0), ([5, 5], 5), ([1, 0], 1), ([0, 2], 2)],
)
def test_one_failed_part_fails_the_run(codes: list[int], code: int) -> None:
    assert verdict(codes) == code


def test_a_stage_passes_only_with_exit_code_0() -> None:
    assert passes(Stage("good", (sys.executable, "-c", "")))
    assert not passes(Stage("bad", (sys.executable, "-c", "raise SystemExit(3)")))


def test_faults_run_the_long_way_and_alone() -> None:
    assert pytest_command(Wanted(("fault",)))[-3:] == ["-m", "fault", "--long"]
    assert "--long" not in pytest_command(Wanted(("integration",)))


@pytest.mark.parametrize("file", FAULTS, ids=lambda file: file.stem)
def test_every_fault_case_is_an_integration_test_too(file: Path) -> None:
    assert "pytestmark = [pytest.mark.fault, pytest.mark.integration," in file.read_text()


def test_the_last_line_is_the_table_as_one_object(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cases = {"cases": [{"case": "x", "rounds": 1, "lost": 0, "duplicated": 0, "reordered": 0}]}
    table = tmp_path / "faults.json"
    table.write_text('{"cases": ["of an earlier run"]}')
    monkeypatch.setattr(checks, "FAULTS", table)
    monkeypatch.setattr(
        checks, "stages", lambda wanted: [Stage("good", (sys.executable, "-c", ""))]
    )
    write = f"from pathlib import Path; Path({str(table)!r}).write_text({json.dumps(cases)!r})"
    for program, said in (("", {"cases": []}), (write, cases)):
        monkeypatch.setattr(
            checks, "pytest_command", lambda _, p=program: [sys.executable, "-c", p]
        )
        assert checks.run(Wanted(("fault",), as_json=True)) == 0
        assert json.loads(capsys.readouterr().out.splitlines()[-1]) == said


def test_every_test_that_the_list_of_traps_names_exists() -> None:
    tests = Path(__file__).parents[1]
    text = "".join(file.read_text() for file in tests.rglob("test_*.py"))
    listed = (tests / "faults" / "README.md").read_text().split("| trap |", 1)[1]
    places = [line.split("|")[2] for line in listed.splitlines()[2:] if line.startswith("|")]
    named = [name for place in places for name in re.findall(r"`(\w+)`", place)]
    assert len(named) > 40
    missing = [n for n in named if f"def test_{n}(" not in text and f"{n}.py" not in all_files()]
    assert missing == []


def all_files() -> set[str]:
    return {file.name for file in Path(__file__).parents[1].rglob("test_*.py")}
