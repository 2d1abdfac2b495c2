"""Containers instead of processes: chosen by name, refused with a reason, run and removed."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from cli.platform import containers, processes, servers, state
from cli.platform.errors import PlatformFailed
from cli.platform.processes import Process
from cli.platform.state import State
from tests.platform.test_embedded import get, put


@pytest.fixture(autouse=True)
def nothing_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MERIT_KAFKA", raising=False)
    monkeypatch.delenv("MERIT_POSTGRES", raising=False)


@pytest.mark.parametrize(("choice", "wanted"), [("", False), ("embedded", False)])
def test_without_a_choice_the_servers_are_processes(
    monkeypatch: pytest.MonkeyPatch, choice: str, wanted: bool
) -> None:
    monkeypatch.setenv("MERIT_PLATFORM", choice)
    assert containers.wanted() is wanted


def test_the_choice_containers_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MERIT_PLATFORM", "containers")
    assert containers.wanted()


def test_another_choice_is_named_with_what_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MERIT_PLATFORM", "podman")
    with pytest.raises(PlatformFailed, match="`embedded` or `containers`, not 'podman'"):
        containers.wanted()


def test_without_docker_one_sentence_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MERIT_PLATFORM", "containers")
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")
    with pytest.raises(PlatformFailed, match=r"needs Docker.*nobody\.sock.*unset MERIT_PLATFORM"):
        servers.start(tmp_path / "home")


def test_the_other_kind_is_refused_while_one_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sleeper = processes.spawn(["sleep", "60"], port=1, log=tmp_path / "log", folder=tmp_path)
    try:
        state.write(tmp_path, State(kafka=sleeper))
        monkeypatch.setenv("MERIT_PLATFORM", "containers")
        with pytest.raises(PlatformFailed, match=r"run as processes.*merit down"):
            servers.start(tmp_path)
    finally:
        processes.stop(sleeper, signal.SIGKILL)


def test_the_kind_is_remembered(tmp_path: Path) -> None:
    written = State(Process(1, 2.5, 3), containers=True)
    state.write(tmp_path, written)
    assert state.read(tmp_path) == written
    assert not state.read(tmp_path / "elsewhere").containers


def test_every_home_has_containers_of_its_own(tmp_path: Path) -> None:
    names = {
        containers.name_of(home, server)
        for home in (tmp_path / "one", tmp_path / "other")
        for server in ("kafka", "postgres")
    }
    assert len(names) == 4


@pytest.fixture
def docker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("MERIT_PLATFORM", "containers")
    with ExitStack() as stack:
        try:
            found = stack.enter_context(containers.connected())
        except PlatformFailed as reason:
            pytest.skip(f"no containers on this machine: {reason}")
        yield found


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    servers.stop(tmp_path)
    servers.remove_data(tmp_path)


@pytest.fixture
def left(docker: Any, home: Path) -> Callable[[], list[str]]:
    """The platform's containers and volumes that Docker has, by name."""
    label = {"label": f"{containers.HOME}={home}"}

    def names() -> list[str]:
        boxes = [box.name for box in docker.containers.list(all=True, filters=label)]
        return boxes + [volume.name for volume in docker.volumes.list(filters=label)]

    return names


@pytest.mark.integration
def test_containers_keep_their_data_between_runs_and_are_removed(
    home: Path, left: Callable[[], list[str]]
) -> None:
    first = servers.start(home, throwaway=True)
    asyncio.run(put(first))
    assert servers.start(home) == first, "a running platform is used as it is"
    running = state.read(home)
    assert processes.is_running(running.kafka)
    assert len(left()) == 4
    servers.stop(home)
    assert not processes.is_running(running.kafka)
    assert not processes.is_running(running.postgres)
    assert len(left()) == 2, "the volumes with the data"

    second = servers.start(home, throwaway=True)
    assert second == first, "the ports are remembered"
    assert asyncio.run(get(second)) == (42, b"kept")
    servers.stop(home)
    servers.remove_data(home)
    assert left() == []


@pytest.mark.integration
def test_a_killed_container_comes_back_with_its_data(
    home: Path, left: Callable[[], list[str]]
) -> None:
    first = servers.start(home, throwaway=True)
    asyncio.run(put(first))
    for process in (state.read(home).kafka, state.read(home).postgres):
        assert process is not None
        processes.stop(process, signal.SIGKILL)
    with pytest.raises(PlatformFailed, match="not running"):
        servers.addresses(home)
    assert servers.start(home, throwaway=True) == first
    assert asyncio.run(get(first)) == (42, b"kept")
    assert len(left()) == 4
