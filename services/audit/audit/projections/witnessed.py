"""Every published event's identity, place and hash; never what it says.

A producer's store that is altered, with its chain worked out anew and its seals signed again, still
has to agree with this table, which another service wrote while the events came by.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from chassis.record import Apply, Consumer, Record
from chassis.store import Connection

SOURCES = ("people", "goals", "feedback", "appraisal", "compensation", "payroll")


def witness(source: str) -> Consumer:
    """Hears all of the source's topic, whatever the type of event."""
    return Consumer(
        f"witness_{source}", 1, source, apply=_write_down(source), tables=(f"witnessed_{source}",)
    )


def _write_down(source: str) -> Apply:
    async def apply(connection: Connection, records: Sequence[Record]) -> None:
        rows = [
            (r.stream, r.version, r.id, r.type, r.position, r.recorded_at, r.previous_hash, r.hash)
            for r in records
        ]
        await connection.execute(
            f"""INSERT INTO witnessed_{source}
                SELECT * FROM unnest($1::uuid[], $2::integer[], $3::uuid[], $4::text[],
                    $5::bigint[], $6::timestamptz[], $7::bytea[], $8::bytea[])""",
            *zip(*rows, strict=True),
        )

    return apply


WITNESSES = {source: witness(source) for source in SOURCES}


async def summary(connection: Connection) -> list[dict[str, Any]]:
    """Per source: events, streams, the newest, and a digest over all streams' last hashes.

    digest: SHA-256 over the 32 bytes of each stream's last hash, streams in the order of their ids.
    """
    found = []
    for source, consumer in WITNESSES.items():
        (heads,) = await connection.fetch(
            """SELECT coalesce(sum(version), 0) AS events, count(*) AS streams,
                      encode(sha256(coalesce(string_agg(hash, ''::bytea ORDER BY stream), '')),
                             'hex') AS digest
               FROM stream_version WHERE consumer = $1 AND source = $2""",
            consumer.id,
            source,
        )
        newest = await connection.fetchrow(
            f"""SELECT position, recorded_at FROM witnessed_{source}
                ORDER BY position DESC LIMIT 1"""
        )
        found.append({"source": source, **heads, "newest": dict(newest) if newest else None})
    return found


async def versions_of(
    connection: Connection, source: str, stream: UUID, after: int | None, limit: int
) -> list[dict[str, Any]]:
    """The stream's versions in order, hashes in hexadecimal."""
    rows = await connection.fetch(
        f"""SELECT version, event, type, position, recorded_at,
                   encode(previous_hash, 'hex') AS previous_hash, encode(hash, 'hex') AS hash
            FROM witnessed_{source} WHERE stream = $1 AND version > $2
            ORDER BY version LIMIT $3""",
        stream,
        after or 0,
        limit,
    )
    return [dict(row) for row in rows]
