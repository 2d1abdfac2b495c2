"""Given servers are used as they are; what does not run is said in one sentence."""

import http.server
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.platform import paths, ports, processes, servers, services
from cli.platform.errors import PlatformFailed
from cli.platform.processes import Process
from cli.platform.servers import Servers


@pytest.fixture
def nothing_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MERIT_KAFKA", raising=False)
    monkeypatch.delenv("MERIT_POSTGRES", raising=False)


def test_given_servers_are_used_and_nothing_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MERIT_KAFKA", "broker:9092")
    monkeypatch.setenv("MERIT_POSTGRES", "postgresql://me@host:5432/")
    assert servers.start(tmp_path) == Servers("broker:9092", "postgresql://me@host:5432")


@pytest.mark.parametrize("dsn", ["host:5432", "postgresql://me@host/db", "mysql://me@host"])
def test_a_dsn_with_a_database_or_of_another_kind_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dsn: str
) -> None:
    monkeypatch.setenv("MERIT_KAFKA", "broker:9092")
    monkeypatch.setenv("MERIT_POSTGRES", dsn)
    with pytest.raises(PlatformFailed, match="MERIT_POSTGRES must look like"):
        servers.start(tmp_path)


@pytest.mark.usefixtures("nothing_given")
def test_a_platform_that_is_down_says_how_to_start_it(tmp_path: Path) -> None:
    with pytest.raises(PlatformFailed, match="merit up"):
        servers.addresses(tmp_path)


def test_a_taken_port_is_not_chosen_again() -> None:
    with socket.socket() as taken:
        taken.bind((ports.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not ports.is_free(port)
        assert ports.choose(port) != port
        assert ports.answers(port)
    assert ports.choose(port) == port


def test_a_claimed_port_is_nobody_elses() -> None:
    with ports.claim(None) as first:
        port = first.getsockname()[1]
        with ports.claim(port) as second:
            assert second.getsockname()[1] != port
    with ports.claim(port) as again:
        assert again.getsockname()[1] == port


def test_a_child_answers_at_the_claimed_port(tmp_path: Path) -> None:
    answer = (
        "import socket, sys; held = socket.socket(fileno=int(sys.argv[1]));"
        "held.accept()[0].sendall(b'here')"
    )
    with ports.claim(None) as held:
        port = held.getsockname()[1]
        child = processes.spawn(
            [sys.executable, "-c", answer, str(held.fileno())],
            port=port,
            log=tmp_path / "log",
            folder=tmp_path,
            pass_fds=[held.fileno()],
        )
    with socket.create_connection((ports.HOST, port), timeout=10) as asking:
        assert asking.recv(10) == b"here"
    processes.stop(child, signal.SIGTERM)


def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    paths.check_space(tmp_path, needed_mb=0)
    with pytest.raises(PlatformFailed, match=r"the disk is full: \d+ MB are free"):
        paths.check_space(tmp_path, needed_mb=10**12)


def test_an_unknown_service_is_named() -> None:
    with pytest.raises(PlatformFailed, match="there is no service 'gaols'"):
        services.chosen("gaols")


class Ready(http.server.BaseHTTPRequestHandler):
    """A service that is ready."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/health/ready" else 404)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name there
        """Says nothing."""


@pytest.fixture
def ready_port() -> Iterator[int]:
    with http.server.HTTPServer((ports.HOST, 0), Ready) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join(5)


def test_waiting_ends_when_the_service_is_ready(tmp_path: Path, ready_port: int) -> None:
    said: list[str] = []
    services.wait_ready(tmp_path, {"goals": Process(1, 0.0, ready_port)}, said.append)
    assert said == [f"goals is ready at http://127.0.0.1:{ready_port}"]


def test_a_service_that_dies_is_named_with_its_last_words(tmp_path: Path) -> None:
    log = services.log_of(tmp_path, "goals")
    command = ["sh", "-c", "echo migration 0007 failed >&2; exit 3"]
    process = processes.spawn(command, port=ports.choose(None), log=log, folder=tmp_path)
    with pytest.raises(PlatformFailed, match="goals stopped while starting") as caught:
        services.wait_ready(tmp_path, {"goals": process}, lambda text: None)
    assert "migration 0007 failed" in str(caught.value)
