"""Starts and stops the two servers of a platform, or takes those that the environment names."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from urllib.parse import urlsplit

from cli.console import say
from cli.platform import containers, kafka, postgres, state
from cli.platform.errors import PlatformFailed
from cli.platform.ports import HOST
from cli.platform.processes import Process, is_running


@dataclass(frozen=True, slots=True)
class Servers:
    """Addresses: `kafka` is host:port, `postgres` a superuser's DSN without a database."""

    kafka: str
    postgres: str


def given() -> tuple[str | None, str | None]:
    """The servers that `MERIT_KAFKA` and `MERIT_POSTGRES` name."""
    return os.environ.get("MERIT_KAFKA") or None, os.environ.get("MERIT_POSTGRES") or None


def start(home: Path, *, throwaway: bool = False) -> Servers:
    """Both servers, running and ready; whatever runs already is used as it is.

    throwaway: the data is for a test, PostgreSQL need not wait for the disk.
    """
    theirs_kafka, theirs_postgres = given()
    home = home.absolute()
    with state.only_one(home):
        known, spawned = _of_kind(home, in_containers=containers.wanted()), _Spawned(home)
        starts: list[Callable[[], object]] = []
        one, other = (
            (containers.start_kafka, containers.start_postgres)
            if known.containers
            else (kafka.start, postgres.start)
        )
        if known.containers and not (theirs_kafka and theirs_postgres):
            containers.prepare(say)
        if theirs_kafka is None:
            starts.append(lambda: one(home, known.kafka, spawned.kafka))
        if theirs_postgres is None:
            starts.append(
                lambda: other(home, known.postgres, spawned.postgres, throwaway=throwaway)
            )
        with ThreadPoolExecutor(2) as pool:
            waiting = [pool.submit(one) for one in starts]
        failures = [found for one in waiting if (found := one.exception())]
    if failures:
        stop(home)
        raise failures[0]
    return addresses(home)


def _of_kind(home: Path, *, in_containers: bool) -> state.State:
    """What is known of the platform; refused while the other kind of servers runs in it."""
    known = state.read(home)
    if known.containers == in_containers:
        return known
    if is_running(known.kafka) or is_running(known.postgres):
        kind = "in containers" if known.containers else "as processes"
        raise PlatformFailed(
            f"the platform's servers run {kind}, and {containers.CHOICE} asks for the other kind, "
            "which has data of its own; `./merit down` first."
        )
    changed = replace(known, containers=in_containers)
    state.write(home, changed)
    return changed


class _Spawned:
    """Writes down each server as soon as it exists, so that it can be stopped whatever happens."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._lock = Lock()

    def kafka(self, process: Process) -> None:
        with self._lock:
            state.write(self._home, replace(state.read(self._home), kafka=process))

    def postgres(self, process: Process) -> None:
        with self._lock:
            state.write(self._home, replace(state.read(self._home), postgres=process))


def addresses(home: Path) -> Servers:
    """Where the running platform's servers are."""
    theirs_kafka, theirs_postgres = given()
    known = state.read(home)
    if theirs_postgres is not None:
        database = checked(theirs_postgres)
    elif known.postgres is not None and is_running(known.postgres):
        database = f"postgresql://postgres@{HOST}:{known.postgres.port}"
    else:
        raise PlatformFailed("PostgreSQL is not running; `./merit up` starts the platform.")
    if theirs_kafka is not None:
        return Servers(theirs_kafka, database)
    if known.kafka is None or not is_running(known.kafka):
        raise PlatformFailed("Apache Kafka is not running; `./merit up` starts the platform.")
    return Servers(f"{HOST}:{known.kafka.port}", database)


def checked(dsn: str) -> str:
    """A DSN that names a server and no database."""
    parts = urlsplit(dsn)
    if parts.scheme not in ("postgresql", "postgres") or parts.path not in ("", "/"):
        raise PlatformFailed(
            "MERIT_POSTGRES must look like postgresql://user@host:port, without a database."
        )
    return dsn.rstrip("/")


def stop(home: Path) -> None:
    """Stops what `start` started and keeps the data; the ports are remembered."""
    home = home.absolute()
    with state.only_one(home):
        known = state.read(home)
        if known.containers:
            containers.stop(home)
        with ThreadPoolExecutor(2) as pool:
            ends = []
            if known.kafka is not None and is_running(known.kafka):
                ends.append(pool.submit(kafka.stop, known.kafka))
            if known.postgres is not None and is_running(known.postgres):
                ends.append(pool.submit(postgres.stop, known.postgres))
        for end in ends:
            end.result()
        state.write(
            home,
            replace(
                known,
                kafka=known.kafka.stopped() if known.kafka else None,
                postgres=known.postgres.stopped() if known.postgres else None,
            ),
        )


def remove_data(home: Path) -> None:
    """Removes every database and every topic of a stopped platform."""
    home = home.absolute()
    with state.only_one(home):
        if state.read(home).containers:
            containers.remove_data(home)
        postgres.remove_data(home)
        kafka.remove_data(home)
