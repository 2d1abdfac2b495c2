"""A disk that is full: said with 503, nothing half done, and it goes on when there is room."""

import asyncio
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from chassis.problems import install
from chassis.service import open_store
from chassis.settings import Settings
from chassis.store import Store
from cli.platform import postgres
from tests.chassis.toy import SERVICE, ToyRuleBroken, count
from tests.faults import clusters, toys
from tests.faults.report import Fault

pytestmark = [pytest.mark.fault, pytest.mark.integration, pytest.mark.asyncio]
PEOPLE = [f"person-{n}" for n in range(4)]


@contextmanager
def small_disk() -> Iterator[Path]:
    """4 MB in memory, for PostgreSQL to write to."""
    folder = Path(tempfile.mkdtemp(prefix="merit-disk-"))
    folder.chmod(0o755)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m,mode=777", "tmpfs", folder], capture_output=True
    )
    if mounted.returncode:
        folder.rmdir()
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)
        folder.rmdir()


def table_folder(disk: Path) -> Path:
    made = disk / "tables"
    made.mkdir()
    owner = postgres.owner_for_root()
    assert owner is not None, "who may mount is root"
    os.chown(made, owner.uid, owner.gid)
    return made


def fill(disk: Path) -> Path:
    """A file of all the room that is left."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return ballast


def application(store: Store) -> FastAPI:
    app = FastAPI()
    install(app, ToyRuleBroken)

    @app.post("/counts/{person}/{number}")
    async def counts(person: str, number: int) -> dict[str, int]:
        return {"events": (await count(store, person, f"{person} {number}", number)).events}

    return app


async def tell_until_full(client: httpx2.AsyncClient, person: str) -> int:
    """The first number that was not taken."""
    for number in range(1, 10_000):
        answer = await client.post(f"/counts/{person}/{number}")
        if answer.status_code != 200:
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
            return number
    raise AssertionError("the disk never was full")


async def test_a_full_disk(tmp_path: Path, fault: Fault) -> None:
    with small_disk() as disk:
        await fill_and_empty(disk, tmp_path, fault)


async def fill_and_empty(disk: Path, home: Path, fault: Fault) -> None:
    rounds = fault(1, 10)
    async with clusters.fresh_cluster() as dsn:
        settings = Settings(postgres=dsn, prefix="disk", home=home)
        async with open_store(SERVICE, settings) as store:
            folder = table_folder(disk)
            await toys.as_superuser(store, f"CREATE TABLESPACE small LOCATION '{folder}'")
            await toys.as_superuser(store, "ALTER TABLE event SET TABLESPACE small")
            people = [f"{person} {n}" for n in range(rounds) for person in PEOPLE]
            reached: dict[str, int] = {}
            async with toys.http(application(store)) as client:
                for n in range(rounds):
                    told = people[n * len(PEOPLE) : (n + 1) * len(PEOPLE)]
                    ballast = fill(disk)
                    full = await asyncio.gather(*(tell_until_full(client, p) for p in told))
                    reached |= dict(zip(told, full, strict=True))
                    taken = sum(reached.values()) - len(told)
                    assert len(await toys.stored(store)) == taken
                    ballast.unlink()
                    for person in told:
                        answer = await client.post(f"/counts/{person}/{reached[person]}")
                        assert answer.json() == {"events": 1}
            expected = {(p, n) for p, upto in reached.items() for n in range(1, upto + 1)}
            half = """SELECT count(*) FROM stream s WHERE version <>
                      (SELECT count(*) FROM event e WHERE e.stream = s.id)"""
            assert await store.pool.fetchval(half) == 0
            answers = await store.pool.fetchval("SELECT count(*) FROM command")
            assert answers == len(expected)
            fault.count(rounds, expected, await toys.stored(store))
