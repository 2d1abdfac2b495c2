"""Kafka and PostgreSQL in containers, through testcontainers: the same servers, walled in.

Every container and volume carries the platform's home as a label and is found by it.
"""

import hashlib
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from cli.platform import images, kafka, ports, postgres, processes
from cli.platform.errors import PlatformFailed
from cli.platform.processes import Process

if TYPE_CHECKING:
    from testcontainers.core.container import DockerContainer

CHOICE = "MERIT_PLATFORM"
HOME, SERVER = "meritledger.home", "meritledger.server"
STOP_S = 30
POLL_S, PATIENCE_S = 0.1, 60.0
USUAL = "unix:///var/run/docker.sock"

Spawned = Callable[[Process], None]


def wanted() -> bool:
    """Whether `MERIT_PLATFORM` asks for containers."""
    choice = os.environ.get(CHOICE) or "embedded"
    if choice not in ("embedded", "containers"):
        raise PlatformFailed(f"{CHOICE} is `embedded` or `containers`, not {choice!r}.")
    return choice == "containers"


@contextmanager
def connected() -> Iterator[Any]:
    """Docker, or a sentence that says what is missing."""
    from docker.errors import DockerException  # type: ignore[import-untyped]  # none are published
    from testcontainers.core.config import testcontainers_config
    from testcontainers.core.docker_client import DockerClient, get_docker_host

    # Ryuk would remove the servers when the command that started them ends.
    testcontainers_config.ryuk_disabled = True
    testcontainers_config.sleep_time = POLL_S
    testcontainers_config.max_tries = round(PATIENCE_S / POLL_S)
    address = get_docker_host() or USUAL
    try:
        _knock(address)
        docker = DockerClient().client
    except (DockerException, OSError) as error:
        raise PlatformFailed(
            f"{CHOICE}=containers needs Docker, which does not answer at {address} "
            f"({_first(error)}); start it, or unset {CHOICE} to run the servers as processes."
        ) from error
    try:
        yield docker
    finally:
        docker.close()


def _knock(address: str) -> None:
    """Raises OSError if nobody listens: Docker's library leaves the socket open when it fails."""
    if address.startswith("unix://"):
        with socket.socket(socket.AF_UNIX) as probe:
            probe.connect(address.removeprefix("unix://"))


def _first(error: Exception) -> str:
    return str(error).split("\n", 1)[0][:200]


def start_kafka(home: Path, known: Process | None, spawned: Spawned) -> Process:
    """The broker in a container; the one that runs is used as it is."""
    if known is not None and processes.is_running(known) and kafka.wait_ready(known):
        return known
    from testcontainers.core.container import DockerContainer

    port = _cleared_port(home, "kafka", known)
    container = DockerContainer(images.tag("kafka"))
    container.with_env("MERIT_ADVERTISED", f"{ports.HOST}:{port}")
    process = _run(container, home, "kafka", {9092: port}, "/var/lib/kafka")
    spawned(process)
    if not kafka.wait_ready(process):
        raise PlatformFailed(f"Apache Kafka did not start; {_last_words(home, 'kafka')}")
    return process


def start_postgres(
    home: Path, known: Process | None, spawned: Spawned, *, throwaway: bool
) -> Process:
    """The database server in a container; the one that runs is used as it is."""
    if known is not None and processes.is_running(known) and ports.answers(known.port):
        return known
    from testcontainers.community.postgres import PostgresContainer

    port = _cleared_port(home, "postgres", known)
    container = PostgresContainer(
        images.tag("postgres"), username="postgres", password="unused", dbname="postgres"
    )
    container.with_env("POSTGRES_HOST_AUTH_METHOD", "trust")  # published on 127.0.0.1 only
    container.with_command(postgres.settings("*", 5432, throwaway=throwaway))
    process = _run(container, home, "postgres", {5432: port}, "/var/lib/postgresql/data")
    spawned(process)
    return process


def _cleared_port(home: Path, server: str, known: Process | None) -> int:
    """The port of last time if it is free, once what is left of the server is gone."""
    with connected() as docker:
        _remove(docker.containers, home, server)
    return ports.choose(known.port if known else None)


def _run(
    container: "DockerContainer", home: Path, server: str, at: Mapping[int, int], data: str
) -> Process:
    """Starts it with its data in a volume; its process is known by the id that the host sees."""
    from docker.errors import DockerException

    labels, name = {HOME: str(home), SERVER: server}, name_of(home, server)
    for inside, outside in at.items():
        address = (ports.HOST, outside)
        container.ports[f"{inside}/tcp"] = address  # type: ignore[assignment]  # Docker takes both
    container.with_name(name).with_volume_mapping(name, data, "rw")
    container.with_kwargs(labels=labels, shm_size="256m")
    try:
        container.get_docker_client().client.volumes.create(name=name, labels=labels)
        container.start()
        made = container.get_wrapped_container()
        made.reload()
        pid = int(made.attrs["State"]["Pid"])
        [port] = at.values()
        return Process(pid, psutil.Process(pid).create_time(), port)
    except (DockerException, TimeoutError) as error:
        raise PlatformFailed(f"the container {name} did not start: {_first(error)}") from error
    except psutil.NoSuchProcess as error:
        raise PlatformFailed(
            f"the container {name} stopped, or Docker does not run on this machine; "
            f"{_last_words(home, server)}"
        ) from error
    finally:
        container.get_docker_client().client.close()


def name_of(home: Path, server: str) -> str:
    """The name of a platform's container and of its volume."""
    return f"meritledger-{hashlib.sha256(str(home).encode()).hexdigest()[:12]}-{server}"


def _last_words(home: Path, server: str) -> str:
    from docker.errors import DockerException

    name = name_of(home, server)
    try:
        with connected() as docker:
            text = docker.containers.get(name).logs(tail=3).decode(errors="replace")
    except DockerException:
        text = ""
    return f"the end of `docker logs {name}`: {' '.join(text.split()) or 'nothing'}"


def stop(home: Path) -> None:
    """Stops and removes the platform's containers; the volumes with the data stay."""
    with connected() as docker:
        for server in ("kafka", "postgres"):
            _remove(docker.containers, home, server, stop_s=STOP_S)


def _remove(containers: Any, home: Path, server: str, stop_s: int | None = None) -> None:
    for found in containers.list(all=True, filters=_labelled(home, server)):
        if stop_s is not None:
            found.stop(timeout=stop_s)
        found.remove(force=True, v=True)


def _labelled(home: Path, server: str | None = None) -> dict[str, list[str]]:
    labels = [f"{HOME}={home}"] + ([f"{SERVER}={server}"] if server else [])
    return {"label": labels}


def remove_data(home: Path) -> None:
    """Removes the volumes of a stopped platform."""
    with connected() as docker:
        for volume in docker.volumes.list(filters=_labelled(home)):
            volume.remove()


def prepare(tell: images.Tell) -> None:
    """The images of both servers, built if need be."""
    with connected() as docker:
        for name in ("postgres", "kafka"):
            images.ensure(docker, name, tell)
