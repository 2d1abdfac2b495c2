"""`platform.json`: which processes make up a platform, for whoever comes later."""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from cli.platform.paths import make_folder
from cli.platform.processes import Process

FILE = "platform.json"


@dataclass(frozen=True, slots=True)
class State:
    """What was started; a process in it may have died since."""

    kafka: Process | None = None
    postgres: Process | None = None
    services: Mapping[str, Process] = field(default_factory=dict)
    containers: bool = False  # the two servers are in containers

    def with_service(self, name: str, process: Process | None) -> "State":
        others = {known: at for known, at in self.services.items() if known != name}
        return replace(self, services=others | ({name: process} if process else {}))


def read(home: Path) -> State:
    """An unreadable or missing file is an empty platform."""
    try:
        found = json.loads((home / FILE).read_text())
        return State(
            kafka=_process(found["kafka"]),
            postgres=_process(found["postgres"]),
            services={name: Process(**at) for name, at in found["services"].items()},
            containers=found.get("containers", False),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return State()


def _process(found: dict[str, int] | None) -> Process | None:
    return Process(**found) if found else None


def write(home: Path, state: State) -> None:
    part = home / f"{FILE}.{os.getpid()}"
    part.write_text(json.dumps(asdict(state), indent=2) + "\n")
    part.chmod(0o600)
    part.replace(home / FILE)


@contextlib.contextmanager
def only_one(home: Path) -> Iterator[None]:
    """One start or stop at a time in one home."""
    with (make_folder(home) / "platform.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
