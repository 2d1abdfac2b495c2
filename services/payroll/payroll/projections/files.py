"""The effect outside the database: the file of a sealed batch and, after it, the manifest.

Once per sealed batch: a row of `effect` says that it was done, whoever replays or restarts.  The
manifest comes last, so who sees it finds the file whole.
"""

import asyncio
import json
import os
from pathlib import Path
from uuid import UUID

from chassis.record import Consumer, Record
from chassis.store import Connection, Store, load
from payroll.domain.csvfile import manifest, render, sha256_of
from payroll.domain.events import BatchSealed, LineSealed
from payroll.domain.sealing import line_of


class FileDiffersFromItsManifest(Exception):
    """The lines of a sealed batch no longer give the bytes that were sealed."""


async def write_files(store: Store, record: Record) -> None:
    if not isinstance(record.event, BatchSealed):
        return
    key = f"payroll-files/{record.id}/outbox"
    if await store.pool.fetchval("SELECT 1 FROM effect WHERE key = $1", key):
        return
    async with store.pool.acquire() as connection:
        sealed, text = await sealed_file(store, connection, UUID(record.event.batch))
    folder = outbox(store, sealed)
    await asyncio.to_thread(_write, folder / sealed.file, text)
    await asyncio.to_thread(_write, manifest_path(folder / sealed.file), manifest_text(sealed))
    await store.pool.execute(
        "INSERT INTO effect VALUES ($1, 'done', $2) ON CONFLICT DO NOTHING", key, sealed.file
    )


FILES = Consumer(name="files", version=1, source="own", react=write_files)


async def sealed_file(store: Store, connection: Connection, batch: UUID) -> tuple[BatchSealed, str]:
    """The manifest's event and the CSV text.  Raises FileDiffersFromItsManifest, LookupError."""
    events = (await load(store, connection, batch)).events
    sealed = next((event for event in events if isinstance(event, BatchSealed)), None)
    if sealed is None:
        raise LookupError(f"batch {batch} is not sealed")
    text = render([line_of(event) for event in events if isinstance(event, LineSealed)])
    if sha256_of(text) != sealed.sha256:
        raise FileDiffersFromItsManifest(str(batch))
    return sealed, text


def manifest_text(sealed: BatchSealed) -> str:
    return json.dumps(manifest(sealed), indent=2) + "\n"


def outbox(store: Store, sealed: BatchSealed) -> Path:
    """Where the payroll system fetches the files of a legal entity."""
    return store.settings.home / "outbox" / "payroll" / sealed.entity


def manifest_path(file: Path) -> Path:
    return file.with_suffix(".json")


def _write(path: Path, text: str) -> None:
    """Nobody ever sees half a file: it is written beside its place, then put there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
