"""Name what differs from what audit witnessed, event by event."""

from collections.abc import Sequence

import asyncpg

from cli.proof.consumers import Applied

NAMED = 20
_AFTER = """SELECT stream, version, id AS event, hash FROM event
            WHERE stream = ANY ($1) ORDER BY stream, version"""


async def name_differences(
    applied: Sequence[Applied],
    audit: asyncpg.Connection,
    producers: dict[str, asyncpg.Connection],
) -> None:
    """Adds to the faults of audit's own consumers the versions at which they begin.

    Only streams whose heads disagree are read: what has the same last hash is the same before it.
    """
    for one in applied:
        if one.service == "audit" and one.faults and one.consumer.startswith("witness_"):
            streams = await _disagreeing(one.source, audit, producers[one.source])
            one.faults += streams[:NAMED]
            if len(streams) > NAMED:
                one.faults.append(f"and {len(streams) - NAMED} more streams")


async def _disagreeing(
    source: str, audit: asyncpg.Connection, producer: asyncpg.Connection
) -> list[str]:
    heads = await audit.fetch(
        f"""SELECT DISTINCT ON (stream) stream, version, hash FROM witnessed_{source}
            ORDER BY stream, version DESC"""
    )
    suspect = []
    for head in heads:
        stored = await producer.fetchval(
            "SELECT hash FROM event WHERE stream = $1 AND version = $2",
            head["stream"],
            head["version"],
        )
        if stored != head["hash"]:
            suspect.append(head["stream"])
    witnessed = await audit.fetch(
        f"""SELECT stream, version, event, hash FROM witnessed_{source}
            WHERE stream = ANY ($1) ORDER BY stream, version""",
        suspect,
    )
    stored_rows = {
        (row["stream"], row["version"]): row for row in await producer.fetch(_AFTER, suspect)
    }
    found: dict[object, str] = {}
    for row in witnessed:
        place = (row["stream"], row["version"])
        now = stored_rows.get(place)
        if row["stream"] in found or (now is not None and now["hash"] == row["hash"]):
            continue
        said = "is gone" if now is None else "is another than was witnessed"
        found[row["stream"]] = (
            f"stream {row['stream']}, version {row['version']}: event {row['event']} {said}"
        )
    return list(found.values())
