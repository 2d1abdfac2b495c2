"""The alert rules: they come and stay away as they must, on metrics that the services have."""

import re
import subprocess
from pathlib import Path

import pytest

from chassis import metrics
from tests.observability.promtool import NotToBeHad, promtool
from tests.observability.rules import FOLDER, RULES, metrics_named

TESTS = FOLDER / "alerts.test.yml"


@pytest.fixture(scope="module")
def checker() -> Path:
    try:
        return promtool()
    except NotToBeHad as problem:
        pytest.skip(str(problem))


def judged(checker: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [str(checker), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.integration  # a program that is fetched first
def test_the_rules_are_well_formed(checker: Path) -> None:
    done = judged(checker, "check", "rules", RULES)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.integration  # a program that is fetched first
def test_every_alert_comes_when_it_must_and_only_then(checker: Path) -> None:
    done = judged(checker, "test", "rules", TESTS)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.integration  # a program that is fetched first
def test_a_rule_that_is_wrong_is_found(checker: Path, tmp_path: Path) -> None:
    text = RULES.read_text()
    assert text.count("merit_parked_keys) > 0") == 1
    changed = text.replace("merit_parked_keys) > 0", "merit_parked_keys) > 2")
    (tmp_path / RULES.name).write_text(changed)
    (tmp_path / TESTS.name).write_text(TESTS.read_text())
    done = judged(checker, "test", "rules", tmp_path / TESTS.name)
    assert done.returncode == 1
    assert "KeysParked" in done.stdout + done.stderr


def test_every_alert_has_a_test_of_both_kinds() -> None:
    alerts = re.findall(r"- alert: (\w+)", RULES.read_text())
    tested = re.findall(r"- name: (.+)", TESTS.read_text())
    assert sorted(tested) == sorted([*alerts, *(f"no {alert}" for alert in alerts)])


def test_every_metric_that_a_rule_or_its_test_names_is_one_that_services_show() -> None:
    types = re.findall(r"^# TYPE (\S+) \S+$", metrics.exposition().decode(), re.MULTILINE)
    assert metrics_named() >= {"merit_lag_seconds", "merit_commands_total"}
    assert metrics_named() - set(types) == set()
    assert set(re.findall(r"\bmerit_\w+", TESTS.read_text())) - set(types) == set()


def test_the_page_for_operators_describes_every_metric_that_a_rule_names() -> None:
    page = (FOLDER.parents[1] / "docs" / "how-to" / "watch-the-services.md").read_text()
    assert metrics_named() - set(re.findall(r"`(merit_\w+)`", page)) == set()
