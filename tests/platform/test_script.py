"""The merit script: instant once set up, one sentence and exit code 1 when it cannot be."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cli.platform.paths import ROOT

HEAVY = ("asyncpg", "aiokafka", "fastapi", "faststream", "jgo", "pydantic", "testcontainers")


def run(clone: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The script in `clone`, with an environment of its own."""
    return subprocess.run(
        [clone / "merit", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone that was never set up, as far as the script looks."""
    for name in ("merit", "requirements.txt"):
        shutil.copy2(ROOT / name, tmp_path / name)
    return tmp_path


def test_without_python_it_says_what_it_needs(clone: Path) -> None:
    programs = clone / "programs"
    programs.mkdir()
    for name in ("sh", "dirname"):
        found = shutil.which(name)
        assert found is not None
        (programs / name).symlink_to(found)
    done = run(clone, "clock", PATH=str(programs))
    assert done.returncode == 1
    assert done.stderr.startswith("merit: needs Python 3.11 or newer")
    assert done.stderr.count("\n") == 1


@pytest.mark.integration  # pip tries twice: too slow for a unit test
def test_without_a_network_it_says_so(clone: Path) -> None:
    nobody_there = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_NO_CACHE_DIR": "1"}
    done = run(clone, "clock", PIP_CONFIG_FILE=os.devnull, PIP_RETRIES="0", **nobody_there)
    assert done.returncode == 1
    assert "the package index cannot be reached" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_that_cannot_be_made_is_one_sentence(clone: Path) -> None:
    (clone / ".merit").write_text("in the way")
    done = run(clone, "clock")
    assert done.returncode == 1
    assert "setting up failed" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_failure_of_a_command_is_one_sentence(tmp_path: Path) -> None:
    done = run(ROOT, "logs", "nothing", MERIT_HOME=str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.startswith("merit: there is no log of 'nothing'")
    assert done.stderr.count("\n") == 1


def test_an_unexpected_failure_keeps_its_traceback_in_a_log(tmp_path: Path) -> None:
    (tmp_path / "clock").mkdir()
    (tmp_path / "platform.lock").mkdir()
    done = run(ROOT, "clock", "+1d", MERIT_HOME=str(tmp_path), MERIT_DEBUG="")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "Traceback" in (tmp_path / "logs" / "merit.log").read_text()


@pytest.mark.integration  # everything is compiled again: too slow for a unit test
def test_what_python_compiled_is_kept_in_the_clones_own_folder(tmp_path: Path) -> None:
    kept = tmp_path / "bytecode"
    forbidden = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPYCACHEPREFIX": str(kept)}
    assert run(ROOT, "--help", **forbidden).returncode == 0
    assert list(kept.rglob("main.*.pyc"))


def test_the_help_loads_nothing_heavy() -> None:
    program = "import sys; from cli.main import build; build(); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-P", "-c", program], capture_output=True, text=True, timeout=60
    )
    assert [name for name in HEAVY if name in done.stdout.split()] == []
