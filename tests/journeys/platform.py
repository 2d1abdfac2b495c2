"""A platform of a journey's own: the services as processes, started, killed and started again."""

import asyncio
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from chassis.settings import Settings
from cli.demo.story import Told
from cli.imports.company import Company, company
from cli.platform import processes, services, state
from cli.platform.servers import Servers

PEOPLE = 48
COMPANY: Company = company(PEOPLE, seed=7)


def silent(line: str) -> None:
    """Progress that nobody reads."""


@dataclass(frozen=True)
class Platform:
    """Where the journey's services live."""

    home: Path
    servers: Servers

    def start(self, names: Sequence[str]) -> None:
        services.start(self.home, self.servers, names, silent)

    def kill(self, name: str) -> None:
        """kill -9, and gone when this returns."""
        process = state.read(self.home).services[name]
        processes.stop(process, signal.SIGKILL)
        assert not processes.is_running(process)


@contextmanager
def platform(
    servers: Servers, prefix: str, home: Path, names: Sequence[str] | None = None
) -> Iterator[Platform]:
    """Services with databases and topics of this prefix; all of them unless `names` says which."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MERIT_PREFIX", prefix)
        patch.delenv("MERIT_HOME", raising=False)
        made = Platform(home, servers)
        try:
            made.start(services.known() if names is None else names)
            yield made
        finally:
            services.stop(home)


# How often an award had to wait for something depends on what was heard first.
BY_ARRIVAL = {"compensation.AwardWaiting"}


async def events_by_type(running: Platform) -> dict[str, int]:
    """How many events of each type the stores of all services hold."""
    settings = Settings(postgres=running.servers.postgres, prefix=os.environ["MERIT_PREFIX"])
    counts: dict[str, int] = {}
    for service in services.known():
        connection = await asyncpg.connect(settings.dsn(settings.database(service)))
        try:
            rows = await connection.fetch("SELECT type, count(*) FROM event GROUP BY type")
        finally:
            await connection.close()
        counts |= {row["type"]: row["count"] for row in rows if row["type"] not in BY_ARRIVAL}
    return counts


def figures_of(told: Told, running: Platform) -> dict[str, Any]:
    """What must come out the same however the journey went; ids and instants may differ."""
    payroll = {key: told.payroll[key] for key in ("lines", "total", "acknowledged")}
    return {
        "people": len(told.staff.people),
        **told.agreed,
        "coached": told.coached,
        "finalised": told.finalised,
        **told.figures,
        "payroll": payroll,
        "lost": told.books["lost"],
        "duplicated": told.books["duplicated"],
        "parked": told.books["parked"],
        "events": asyncio.run(events_by_type(running)),
    }
