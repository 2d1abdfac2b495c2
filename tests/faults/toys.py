"""The toy service under faults: its processes, commands that are sent until answered, reading."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import httpx2
from fastapi import FastAPI

from chassis.execute import TooManyConflicts
from chassis.gate import TRANSIENT
from chassis.settings import Settings
from chassis.store import Store
from tests.chassis.toy import count
from tests.faults.report import Event

Running = asyncio.subprocess.Process
SEND_AGAIN: tuple[type[BaseException], ...] = (*TRANSIENT, TooManyConflicts)


async def spawn(
    settings: Settings, module: str, *arguments: str, output: bool = False, listen: int = 0
) -> Running:
    """A program of the tests on these settings; `listen`: a socket that it inherits."""
    environment = os.environ | {
        "MERIT_POSTGRES": settings.postgres,
        "MERIT_KAFKA": settings.kafka,
        "MERIT_PREFIX": settings.prefix,
        "MERIT_HOME": str(settings.home),
        "MERIT_PORT": "0",
    }
    if listen:
        environment["MERIT_LISTEN_FD"] = str(listen)
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *arguments),
        env=environment,
        cwd=Path(__file__).parents[2],
        stdout=asyncio.subprocess.PIPE if output else asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        pass_fds=[listen] if listen else [],
    )


@asynccontextmanager
async def process(
    settings: Settings, module: str, *arguments: str, output: bool = False
) -> AsyncIterator[Running]:
    """A program that is killed when the block ends."""
    made = await spawn(settings, module, *arguments, output=output)
    try:
        yield made
    finally:
        await kill(made)


async def kill(running: Running) -> None:
    """kill -9, and gone when this returns."""
    if running.returncode is None:
        running.send_signal(signal.SIGKILL)
    await running.communicate()


async def tell(store: Store, person: str, numbers: Sequence[int]) -> None:
    """Commands as a client sends them: each under its key until it is answered."""
    for n in numbers:
        await insist(store, person, f"{person} {n}", n)


async def insist(store: Store, person: str, key: str, number: int | None = None) -> None:
    """One command, sent again under its key while it is answered that it can be."""
    while True:
        try:
            await count(store, person, key, number)
            return
        except SEND_AGAIN:
            await asyncio.sleep(0.05)


def told(people: Sequence[str], each: int) -> set[Event]:
    return {(person, n) for person in people for n in range(1, each + 1)}


async def as_superuser(store: Store, query: str, *arguments: object) -> list[asyncpg.Record]:
    """In the toy's database, with rights that the service does not have."""
    connection = await asyncpg.connect(store.settings.dsn(store.settings.database("toy")))
    try:
        rows: list[asyncpg.Record] = await connection.fetch(query, *arguments)
        return rows
    finally:
        await connection.close()


def http(app: FastAPI) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://toy")


async def stored(store: Store) -> list[Event]:
    rows = await store.pool.fetch(
        "SELECT s.key, e.version FROM event e JOIN stream s ON s.id = e.stream ORDER BY e.position"
    )
    return [(row["key"], row["version"]) for row in rows]


async def heard(store: Store, consumer: str) -> list[Event]:
    """What a consumer wrote down, in its order."""
    rows = await store.pool.fetch(
        """SELECT s.key, h.number FROM heard h JOIN stream s ON s.id = h.stream
           WHERE h.consumer = $1 ORDER BY h.row""",
        consumer,
    )
    return [(row["key"], row["number"]) for row in rows]


def has_heard(store: Store, consumer: str, events: int) -> Callable[[], Awaitable[bool]]:
    async def check() -> bool:
        try:
            return len(await heard(store, consumer)) >= events
        except TRANSIENT:
            return False

    return check
