"""Feedback over HTTP until it is durable: committed in groups, and one by one.

Three servers of one process each: feedback's API as it is, the same without group commit, and one
that reads the request, stores nothing and answers.  The clients are a process of their own.
"""

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any

import asyncpg

from benchmarks.burst import Burst
from benchmarks.capturing import KINDS
from benchmarks.measuring import Case, Row, Slice, measure_all
from chassis.auth import issue_token
from chassis.clock import local_clock
from chassis.service import open_store
from chassis.settings import Settings
from feedback.app import SERVICE

PEOPLE = 200
_START_S = 60.0


@dataclass(frozen=True)
class Asked:
    """How many clients at once, and how long each slice takes."""

    clients: int
    seconds: float
    slices: int
    progress: Callable[[str], None]


@dataclass(frozen=True)
class Server:
    kind: str
    port: int


@dataclass(frozen=True)
class Bench:
    settings: Settings
    asked: Asked
    tokens: list[str]
    persons: list[str]

    async def slice(self, server: Server, number: int) -> Slice:
        """What is accepted in the time."""
        told = asdict(
            Burst(
                server.port,
                "/feedback",
                f"{server.kind}-{number}",
                self.tokens,
                self.persons,
                self.asked.clients,
                self.asked.seconds,
            )
        )
        found = await _load(told)
        if found["other"]:
            raise RuntimeError(f"{server.kind} answered {found['other']}")
        stores = server.kind != "nothing"
        lost = await lost_of(self.settings, found["accepted"]) if stores else 0
        return Slice(found["measured"], found["seconds"], lost)


async def lost_of(settings: Settings, accepted: list[str]) -> int:
    """How many streams are not there afterwards with exactly one event, or were accepted twice."""
    connection = await asyncpg.connect(settings.dsn(settings.database(SERVICE.name)))
    try:
        # Lookups for each: joined as a whole, PostgreSQL may read all of a large store.
        once: int = await connection.fetchval(
            """SELECT count(*) FROM (SELECT DISTINCT * FROM unnest($1::uuid[])) AS told (stream)
               WHERE (SELECT version FROM stream s WHERE s.id = told.stream) = 1
                 AND (SELECT count(*) FROM event e WHERE e.stream = told.stream) = 1""",
            accepted,
        )
    finally:
        await connection.close()
    return len(accepted) - once


async def _load(told: dict[str, Any]) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "benchmarks.burst",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    output, _ = await process.communicate(json.dumps(told).encode())
    if process.returncode:
        raise RuntimeError("the load failed")
    found: dict[str, Any] = json.loads(output)
    return found


async def prepared(settings: Settings, asked: Asked) -> Bench:
    """People who work somewhere, each with a key, and a token for each client."""
    persons = [f"person-{n}" for n in range(PEOPLE)]
    # Who gives is nobody who receives: feedback to oneself is refused.
    givers = [f"giver-{n}" for n in range(asked.clients)]
    since, known = date(2020, 1, 1), datetime(2020, 1, 1, tzinfo=UTC)
    async with open_store(SERVICE, settings) as store:
        await store.keys.for_writing(persons)
        await store.pool.executemany(
            """INSERT INTO person_fact (person, version, kind, manager, unit, entity, valid_from,
                   recorded_at) VALUES ($1, 1, 'assigned', $2, 'sales', 'US01', $3, $4)""",
            [(p, None, since, known) for p in persons + givers],
        )
    now = local_clock(settings.home)()
    tokens = [issue_token(settings.home, giver, now) for giver in givers]
    return Bench(settings, asked, tokens, persons)


@asynccontextmanager
async def started(settings: Settings, kind: str) -> AsyncIterator[Server]:
    """A server's process, once it answers."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    told = {"POSTGRES": settings.postgres, "KAFKA": settings.kafka, "PREFIX": settings.prefix}
    told |= {"HOME": str(settings.home), "PORT": str(port)}
    environment = os.environ | {f"MERIT_{name}": value for name, value in told.items()}
    log = settings.home / f"bench-{kind}.log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "benchmarks.capturing",
            kind,
            env=environment,
            stdout=output,
            stderr=output,
        )
    try:
        async with asyncio.timeout(_START_S):
            while not await _answers(port):
                if process.returncode is not None:
                    raise RuntimeError(f"the server ended: {log.read_text()[-500:]}")
                await asyncio.sleep(0.1)
        yield Server(kind, port)
    finally:
        process.terminate()
        await process.wait()


async def _answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


async def run(settings: Settings, asked: Asked) -> tuple[list[Row], dict[str, str]]:
    """The row, and the versions of what it was measured on."""
    bench = await prepared(settings, asked)
    async with AsyncExitStack() as stack:
        asked.progress("starting feedback, thrice")
        groups, alone, nothing = [
            await stack.enter_async_context(started(settings, kind)) for kind in KINDS
        ]
        case = Case(
            f"feedback over HTTP, {asked.clients} clients",
            ours=lambda number: bench.slice(groups, number),
            peer=lambda number: bench.slice(alone, number),
            ceiling=lambda number: bench.slice(nothing, number),
            unit="accepted/s",
        )
        rows = await measure_all([case], asked.slices, asked.progress)
    connection = await asyncpg.connect(settings.dsn("postgres"))
    try:
        server: str = await connection.fetchval("SHOW server_version")
    finally:
        await connection.close()
    return rows, {"postgresql": server}
