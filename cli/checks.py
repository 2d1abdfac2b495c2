"""The stages of `merit test`: each is a program, shown with its time; pytest comes last."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from cli.console import say
from cli.platform.paths import ROOT, shared

NO_TESTS = 5  # pytest's exit code
KINDS = ("unit", "integration", "journey", "fault")
FAULTS = shared() / "faults.json"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which kinds of test, none meaning all of them, and pytest's -k.

    A fault is a short integration test, and a long test when faults are asked for.
    """

    kinds: Sequence[str]
    expression: str | None = None
    as_json: bool = False

    @property
    def only_unit(self) -> bool:
        return tuple(self.kinds) == ("unit",)

    def marks(self) -> str:
        """pytest's -m: a unit test is one without a mark of the other kinds."""
        unit = "(not integration and not journey)"
        return " or ".join(unit if kind == "unit" else kind for kind in self.kinds)


@dataclass(frozen=True, slots=True)
class Stage:
    """A program whose exit code 0 means that all is well."""

    name: str
    command: Sequence[str]


def stages(wanted: Wanted) -> list[Stage]:
    python = sys.executable
    found = [
        Stage("lint", (python, "-m", "ruff", "check", "--quiet", ".")),
        Stage("format", (python, "-m", "ruff", "format", "--quiet", "--check", ".")),
        Stage("layers", (python, "-m", "tests.architecture.layers")),
        Stage("tidy", (python, "-m", "tests.architecture.tidy")),
    ]
    if not wanted.only_unit:
        found.insert(2, Stage("types", (python, "-m", "mypy", "--no-error-summary")))
    return found


def parts(wanted: Wanted) -> list[Wanted]:
    """The runs of pytest: journeys come last, on servers of their own that nobody used before.

    Each starts seven services; two side by side, on the servers of a thousand tests, starve.
    """
    if wanted.kinds:
        return [wanted]
    return [
        replace(wanted, kinds=("unit", "integration")),
        replace(wanted, kinds=("journey",)),
    ]


def pytest_command(wanted: Wanted) -> list[str]:
    alone = tuple(wanted.kinds) == ("journey",)
    workers = "1" if alone else str(min(4, os.cpu_count() or 1))
    dist = "worksteal" if wanted.only_unit else "loadfile"
    command = [sys.executable, "-m", "pytest", "-q", "-n", workers, "--dist", dist]
    if wanted.kinds:
        command += ["-m", wanted.marks()]
    if "fault" in wanted.kinds:
        command += ["--long"]
    if wanted.expression:
        command += ["-k", wanted.expression]
    return command


def run(wanted: Wanted) -> int:
    """Runs every stage, also after one failed; 0 when all are well.

    Unit tests run beside the checks: together they take no longer than the tests.
    """
    began = time.monotonic()
    wanted_stages = stages(wanted)
    FAULTS.unlink(missing_ok=True)
    with ThreadPoolExecutor(len(wanted_stages)) as pool:
        checking = pool.map(passes, wanted_stages)
        codes = tested(wanted) if wanted.only_unit else []
        failed = [s.name for s, ok in zip(wanted_stages, checking, strict=True) if not ok]
    if failed:
        say(f"FAILED: {', '.join(failed)}; so this run ends with exit code 1")
    if not wanted.only_unit:
        say(f"checks took {time.monotonic() - began:.1f} s")
        codes = tested(wanted)
    if wanted.as_json:
        print(FAULTS.read_text().strip() if FAULTS.exists() else '{"cases": []}')
    return 1 if failed else verdict(codes)


def tested(wanted: Wanted) -> list[int]:
    """The exit code of each run of pytest."""
    say(f"tests ({', '.join(wanted.kinds) or 'all'})")
    return [subprocess.run(pytest_command(part), cwd=ROOT).returncode for part in parts(wanted)]


def verdict(codes: Sequence[int]) -> int:
    """The first failure; that a part has no test of the wanted name is none if another has."""
    without = {0, NO_TESTS} if 0 in codes else {0}
    return next((code for code in codes if code not in without), 0)


def passes(stage: Stage) -> bool:
    began = time.monotonic()
    done = subprocess.run(
        stage.command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    word = "ok" if done.returncode == 0 else "FAILED"
    say(f"{stage.name:<8}{word:<8}{time.monotonic() - began:.1f} s")
    if done.returncode != 0:
        say(done.stdout.rstrip())
    return done.returncode == 0
