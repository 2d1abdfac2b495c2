"""Prometheus' own checker of rules: the one on the PATH, or Debian's, unpacked without installing.

Its package is fetched once, by apt, into `.merit/promtool`.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path

from cli.platform import paths

PACKAGE = "prometheus"
PATIENCE_S = 120.0


class NotToBeHad(Exception):
    """There is no promtool here, and why."""


def promtool() -> Path:
    """The program.  Raises NotToBeHad."""
    if found := shutil.which("promtool"):
        return Path(found)
    kept = paths.shared() / "promtool" / "promtool"
    if not kept.exists():
        _unpack(kept)
    return kept


def _unpack(kept: Path) -> None:
    for needed in ("apt-get", "dpkg-deb"):
        if not shutil.which(needed):
            raise NotToBeHad(f"promtool is not on the PATH, and there is no {needed} to fetch it")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        if not _download(folder):
            _run(folder, "apt-get", "update")  # a new machine has no lists yet
            if not _download(folder):
                raise NotToBeHad(f"apt-get could not download the package {PACKAGE}")
        [package] = folder.glob("*.deb")
        _run(folder, "dpkg-deb", "-x", str(package), "unpacked")
        kept.parent.mkdir(parents=True, exist_ok=True)
        part = kept.with_name(f"promtool.{folder.name}")
        shutil.copy2(folder / "unpacked" / "usr" / "bin" / "promtool", part)
        part.replace(kept)


def _download(folder: Path) -> bool:
    return _run(folder, "apt-get", "download", PACKAGE)


def _run(folder: Path, *command: str) -> bool:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, timeout=PATIENCE_S)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0
