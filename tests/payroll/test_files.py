"""The file of a sealed batch is written once, whatever stops in between."""

from pathlib import Path
from uuid import UUID

import pytest

from chassis.codec import Registry
from chassis.record import Record, own_record
from chassis.service import working
from payroll.app import SERVICE
from payroll.domain.events import STORED
from payroll.projections.files import FileDiffersFromItsManifest, sealed_file, write_files
from tests.payroll.world import World

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]


async def sealing_of(world: World, batch: str) -> Record:
    """The record of the batch's BatchSealed, as the file's consumer gets it."""
    row = await world.store.pool.fetchrow(
        """SELECT e.*, s.key FROM event e JOIN stream s ON s.id = e.stream
           WHERE e.stream = $1 AND e.type = 'payroll.BatchSealed'""",
        UUID(batch),
    )
    assert row is not None, "the batch is sealed"
    return own_record(row, Registry(STORED), "payroll")


async def written(world: World, entity: str) -> list[Path]:
    """The files in the entity's outbox, once the manifest is there."""

    async def look() -> list[Path]:
        folder = world.outbox(entity)
        return sorted(folder.iterdir()) if folder.exists() else []

    def is_done(found: list[Path]) -> bool:
        return any(file.suffix == ".json" for file in found)

    found: list[Path] = await world.until(look, is_done)
    return found


async def test_a_file_is_written_once_and_never_in_a_replay(world: World) -> None:
    await world.set_up("BE01", "nina")
    await world.release("BE01", "nina", bonus=10_000)
    batch = await world.sealed("BE01")
    record = await sealing_of(world, batch)
    await world.until(
        lambda: world.store.pool.fetchval(
            "SELECT status FROM effect WHERE key = $1", f"payroll-files/{record.id}/outbox"
        ),
        lambda status: bool(status == "done"),
    )
    for file in await written(world, "BE01"):
        file.unlink()  # the payroll system has fetched it
    await write_files(world.store, record)
    assert list(world.outbox("BE01").iterdir()) == []


async def test_a_crash_between_seal_and_write_is_made_good(world: World) -> None:
    """As if the process had died with half a file written and nothing remembered."""
    await world.set_up("BE02", "nils")
    await world.release("BE02", "nils", bonus=10_000)
    batch = await world.sealed("BE02")
    csv_file, json_file = await written(world, "BE02")
    before = csv_file.read_bytes(), json_file.read_bytes()
    record = await sealing_of(world, batch)
    await world.until(
        lambda: world.store.pool.fetchval(
            "DELETE FROM effect WHERE key = $1 RETURNING 1", f"payroll-files/{record.id}/outbox"
        ),
        bool,
    )
    csv_file.rename(csv_file.with_name(csv_file.name + ".part"))
    csv_file.with_name(csv_file.name + ".part").write_bytes(before[0][:20])
    json_file.unlink()
    await write_files(world.store, record)
    assert (csv_file.read_bytes(), json_file.read_bytes()) == before
    assert sorted(world.outbox("BE02").iterdir()) == [csv_file, json_file]


async def test_a_batch_sealed_while_no_worker_runs_is_written_when_one_starts(
    world: World,
) -> None:
    await world.set_up("BE03", "nora")
    await world.release("BE03", "nora", bonus=10_000)
    batch = await world.sealed("BE03")
    record = await sealing_of(world, batch)
    await written(world, "BE03")
    key = f"payroll-files/{record.id}/outbox"
    await world.until(
        lambda: world.store.pool.fetchval("DELETE FROM effect WHERE key = $1 RETURNING 1", key),
        bool,
    )
    for file in world.outbox("BE03").iterdir():
        file.unlink()
    # A consumer that begins again from the first event finds the others done, and does this one.
    await world.store.pool.execute("UPDATE checkpoint SET position = 0 WHERE consumer = 'files.v1'")
    async with working(SERVICE, world.store, "all") as (_, workers):
        assert len(await written(world, "BE03")) == 2

        async def listening() -> bool:
            return workers.listening

        await world.until(listening, bool)
    assert list(world.outbox("BE01").iterdir()) == []


async def test_the_file_is_checked_against_its_seal(world: World) -> None:
    await world.set_up("BE04", "nele")
    await world.release("BE04", "nele", bonus=10_000)
    batch = await world.sealed("BE04")
    async with world.store.pool.acquire() as connection:
        await sealed_file(world.store, connection, UUID(batch))
        with pytest.raises(LookupError):
            await sealed_file(world.store, connection, UUID(int=1))
    assert issubclass(FileDiffersFromItsManifest, Exception)
