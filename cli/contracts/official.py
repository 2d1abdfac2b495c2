"""The official AsyncAPI parser, an npm package, installed into .merit/ as its lock says."""

import fcntl
import hashlib
import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cli.contracts.files import ROOT

TOOL = ROOT / "tools" / "asyncapi"
PLACE = ROOT / ".merit" / "asyncapi"


class ParserMissing(Exception):
    """Why the parser cannot run on this machine."""


def install() -> Path:
    """The folder that the parser is installed in."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            raise ParserMissing(f"{program} is not installed")
    PLACE.mkdir(parents=True, exist_ok=True)
    lock = TOOL / "package-lock.json"
    stamp, wanted = PLACE / "installed", hashlib.sha256(lock.read_bytes()).hexdigest()
    with (PLACE / "lock").open("w") as one_at_a_time:
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != wanted:
            for name in ("package.json", lock.name):
                shutil.copy(TOOL / name, PLACE / name)
            _npm_ci()
            stamp.write_text(wanted)
    return PLACE


def _npm_ci() -> None:
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1"]
    done = subprocess.run(command, cwd=PLACE, capture_output=True, text=True)
    if done.returncode != 0:
        words = [line for line in done.stderr.splitlines() if "error" in line]
        raise ParserMissing(f"npm cannot install it: {' '.join(words[:2]) or 'no reason given'}")


def parse(documents: Sequence[Path]) -> list[dict[str, Any]]:
    """For each document `file`, `messages` (names, None if it is invalid) and `diagnostics`."""
    command = ["node", str(TOOL / "check.cjs"), *(str(path.absolute()) for path in documents)]
    done = subprocess.run(command, cwd=install(), capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]
