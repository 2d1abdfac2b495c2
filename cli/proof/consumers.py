"""Check what consumers applied: the same events as their producer's store has, none else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import asyncpg

from cli.proof.history import Checked


@dataclass
class Applied:
    """One consumer against its producer: how many events it applied, and what is wrong."""

    service: str
    consumer: str
    source: str
    applied: int = 0
    behind: int = 0
    faults: list[str] = field(default_factory=list)


async def heads_applied(connection: asyncpg.Connection) -> list[asyncpg.Record]:
    """How far each consumer of the service is on each stream."""
    rows: list[asyncpg.Record] = await connection.fetch(
        """SELECT consumer, source, stream, version, hash FROM stream_version
           ORDER BY consumer, source"""
    )
    return rows


async def check_consumers(
    rows: Sequence[asyncpg.Record],
    service: str,
    stores: Mapping[str, Checked],
    producers: Mapping[str, asyncpg.Connection],
) -> list[Applied]:
    """Every consumer of the service, stream by stream: version and hash as in the store."""
    found: dict[tuple[str, str], Applied] = {}
    seen: dict[tuple[str, str], set[bytes]] = {}
    for row in rows:
        key = (row["consumer"], row["source"])
        one = found.setdefault(key, Applied(service, *key))
        seen.setdefault(key, set()).add(row["stream"].bytes)
        one.applied += row["version"]
        await _compare(one, row, stores[row["source"]], producers[row["source"]])
    for key, one in found.items():
        unheard = {s: h for s, h in stores[key[1]].heads.items() if s not in seen[key]}
        one.behind += sum(version for version, _ in unheard.values())
    return list(found.values())


async def _compare(
    one: Applied, row: asyncpg.Record, store: Checked, producer: asyncpg.Connection
) -> None:
    stream, version = row["stream"], row["version"]
    head = store.heads.get(stream.bytes)
    if head is None or head[0] < version:
        last = head[0] if head else 0
        one.faults.append(f"stream {stream}: applied version {version}, the store ends at {last}")
        return
    one.behind += head[0] - version
    stored = head[1]
    if head[0] > version:
        stored = await producer.fetchval(
            "SELECT hash FROM event WHERE stream = $1 AND version = $2", stream, version
        )
    if stored != row["hash"]:
        one.faults.append(f"stream {stream}: applied another version {version} than the store has")
