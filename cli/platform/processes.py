"""Child processes that outlive the command which started them: start, recognise, stop."""

import atexit
import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from cli.platform.errors import PlatformFailed


@dataclass(frozen=True, slots=True)
class Owner:
    """The user that a process runs as."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Process:
    """A process by id *and* birth, since the system gives ids out again; pid 0 is a stopped one."""

    pid: int
    created: float
    port: int

    def stopped(self) -> "Process":
        return Process(0, 0.0, self.port)


# Children of this very process, kept so that they are awaited when they are stopped here.
_children: dict[int, subprocess.Popen[bytes]] = {}


@atexit.register
def _let_go() -> None:
    """They go on without this process; Python would warn of each at its end."""
    for child in _children.values():
        child.returncode = child.poll() or 0


def spawn(
    command: Sequence[str | Path],
    *,
    port: int,
    log: Path,
    folder: Path,
    environment: Mapping[str, str] | None = None,
    owner: Owner | None = None,
    pass_fds: Sequence[int] = (),
) -> Process:
    """Starts a process in a session of its own, its output appended to `log`.

    It inherits the descriptors `pass_fds` under the same numbers and no others.
    """
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            child = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=dict(environment) if environment is not None else None,
                start_new_session=True,
                pass_fds=pass_fds,
                user=owner.uid if owner else None,
                group=owner.gid if owner else None,
                extra_groups=[] if owner else None,
            )
    except OSError as error:
        raise PlatformFailed(f"{command[0]} cannot be started: {error.strerror}.") from error
    _children[child.pid] = child
    try:
        return Process(child.pid, psutil.Process(child.pid).create_time(), port)
    except psutil.NoSuchProcess:
        return Process(child.pid, 0.0, port)


def is_running(process: Process | None) -> bool:
    if process is None or process.pid == 0:
        return False
    child = _children.get(process.pid)
    if child is not None and child.poll() is not None:
        return False
    try:
        found = psutil.Process(process.pid)
        same = abs(found.create_time() - process.created) < 1.0
        return same and found.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def stop(process: Process, first: signal.Signals, timeout_s: float = 20.0) -> None:
    """Asks with `first`, insists after `timeout_s`; returns when the process is gone."""
    for number, patience_s in ((first, timeout_s), (signal.SIGKILL, 10.0)):
        if is_running(process):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, number)
        if wait_gone(process, patience_s):
            break
    child = _children.pop(process.pid, None)
    if child is not None:
        child.wait(timeout=10)


def wait_gone(process: Process, timeout_s: float) -> bool:
    until = time.monotonic() + timeout_s
    while is_running(process):
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def last_lines(log: Path, count: int = 5) -> list[str]:
    """The last lines that say something."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 20_000))
            text = file.read().decode(errors="replace")
    except OSError:
        return []
    return [line.rstrip() for line in text.splitlines() if line.strip()][-count:]
