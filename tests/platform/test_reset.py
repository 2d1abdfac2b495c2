"""reset: what a history left behind goes with it, the installation's keys stay."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import build

LEFT_BEHIND = (
    "clock",
    "outbox/payroll/US01/payroll-US01-monthly-000001.csv",
    "seals/payroll.jsonl",
    "demo/company.csv",
    "logs/payroll.log",
)
KEPT = ("seal-key", "token-key.json")


def test_reset_leaves_nothing_of_the_history_but_the_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("MERIT_KAFKA", "MERIT_POSTGRES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MERIT_HOME", str(tmp_path))
    for name in (*LEFT_BEHIND, *KEPT):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    result = CliRunner().invoke(build(), ["reset", "--yes"])
    assert result.exit_code == 0, result.output
    assert [name for name in LEFT_BEHIND if (tmp_path / name).exists()] == []
    assert [name for name in KEPT if not (tmp_path / name).exists()] == []
