"""PostgreSQL clusters of a test's own: started, dumped, restored."""

import asyncio
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from chassis.settings import SERVICE_ROLE, Settings
from cli.platform import postgres


@asynccontextmanager
async def fresh_cluster() -> AsyncIterator[str]:
    """The DSN of a new, empty PostgreSQL; it is gone afterwards."""
    home = Path(tempfile.mkdtemp(prefix="merit-cluster-"))
    process = await asyncio.to_thread(
        postgres.start, home, None, lambda spawned: None, throwaway=True
    )
    try:
        yield f"postgresql://postgres@127.0.0.1:{process.port}"
    finally:
        await asyncio.to_thread(postgres.stop, process)
        postgres.remove_data(home)
        shutil.rmtree(home, ignore_errors=True)


async def program(name: str, *arguments: str | Path) -> bytes:
    """A PostgreSQL program's output; the test fails with what it says."""
    owner = postgres.owner_for_root()
    path = postgres.reachable_programs(owner) / name
    done = await asyncio.to_thread(
        subprocess.run, [str(part) for part in (path, *arguments)], capture_output=True, timeout=60
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


async def dump(settings: Settings, service: str, file: Path) -> None:
    dsn = settings.dsn(settings.database(service))
    await program("pg_dump", "--format=custom", f"--file={file}", f"--dbname={dsn}")


async def restore(settings: Settings, service: str, file: Path) -> None:
    """In place of the service's database, if there is one; the role is made where it is missing."""
    server, database = settings.dsn("postgres"), settings.database(service)
    role = f"DO $$ BEGIN CREATE ROLE {SERVICE_ROLE}; EXCEPTION WHEN duplicate_object THEN END $$"
    drop = f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)'
    for statement in (role, drop, f'CREATE DATABASE "{database}"'):
        await program("psql", "--quiet", "--command", statement, server)
    script = await program("pg_restore", "--file=-", file)
    script = script.replace(b"SET transaction_timeout = 0;", b"")  # servers before 17 refuse it
    whole = file.with_suffix(".sql")
    whole.write_bytes(script)
    strict = ("--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null", f"--file={whole}")
    await program("psql", *strict, settings.dsn(database))
