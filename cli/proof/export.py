"""Write a service's history with its seals, for `tools/verify_history.py` and whoever runs it."""

import base64
import json
from pathlib import Path
from typing import Any

import asyncpg

from chassis.codec import instant_text
from chassis.seals import all_seals, public_key

PAGE = 2_000
EVENTS = """SELECT position, stream, version, id, type, schema_version, effective_at, recorded_at,
    subject, data, meta, previous_hash, hash FROM event ORDER BY position"""


async def export_history(
    connection: asyncpg.Connection, service: str, home: Path, file: Path
) -> int:
    """One JSON object a line: a header, the events in order, the seals; how many events."""
    count = 0
    with file.open("w") as out:
        header = {"kind": "history", "service": service, "public_key": public_key(home)}
        out.write(json.dumps(header) + "\n")
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            async for row in connection.cursor(EVENTS, prefetch=PAGE):
                out.write(json.dumps(_line(row)) + "\n")
                count += 1
            for seal in await all_seals(connection):
                out.write(json.dumps({"kind": "seal", **seal.as_json(service)}) + "\n")
    return count


def _line(row: asyncpg.Record) -> dict[str, Any]:
    """The hashed fields as they enter the hash; data and meta byte for byte."""
    return {
        "kind": "event",
        "position": row["position"],
        "stream": str(row["stream"]),
        "version": row["version"],
        "id": str(row["id"]),
        "type": row["type"],
        "schema_version": row["schema_version"],
        "effective_at": instant_text(row["effective_at"]),
        "recorded_at": instant_text(row["recorded_at"]),
        "subject": row["subject"] or "",
        "data": base64.b64encode(row["data"].encode()).decode(),
        "meta": base64.b64encode(row["meta"].encode()).decode(),
        "previous_hash": row["previous_hash"].hex(),
        "hash": row["hash"].hex(),
    }
