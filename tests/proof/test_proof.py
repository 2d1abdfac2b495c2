"""Damage to a history is found and named, in the store and in an export, by two programs."""

import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from chassis import seals
from chassis.seals import kept_file, make_seal, public_key
from chassis.service import open_store
from chassis.settings import Settings
from chassis.store import Store
from cli.platform.servers import Servers
from cli.proof import stretch
from cli.proof.export import export_history
from cli.proof.history import Checked, check_store
from cli.proof.verify import verify
from tests.chassis.toy import SERVICE, count, tally_id

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]
TOOL = Path(__file__).parents[2] / "tools" / "verify_history.py"


@pytest_asyncio.fixture
async def store(
    request: pytest.FixtureRequest, servers: Servers, prefix: str, tmp_path: Path
) -> AsyncIterator[Store]:
    """A store of its own for each test: ten events on four streams, under two seals."""
    number = request.session.items.index(request.node)
    settings = Settings(
        postgres=servers.postgres, kafka=servers.kafka, prefix=f"{prefix}n{number}", home=tmp_path
    )
    async with open_store(SERVICE, settings) as opened:
        for n in range(1, 4):
            for person in ("ann", "bob"):
                await count(opened, person, f"{person} {n}", n)
        await make_seal(opened)
        for person in ("cid", "dea", "ann", "bob"):
            await count(opened, person, f"{person} late")
        await make_seal(opened)
        yield opened


async def as_owner(store: Store, *statements: str) -> None:
    """What nobody can do with the service's rights."""
    connection = await asyncpg.connect(store.settings.dsn(store.settings.database("toy")))
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def checked(store: Store, *, in_processes: bool = False) -> Checked:
    dsn = store.settings.dsn(store.settings.database("toy"))
    connection = await asyncpg.connect(dsn, server_settings={"timezone": "UTC"})
    try:
        home = store.settings.home
        return await check_store(connection, "toy", home, dsn=dsn if in_processes else None)
    finally:
        await connection.close()


async def test_a_whole_history_is_all_well(store: Store) -> None:
    found = await checked(store)
    assert (found.events, found.streams, found.seals, found.sealed) == (10, 4, 2, 10)
    assert found.faults == []


async def test_several_processes_find_what_one_finds(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stretch, "LONG", 3)
    monkeypatch.setattr(stretch, "CORES", 4)
    monkeypatch.setattr(stretch, "_SUBTREE", 64)
    assert await checked(store, in_processes=True) == await checked(store)
    await as_owner(
        store, *DAMAGE["one byte flipped"][0], f"DELETE FROM event {OF_ANN} AND version = 3"
    )
    one, several = await checked(store), await checked(store, in_processes=True)
    assert sorted(several.faults) == sorted(one.faults)
    assert len(one.faults) >= 3
    assert several.heads == one.heads


async def test_nothing_new_is_not_sealed_again(store: Store) -> None:
    assert await make_seal(store) is None


async def test_a_seal_cannot_be_changed_with_the_services_rights(store: Store) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await store.pool.execute("DELETE FROM seal")


ANN, BOB = tally_id("ann"), tally_id("bob")
OF_ANN = f"WHERE stream = '{ANN}'"
DAMAGE: dict[str, tuple[list[str], str]] = {
    "one byte flipped": (
        [
            f"""UPDATE event SET data = replace(data::text, '"number":2', '"number":9')::json
                {OF_ANN} AND version = 2"""
        ],
        f"stream {ANN}, version 2: its bytes are not those that were hashed",
    ),
    "a date moved before Christ": (
        [
            f"""UPDATE event SET effective_at = (effective_at::text || ' BC')::timestamptz
                {OF_ANN} AND version = 2"""
        ],
        f"stream {ANN}, version 2: its bytes are not those that were hashed",
    ),
    "an instant without end": (
        [f"UPDATE event SET recorded_at = 'infinity' {OF_ANN} AND version = 2"],
        f"stream {ANN}, version 2: its bytes are not those that were hashed",
    ),
    "a hash cut off": (
        [f"UPDATE event SET hash = substr(hash, 1, 31) {OF_ANN} AND version = 2"],
        f"stream {ANN}, version 2: its bytes are not those that were hashed",
    ),
    "the first previous hash emptied": (
        [f"UPDATE event SET previous_hash = '' {OF_ANN} AND version = 1"],
        f"stream {ANN}, version 1: does not continue the event before it",
    ),
    "one event removed": (
        [f"DELETE FROM event {OF_ANN} AND version = 2"],
        f"stream {ANN}, version 3: comes after version 1",
    ),
    "two events exchanged": (
        [
            f"""UPDATE event SET version = 9 {OF_ANN} AND version = 1""",
            f"""UPDATE event SET version = 1 {OF_ANN} AND version = 2""",
            f"""UPDATE event SET version = 2 {OF_ANN} AND version = 9""",
        ],
        f"stream {ANN}, version 2: comes after version 0",
    ),
    "a whole stream removed": (
        [f"DELETE FROM event {OF_ANN}", f"DELETE FROM stream WHERE id = '{ANN}'"],
        "seal 1 (positions above 0 to",
    ),
    "the tail of a stream cut": (
        [f"DELETE FROM event {OF_ANN} AND version = 4"],
        f"stream {ANN}: ends at version 3, had 4",
    ),
    "the tail cut, and its head with it": (
        [
            f"DELETE FROM event {OF_ANN} AND version = 4",
            f"""UPDATE stream SET version = 3, head_hash = (
                    SELECT hash FROM event {OF_ANN} AND version = 3) WHERE id = '{ANN}'""",
        ],
        "seal 2 (positions above",
    ),
    "the last seal removed": (
        ["DELETE FROM seal WHERE number = 2"],
        "seal 2: is in the kept file and not in the store",
    ),
    "a seal forged": (
        ["UPDATE seal SET count = 5 WHERE number = 1"],
        "its signature is not this installation's",
    ),
}


