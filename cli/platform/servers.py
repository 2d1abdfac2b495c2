"""Starts and stops the two servers of a platform, or takes those that the environment names."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from cli.platform import kafka, postgres, state
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
    with state.only_one(home), ThreadPoolExecutor(2) as pool:
        known = state.read(home)
        broker = pool.submit(_kafka, home, known.kafka, wanted=theirs_kafka is None)
        database = pool.submit(
            _postgres, home, known.postgres, wanted=theirs_postgres is None, throwaway=throwaway
        )
        failures = [found for found in (broker.exception(), database.exception()) if found]
        if broker.exception() is None:
            known = replace(known, kafka=broker.result())
        if database.exception() is None:
            known = replace(known, postgres=database.result())
        state.write(home, known)
    if failures:
        _stop_servers(home)
        raise failures[0]
    return addresses(home)


def _kafka(home: Path, known: Process | None, *, wanted: bool) -> Process | None:
    if not wanted or is_running(known):
        return known
    return kafka.start(home, known.port if known else None)


def _postgres(
    home: Path, known: Process | None, *, wanted: bool, throwaway: bool
) -> Process | None:
    if not wanted or is_running(known):
        return known
    return postgres.start(home, known.port if known else None, throwaway=throwaway)


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
    _stop_servers(home.absolute())


def _stop_servers(home: Path) -> None:
    with state.only_one(home), ThreadPoolExecutor(2) as pool:
        known = state.read(home)
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
