"""Every check of the architecture can fail: each kind of violation, planted.

That this tree has none is what the stages `layers` and `tidy` of `merit test` say.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.architecture import layers, tidy

ROOT = Path(__file__).resolve().parents[2]
EVENTS = '''"""Planted."""
from dataclasses import dataclass

@dataclass(frozen=True)
class Named:
    what: str

@dataclass(frozen=True)
class Other:
    what: str

@dataclass(frozen=True)
class Unnamed:
    what: str

STORED = {("alpha.Named", 1): Named, ("alpha.Named", 1): Other, ("beta.Other", 1): Other}
'''


@dataclass(frozen=True)
class Plant:
    """A violation: a file that is written, and words of the finding that it must cause."""

    path: str
    text: str
    finding: str
    check: Callable[[Path], list[str]] = tidy.violations


def domain(name: str, line: str, finding: str) -> Plant:
    path = f"services/alpha/alpha/domain/{name}.py"
    return Plant(path, f'"""Planted."""\n{line}\n', f"{path}:2: the domain {finding}")


def import_of(path: str, line: str, finding: str) -> Plant:
    return Plant(path, f'"""Planted."""\n{line}\n', finding, layers.violations)


def place(path: str, text: str, finding: str) -> Plant:
    return Plant(path, text, f"{path}:1: {finding}")


LONG_FUNCTION = '"""Planted."""\ndef long() -> None:\n' + "    pass\n" * 50
PLANTS = [
    place("chassis/planted_long.py", '"""Planted."""\n' + "\n" * 400, "the file has 401 lines"),
    Plant("cli/planted_function.py", LONG_FUNCTION, "cli/planted_function.py:2: long has 51 lines"),
    place("cli/planted_no_words.py", "x = 1\n", "the file does not start with a docstring"),
    place("cli/planted_late.py", '\n"""Late."""\n', "the file does not start with a docstring"),
    domain("now", "x = datetime.now(UTC)", "calls datetime.now()"),
    domain("utcnow", "x = datetime.datetime.utcnow()", "calls datetime.utcnow()"),
    domain("today", "x = date.today()", "calls date.today()"),
    domain("chance", "x = uuid.uuid4()", "calls uuid.uuid4()"),
    domain("chance7", "x = uuid7()", "calls uuid7()"),
    domain("dice", "import random", "imports random, which reaches outside"),
    domain("system", "from os import environ", "imports os, which reaches outside"),
    domain("file", 'x = open("x")', "calls open()"),
    domain("shout", 'print("x")', "calls print()"),
    domain("waits", "async def x() -> None: ...", "awaits"),
    domain("floats", "x = 0.1", "has the float 0.1"),
    domain("floating", 'x = float("1")', "calls float()"),
    domain("library", "import pydantic", "imports pydantic"),
    domain("chassis", "from chassis import store", "imports chassis.store"),
    domain("chassis_ids", "import chassis.ids", "imports chassis.ids"),
    domain("edge", "from alpha.policy import x", "imports alpha.policy"),
    Plant("services/alpha/alpha/domain/events.py", EVENTS, "the event Unnamed has no stored name"),
    Plant("services/alpha/README.md", "", "the stored name alpha.Named 1 is given 2 times"),
    Plant("services/alpha/pyproject.toml", "", "the stored name beta.Other does not start with"),
    place("services/beta/beta/domain/events.py", '"""P."""\n', "there is no STORED dictionary"),
    place("chassis/values.py", '"""P."""\nimport orjson\n', "chassis.values imports orjson"),
    place("docs/planted.md", "get it from " + "pypi" + ".org\n", "names a registry's host"),
    place("docs/place.md", "it is in /ro" + "ot/x\n", "names a registry's host or one machine's"),
    import_of(
        "services/alpha/alpha/domain/up.py",
        "import alpha.projections.up",
        "alpha.domain is not allowed to import alpha.projections",
    ),
    import_of(
        "services/alpha/alpha/projections/up.py",
        "import alpha.api",
        "alpha.projections is not allowed to import alpha.api",
    ),
    import_of(
        "services/alpha/alpha/consumed.py",
        "import alpha.api",
        "alpha.consumed is not allowed to import alpha.api",
    ),
    import_of("services/alpha/alpha/stray.py", "", "stray"),
    import_of(
        "services/alpha/alpha/policy.py",
        "import beta.domain",
        "alpha is not allowed to import beta",
    ),
    import_of(
        "chassis/planted_service.py",
        "import beta.domain",
        "chassis is not allowed to import beta",
    ),
    import_of(
        "services/beta/beta/api.py", "import cli.planted", "beta is not allowed to import cli"
    ),
]


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[Callable[[Path], list[str]], str]:
    """What each check says about a copy of this clone with two services and all the plants."""
    copy = tmp_path_factory.mktemp("planted")
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
    for folder in ("chassis", "cli"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=ignored)
    for name in ("alpha", "beta"):
        package = copy / "services" / name / name
        for part in (package, package / "domain", package / "projections"):
            part.mkdir(parents=True)
            (part / "__init__.py").touch()
        (package / "api.py").write_text('"""Planted."""\n')
    (copy / "cli" / "planted.py").write_text('"""Planted."""\n')
    for check in (layers.violations, tidy.violations):
        assert check(copy) == [], "the copy is clean before anything is planted"
    for plant in PLANTS:
        path = copy / plant.path
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(plant.text)
    checks = (layers.violations, tidy.violations)
    return {check: "\n".join(check(copy)) for check in checks}


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: f"{plant.path} {plant.finding[-30:]}")
def test_a_planted_violation_is_found(
    plant: Plant, reports: dict[Callable[[Path], list[str]], str]
) -> None:
    assert plant.finding in reports[plant.check]