@pytest.mark.parametrize(("statements", "fault"), DAMAGE.values(), ids=DAMAGE.keys())
async def test_damage_is_found_and_named(store: Store, statements: list[str], fault: str) -> None:
    await as_owner(store, *statements)
    found = (await checked(store)).faults
    assert any(fault in one for one in found), found


@pytest.mark.parametrize(
    ("version", "digest", "fault"),
    [
        (4, "'\\x00'::bytea", "applied another version 4 than the store has"),
        (9, "'\\x00'::bytea", "applied version 9, the store ends at 4"),
    ],
)
async def test_a_consumer_that_applied_something_else_is_found(
    store: Store, version: int, digest: str, fault: str
) -> None:
    await as_owner(
        store, f"INSERT INTO stream_version VALUES ('x.v1', 'toy', '{ANN}', {version}, {digest})"
    )
    stores, applied = await verify(store.settings, ["toy"], store.settings.home)
    assert stores[0].faults == []
    assert fault in applied[0].faults[0]


async def exported(store: Store, folder: Path) -> Path:
    file = folder / "toy.jsonl"
    connection = await asyncpg.connect(
        store.settings.dsn(store.settings.database("toy")), server_settings={"timezone": "UTC"}
    )
    try:
        assert await export_history(connection, "toy", store.settings.home, file) == 10
    finally:
        await connection.close()
    return file


def audited(*arguments: Any) -> subprocess.CompletedProcess[str]:
    """The outside auditor's program, as a program."""
    command = [sys.executable, "-I", str(TOOL), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


async def test_the_auditors_program_takes_a_folder_and_says_what_it_cannot_read(
    store: Store, tmp_path: Path
) -> None:
    whole = tmp_path / "whole"
    whole.mkdir()
    file = await exported(store, whole)
    assert audited(whole).returncode == 0
    cut = tmp_path / "cut.jsonl"
    cut.write_text(file.read_text()[:-40])
    gone, empty = tmp_path / "gone.jsonl", tmp_path / "empty"
    empty.mkdir()
    for wrong, said in (
        (cut, "no exported history"),
        (gone, "FileNotFound"),
        (empty, "no *.jsonl"),
    ):
        done = audited(wrong)
        assert done.returncode == 1
        assert said in done.stdout
        assert done.stderr == "", "no trace of the program's insides"


async def test_an_exported_history_is_checked_by_a_program_that_shares_nothing(
    store: Store, tmp_path: Path
) -> None:
    file = await exported(store, tmp_path)
    well = audited(file, "--key", public_key(store.settings.home))
    assert well.returncode == 0, well.stdout + well.stderr
    assert "10 events, 2 seals: all well" in well.stdout
    lines = file.read_text().splitlines()
    for number, damaged in (
        (3, lines[3].replace('"version": ', '"version": 1')),
        (4, None),
        (len(lines) - 1, lines[-1].replace('"count": ', '"count": 1')),
    ):
        changed = [*lines[:number], *([damaged] if damaged else []), *lines[number + 1 :]]
        file.write_text("\n".join(changed) + "\n")
        ill = audited(file)
        assert ill.returncode == 1, ill.stdout
        assert "faults" in ill.stdout
    file.write_text("\n".join(lines) + "\n")
    assert audited(file, "--key", "00" * 32).returncode == 1, "another key's signatures"


async def test_every_seal_is_in_the_kept_file(store: Store) -> None:
    file = kept_file(store.settings.home, "toy")
    assert len(file.read_text().splitlines()) == 2


async def test_much_is_sealed_in_several_seals(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seals, "MOST", 2)
    for n in range(1, 6):
        await count(store, "eve", f"eve {n}", n)
    newest = await make_seal(store)
    assert newest is not None
    assert (newest.number, newest.count) == (5, 1)
    found = await checked(store)
    assert (found.seals, found.sealed, found.faults) == (5, 15, [])
