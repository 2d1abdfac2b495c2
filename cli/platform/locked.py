"""The services' share of requirements.txt: what an image needs, without tools and tests."""

import platform
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from cli.platform.errors import PlatformFailed
from cli.platform.paths import ROOT

PYTHON = "3.11"  # Debian bookworm's, which the image has
SECTION = "# the services\n"
NEWEST_GLIBC = 36
Requires = Callable[[str], Sequence[str] | None]


def declared(ranges: str) -> list[Requirement]:
    """What requirements.in lists for the services."""
    section = ranges.split(SECTION, 1)[1].split("\n\n", 1)[0]
    return [Requirement(line.split("#", 1)[0]) for line in section.splitlines()]


def closure(wanted: Sequence[Requirement], needs: Requires = requires) -> set[str]:
    """The names of the wanted packages and of all that they need on the image's Python."""
    found: set[tuple[str, str]] = set()
    left = [(each, "") for each in wanted]
    environment = {"python_version": PYTHON, "python_full_version": f"{PYTHON}.0"}
    while left:
        requirement, extra = left.pop()
        if requirement.marker and not requirement.marker.evaluate(environment | {"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        for each in {"", *requirement.extras}:
            if (name, each) not in found:
                found.add((name, each))
                left += [(Requirement(line), each) for line in _needs(name, needs)]
    return {name for name, _ in found}


def _needs(name: str, needs: Requires) -> Sequence[str]:
    try:
        return needs(name) or ()
    except PackageNotFoundError:
        raise PlatformFailed(f"the package {name} is missing; remove .merit/venv.") from None


def selected(lock: str, names: set[str]) -> str:
    """The lock's blocks of these packages, each with its version and its hashes."""
    blocks = re.findall(r"(?m)^\S+==.*(?:\n +--hash.*)+", lock)
    return "".join(f"{b}\n" for b in blocks if canonicalize_name(b.split("==", 1)[0]) in names)


def install(folder: Path) -> None:
    """The services' packages as the lock names them, for the image's Python, into a folder."""
    names = closure(declared((ROOT / "requirements.in").read_text()))
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as chosen:
        chosen.write(selected((ROOT / "requirements.txt").read_text(), names))
        chosen.flush()
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(folder)]
        command += ["--no-deps", "--require-hashes", "--only-binary", ":all:", "--no-compile"]
        command += ["--python-version", PYTHON, "--implementation", "cp", "-r", chosen.name]
        command += [part for each in wheel_platforms() for part in ("--platform", each)]
        done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        words = " ".join(done.stderr.strip().splitlines()[-2:])
        raise PlatformFailed(f"the image's packages cannot be installed: {words}")


def wheel_platforms(machine: str = platform.machine()) -> list[str]:
    """The wheels that run on the image's C library, newest first."""
    numbered = [f"manylinux_2_{minor}_{machine}" for minor in range(NEWEST_GLIBC, 4, -1)]
    return [*numbered, f"manylinux2014_{machine}", f"manylinux1_{machine}"]
