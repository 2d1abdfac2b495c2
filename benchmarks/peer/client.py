"""Makes the peer's environment on first use, starts its process and asks it to work."""

import asyncio
import hashlib
import json
import os
import subprocess
import sys
import venv
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg

from benchmarks.measuring import Slice
from chassis.settings import Settings

HERE = Path(__file__).parent
LOCK = HERE / "requirements.txt"
LINE_LIMIT = 1 << 20


class PeerMissing(Exception):
    """The peer's packages could not be installed; everything else can be measured without it."""


@dataclass(frozen=True)
class Peer:
    """The running process; its versions."""

    process: asyncio.subprocess.Process
    versions: dict[str, str]
    dsn: str

    async def ask(self, do: str, **what: Any) -> dict[str, Any]:
        assert self.process.stdin is not None, "a pipe"
        assert self.process.stdout is not None, "a pipe"
        self.process.stdin.write(json.dumps({"do": do, **what}).encode() + b"\n")
        await self.process.stdin.drain()
        answer = await self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the peer ended while it was asked to {do}")
        found: dict[str, Any] = json.loads(answer)
        return found

    async def measured(self, do: str, **what: Any) -> Slice:
        return Slice(**await self.ask(do, **what))

    async def fill(self, events: int, per_stream: int) -> None:
        """As many events, with the statistics that its plans are made from."""
        filled = await self.ask("fill", events=events, per_stream=per_stream)
        connection = await asyncpg.connect(self.dsn)
        try:
            await connection.execute(f"VACUUM ANALYZE {filled['table']}")
        finally:
            await connection.close()


def environment(home: Path) -> Path | None:
    """The Python of the peer's environment, if it is there as the lock wants it."""
    python = home / "bench-venv" / "bin" / "python"
    try:
        return python if (home / "bench-venv" / "lock.sha256").read_text() == _wanted() else None
    except OSError:
        return None


def _wanted() -> str:
    return hashlib.sha256(LOCK.read_bytes()).hexdigest()


def install(home: Path, progress: Callable[[str], None]) -> Path:
    """The peer's Python; its packages are fetched when they are not there yet."""
    found = environment(home)
    if found is not None:
        return found
    folder = home / "bench-venv"
    progress("fetching the library that is compared with (once)")
    venv.create(folder, clear=True, with_pip=True)
    python = folder / "bin" / "python"
    command = [str(python), "-m", "pip", "install", "-q", "--require-hashes"]
    command += ["--only-binary", ":all:", "-r", str(LOCK)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        words = (done.stderr.strip() or "no reason").splitlines()[-1]
        raise PeerMissing(f"the library that is compared with cannot be installed: {words}")
    (folder / "lock.sha256").write_text(_wanted())
    return python


@asynccontextmanager
async def started(settings: Settings, python: Path, connections: int = 16) -> AsyncIterator[Peer]:
    """The peer on a new database of the same server; the process ends with the block."""
    database = settings.database("peer")
    server = await asyncpg.connect(settings.dsn("postgres"))
    try:
        await server.execute(f'CREATE DATABASE "{database}"')
    finally:
        await server.close()
    address = urlsplit(settings.postgres)
    process = await asyncio.create_subprocess_exec(
        str(python),
        "-m",
        "benchmarks.peer.process",
        cwd=HERE.parent.parent,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=sys.stderr,
        limit=LINE_LIMIT,
        env={
            "PATH": os.defpath,
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": database,
            "POSTGRES_HOST": address.hostname or "",
            "POSTGRES_PORT": str(address.port or 5432),
            "POSTGRES_USER": address.username or "",
            "POSTGRES_PASSWORD": address.password or "",
            "POSTGRES_POOL_SIZE": str(connections),
            "POSTGRES_MAX_OVERFLOW": "4",
        },
    )
    try:
        peer = Peer(process, {}, settings.dsn(database))
        yield replace(peer, versions=await peer.ask("versions"))
    finally:
        if process.stdin:
            process.stdin.close()
        await process.wait()
