"""What every test may ask for: servers, a prefix of its own; and which tests are of which kind."""

import asyncio
import gc
import hashlib
import json
import os
import secrets
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import structlog

from chassis.settings import Settings
from cli.platform import paths, servers
from cli.platform.servers import Servers
from tests.faults.report import PROPERTY, Row, table, write_json

KINDS = ("integration", "journey", "fault")
RUN = "MERIT_TEST_RUN"  # this run's id, told to the workers of pytest-xdist


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="faults: more rounds, longer outages")


def pytest_configure(config: pytest.Config) -> None:
    gc.disable()  # until everything is collected: what is imported stays, and is much
    # As a service logs; the library's own display of an exception takes seconds.
    structlog.configure(processors=[structlog.processors.KeyValueRenderer(key_order=["event"])])
    if not is_worker(config):
        os.environ[RUN] = f"{os.getpid()}-{secrets.token_hex(3)}"


def is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def run_prefix() -> str:
    """What the names of this run's databases and topics start with."""
    return "t" + os.environ[RUN].rsplit("-", 1)[1]


def run_home() -> Path:
    return test_homes() / os.environ[RUN]


def test_homes() -> Path:
    return paths.shared() / "test-platform"


def kind_of(item: pytest.Item) -> str:
    """The slowest kind that a test is marked as; "unit" without a mark."""
    return next((kind for kind in reversed(KINDS) if item.get_closest_marker(kind)), "unit")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "servers" in getattr(item, "fixturenames", ()) and kind_of(item) == "unit":
            raise pytest.UsageError(
                f"{item.nodeid} uses `servers`: its file needs pytestmark = pytest.mark.integration"
            )


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    gc.enable()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]  # pluggy types the hook loosely
    report.user_properties.append(("kind", kind_of(item)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says how many tests of each kind ran and how long they took, before the closing line."""
    counts: Counter[str] = Counter()
    seconds: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            kind = dict(getattr(report, "user_properties", ())).get("kind")
            if isinstance(report, pytest.TestReport) and kind is not None:
                counts[kind] += report.when == "call"
                seconds[kind] += round(report.duration * 1000)
    show_faults(terminalreporter)
    if counts:
        parts = [
            f"{kind} {counts[kind]} ({seconds[kind] / 1000:.1f} s)"
            for kind in ("unit", *KINDS)
            if counts[kind]
        ]
        terminalreporter.write_line("tests by kind: " + ", ".join(parts))


def show_faults(terminalreporter: pytest.TerminalReporter) -> None:
    """The table of the fault cases that ran, also as JSON in the clone's own folder."""
    reports = [report for each in terminalreporter.stats.values() for report in each]
    rows = [
        Row(**row)
        for report in reports
        if isinstance(report, pytest.TestReport) and report.when == "teardown"
        for name, found in report.user_properties
        if name == PROPERTY
        for row in found  # type: ignore[attr-defined]  # lists of dicts, as workers send them
    ]
    if rows:
        write_json(paths.shared() / "faults.json", rows)
        for line in table(rows):
            terminalreporter.write_line(line)


@pytest.fixture(scope="session", name="servers")
def running_servers() -> Servers:
    """Kafka and PostgreSQL for the whole run: named by a file or the environment, else embedded.

    The workers of one run share one platform; the run's end stops it.
    """
    shared = os.environ.get("MERIT_TEST_PLATFORM")
    if shared:
        return Servers(**json.loads(Path(shared).read_text()))
    stop_leftovers()
    return servers.start(run_home(), throwaway=True)


@pytest.fixture(scope="module")
def prefix(request: pytest.FixtureRequest) -> str:
    """The start of every database and topic of this module, in this worker, in this run."""
    place = f"{request.module.__name__} {os.environ.get('PYTEST_XDIST_WORKER', '')}"
    return run_prefix() + hashlib.sha256(place.encode()).hexdigest()[:5]


@pytest.fixture(scope="module")
def settings(servers: Servers, prefix: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Of a module's services: databases and topics of its own on the run's servers."""
    home = tmp_path_factory.mktemp("home")
    return Settings(postgres=servers.postgres, kafka=servers.kafka, prefix=prefix, home=home)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if is_worker(session.config):
        return
    if run_home().exists():
        discard(run_home())
    shared = os.environ.get("MERIT_TEST_PLATFORM")
    theirs_kafka, theirs_postgres = servers.given()
    if shared and Path(shared).exists():
        found = json.loads(Path(shared).read_text())
        theirs_kafka, theirs_postgres = found["kafka"], found["postgres"]
    if theirs_postgres:
        asyncio.run(drop_databases(theirs_postgres))
    if theirs_kafka:
        asyncio.run(delete_topics(theirs_kafka))


def stop_leftovers() -> None:
    """Removes the platforms of runs that were killed before they could."""
    for home in test_homes().glob("*-*"):
        run = home.name.split("-", 1)[0]
        if run.isdigit() and not psutil.pid_exists(int(run)):
            discard(home)


def discard(home: Path) -> None:
    """Stops a run's platform and removes its data."""
    servers.stop(home)
    servers.remove_data(home)
    shutil.rmtree(home, ignore_errors=True)


async def drop_databases(dsn: str) -> None:
    import asyncpg

    connection = await asyncpg.connect(f"{dsn}/postgres", timeout=10)
    try:
        rows = await connection.fetch(
            "select datname from pg_database where starts_with(datname, $1)", run_prefix()
        )
        for row in rows:
            await connection.execute(f'drop database "{row["datname"]}" with (force)')
    finally:
        await connection.close(timeout=10)


async def delete_topics(address: str) -> None:
    from aiokafka.admin import AIOKafkaAdminClient

    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    try:
        ours = [name for name in await admin.list_topics() if name.startswith(run_prefix())]
        if ours:
            await admin.delete_topics(ours)
    finally:
        await admin.close()
