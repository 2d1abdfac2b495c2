"""Check one store: every stream's chain, every seal, and the streams' own heads."""

import asyncio
from bisect import bisect_right
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import asyncpg
from cryptography.exceptions import InvalidSignature

from chassis.codec import GENESIS
from chassis.seals import FIRST, Seal, all_seals, seal_key
from cli.proof.stretch import Stretch, breach, cores, root_of, span, stretches
from cli.proof.witness import Witness, check_witness, kept_witness

Heads = dict[bytes, tuple[int, bytes]]


@dataclass
class Checked:
    """What was found in one store; `faults` names each thing that is not as it was recorded.

    heads: each stream's version and hash, by the stream's bytes.
    """

    service: str
    events: int = 0
    streams: int = 0
    seals: int = 0
    sealed: int = 0
    published: int = 0
    faults: list[str] = field(default_factory=list)
    heads: Heads = field(default_factory=dict)


async def check_store(
    connection: asyncpg.Connection,
    service: str,
    home: Path,
    on_kafka: Witness | None = None,
    dsn: str | None = None,
) -> Checked:
    """Reads the whole history once, in one snapshot.

    on_kafka: what Kafka holds of this service; without it that comparison is left out.
    dsn: the store's address; with it, every core of this machine hashes a part of a long history.
    """
    found = Checked(service)
    kept = await kept_witness(connection, service, home)
    whole = Stretch(last=found.heads)
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        seals = await all_seals(connection)
        after, upto = await span(connection)
        with cores(upto - after if dsn else 0) as pool:
            async for stretch in stretches(connection, dsn, pool, after, upto):
                _join(whole, stretch)
            async with asyncio.TaskGroup() as both:
                both.create_task(_check_seals(found, seals, whole, home, pool))
                both.create_task(_check_heads(connection, found))
    found.events, found.streams, found.seals = len(whole.positions), len(whole.last), len(seals)
    found.faults[:0] = whole.faults
    found.faults += check_witness(service, seals, kept, home)
    if on_kafka is not None:
        found.published = len({seal.number for seal in on_kafka.seals})
        found.faults += check_witness(service, seals, on_kafka, home)
    return found


def _join(whole: Stretch, stretch: Stretch) -> None:
    """Each stream must go on in this stretch where it was left in those before."""
    for stream, (version, previous) in stretch.first.items():
        before = whole.last.get(stream, (0, GENESIS))
        if version != before[0] + 1 or previous != before[1]:
            whole.faults.append(breach(stream, before, version))
    whole.faults += stretch.faults
    whole.last |= stretch.last
    whole.positions += stretch.positions
    whole.leaves += stretch.leaves


async def _check_heads(connection: asyncpg.Connection, found: Checked) -> None:
    """A stream whose end is cut off, or that is gone, still has its head."""
    rows = await connection.fetch("SELECT id, version, head_hash FROM stream")
    for stream, *head in rows:
        last = found.heads.get(stream.bytes, (0, GENESIS))
        if last[0] < head[0]:
            found.faults.append(f"stream {stream}: ends at version {last[0]}, had {head[0]}")
        elif last != tuple(head):
            found.faults.append(f"stream {stream}: its head is not its last event")
    for stream in found.heads.keys() - {row["id"].bytes for row in rows}:
        found.faults.append(f"stream {UUID(bytes=stream)}: has events and no head")


async def _check_seals(
    found: Checked, seals: Sequence[Seal], whole: Stretch, home: Path, pool: Executor | None
) -> None:
    key = seal_key(home).public_key()
    previous, last, begin = FIRST, 0, 0
    for number, seal in enumerate(seals, start=1):
        where = f"seal {seal.number} (positions above {seal.first} to {seal.last})"
        if seal.number != number or seal.first != last or seal.previous != previous:
            found.faults.append(f"{where}: does not continue the seal before it")
        try:
            key.verify(seal.signature, seal.body(found.service))
        except InvalidSignature:
            found.faults.append(f"{where}: its signature is not this installation's")
        end = bisect_right(whole.positions, seal.last, begin)
        if end - begin != seal.count:
            found.faults.append(f"{where}: holds {end - begin} events, sealed were {seal.count}")
        elif await root_of(pool, bytes(whole.leaves[begin * 32 : end * 32])) != seal.merkle_root:
            found.faults.append(f"{where}: holds other events than were sealed")
        previous, last, begin = seal.digest(found.service), seal.last, end
        found.sealed += seal.count
