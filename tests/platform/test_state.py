"""The state file: who runs where, read back as written and never mistaken for another process."""

import fcntl
import os
import signal
import sys
import time
from pathlib import Path

import psutil
import pytest

from cli.platform import processes, state
from cli.platform.processes import Process
from cli.platform.state import State

SLEEP = [sys.executable, "-c", "import time; print('hello', flush=True); time.sleep(60)"]


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    written = State(Process(1, 2.5, 3), None, {"goals": Process(4, 5.5, 6)})
    state.write(tmp_path, written)
    assert state.read(tmp_path) == written
    assert (tmp_path / state.FILE).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", ["", "{", "[]", '{"kafka": 3}', '{"kafka": {"x": 1}}'])
def test_a_damaged_file_is_an_empty_platform(tmp_path: Path, text: str) -> None:
    (tmp_path / state.FILE).write_text(text)
    assert state.read(tmp_path) == State()


def test_a_service_is_added_and_removed() -> None:
    one = State().with_service("goals", Process(1, 1.0, 1))
    assert one.services == {"goals": Process(1, 1.0, 1)}
    assert one.with_service("goals", None) == State()


def test_a_process_is_known_by_its_birth_too() -> None:
    born = psutil.Process(os.getpid()).create_time()
    assert processes.is_running(Process(os.getpid(), born, 0))
    assert not processes.is_running(Process(os.getpid(), born - 60, 0))
    assert not processes.is_running(Process(os.getpid(), born, 0).stopped())
    assert not processes.is_running(None)


def test_a_process_is_started_with_a_log_and_stopped(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "sleep.log"
    process = processes.spawn(SLEEP, port=7, log=log, folder=tmp_path)
    try:
        assert processes.is_running(process)
        wait_for_line(log)
        assert processes.last_lines(log) == ["hello"]
    finally:
        processes.stop(process, signal.SIGTERM)
    assert not processes.is_running(process)


def test_a_process_that_does_not_listen_is_killed(tmp_path: Path) -> None:
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    command = [sys.executable, "-c", f"{deaf}; print('deaf', flush=True); time.sleep(60)"]
    process = processes.spawn(command, port=7, log=tmp_path / "deaf.log", folder=tmp_path)
    wait_for_line(tmp_path / "deaf.log")
    processes.stop(process, signal.SIGTERM, timeout_s=0.2)
    assert not processes.is_running(process)


def test_only_one_holds_the_platform(tmp_path: Path) -> None:
    with (
        state.only_one(tmp_path),
        (tmp_path / "platform.lock").open("w") as second,
        pytest.raises(BlockingIOError),
    ):
        fcntl.flock(second, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with (tmp_path / "platform.lock").open("w") as free:
        fcntl.flock(free, fcntl.LOCK_EX | fcntl.LOCK_NB)


def wait_for_line(log: Path) -> None:
    until = time.monotonic() + 10
    while not processes.last_lines(log):
        assert time.monotonic() < until, f"nothing was written to {log}"
        time.sleep(0.01)
