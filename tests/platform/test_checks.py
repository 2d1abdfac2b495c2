"""`merit test` runs the stages and the kinds of test that were asked for."""

import sys

from cli.checks import KINDS, Stage, Wanted, passes, pytest_command, stages

UNIT = "(not integration and not journey and not long)"


def test_without_a_kind_every_test_runs_and_every_stage() -> None:
    assert pytest_command(Wanted(()))[-2:] == ["-m", "not long"]
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
    assert Wanted(KINDS[1:]).marks() == "integration or journey or long"


def test_an_expression_is_passed_on() -> None:
    assert pytest_command(Wanted(("unit",), "ledger"))[-2:] == ["-k", "ledger"]


def test_a_stage_passes_only_with_exit_code_0() -> None:
    assert passes(Stage("good", (sys.executable, "-c", "")))
    assert not passes(Stage("bad", (sys.executable, "-c", "raise SystemExit(3)")))
