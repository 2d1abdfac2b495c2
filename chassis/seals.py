"""Seals: signed Merkle roots over a store's history, kept in the store, on Kafka and in a file.

A chain of hashes per stream shows that an event was changed; it does not show that the end of a
stream, or a whole stream, is gone.  A seal says how many events there were and which.
"""

import asyncio
import fcntl
import hashlib
import json
import os
import struct
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from chassis.auth import shared_secret
from chassis.store import Connection, Store, safe_position

FIRST = bytes(32)
EVERY_S = 60.0
MOST = 500_000  # events under one seal: they are in memory while it is made
_LOCK = (0x4D53, 1)
_SEALS = "SELECT number, first, last, count, merkle_root, previous, signature FROM seal"


@dataclass(frozen=True, slots=True)
class Seal:
    """`count` events have a position above `first` (exclusive) and up to `last`.

    previous: SHA-256 of the seal before, with its signature; 32 zero bytes for the first.
    """

    number: int
    first: int
    last: int
    count: int
    merkle_root: bytes
    previous: bytes
    signature: bytes = b""

    def body(self, service: str) -> bytes:
        """What is signed."""
        names = (service, self.number, self.first, self.last, self.count)
        plain = [*map(str, names), self.merkle_root.hex(), self.previous.hex()]
        return "\n".join(["merit seal v1", *plain]).encode()

    def digest(self, service: str) -> bytes:
        return hashlib.sha256(self.body(service) + self.signature).digest()

    def as_json(self, service: str) -> dict[str, object]:
        names = ("number", "first", "last", "count")
        numbers: dict[str, object] = {name: getattr(self, name) for name in names}
        return {
            "service": service,
            **numbers,
            "merkle_root": self.merkle_root.hex(),
            "previous": self.previous.hex(),
            "signature": self.signature.hex(),
        }


def leaf(position: int, stream: bytes, version: int, event_hash: bytes) -> bytes:
    """A Merkle leaf: SHA-256 of 0, position (8 bytes), stream, version (4 bytes), event hash."""
    return hashlib.sha256(_leaf(position, stream, version, event_hash)).digest()


_leaf = struct.Struct(">xQ16sI32s").pack


def merkle_root(leaves: bytes) -> bytes:
    """Pairs are SHA-256 of 1, left, right; one that is left over goes up as it is.

    leaves: 32 bytes each.
    """
    if not leaves:
        return hashlib.sha256(b"").digest()
    level, sha256 = leaves, hashlib.sha256
    while len(level) > 32:
        paired = len(level) // 64 * 64
        above = [sha256(b"\x01" + level[n : n + 64]).digest() for n in range(0, paired, 64)]
        level = b"".join(above) + level[paired:]
    return level


def seal_key(home: Path) -> Ed25519PrivateKey:
    """The installation's signing key, made by the first process that asks."""

    def make() -> bytes:
        key = Ed25519PrivateKey.generate()
        return key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())

    return Ed25519PrivateKey.from_private_bytes(shared_secret(home / "seal-key", make))


def public_key(home: Path) -> str:
    """In hex, for whoever checks the seals."""
    return seal_key(home).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def kept_file(home: Path, service: str) -> Path:
    """Where the seals are appended: a copy of it belongs somewhere else."""
    return home / "seals" / f"{service}.jsonl"


async def make_seal(store: Store) -> Seal | None:
    """Seal what came since the last seal; None when nothing did, or another process is at it.

    The newest seal: what came takes several when it is much.
    """
    newest = None
    async with store.pool.acquire() as connection:
        upto = await safe_position(connection)
        while seal := await _seal_more(store, connection, upto):
            newest = seal
            if seal.count < MOST:
                break
        if newest is not None:
            await keep_seals(store, connection)
    return newest


async def _seal_more(store: Store, connection: Connection, upto: int) -> Seal | None:
    async with connection.transaction():
        if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1, $2)", *_LOCK):
            return None
        seal = await _next(connection, store, await last_seal(connection), upto)
        if seal is not None:
            await connection.execute(
                "INSERT INTO seal VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                seal.number,
                seal.first,
                seal.last,
                seal.count,
                seal.merkle_root,
                seal.previous,
                seal.signature,
                store.clock(),
            )
        return seal


async def _next(connection: Connection, store: Store, last: Seal | None, upto: int) -> Seal | None:
    first = last.last if last else 0
    rows = await connection.fetch(
        """SELECT position, stream, version, hash FROM event
           WHERE position > $1 AND position <= $2 ORDER BY position LIMIT $3""",
        first,
        upto,
        MOST,
    )
    if not rows:
        return None
    leaves = [leaf(place, stream.bytes, version, digest) for place, stream, version, digest in rows]
    root = merkle_root(b"".join(leaves))
    previous = last.digest(store.service) if last else FIRST
    number = last.number + 1 if last else 1
    bare = Seal(number, first, rows[-1]["position"], len(rows), root, previous)
    signature = seal_key(store.settings.home).sign(bare.body(store.service))
    return Seal(number, first, bare.last, bare.count, root, previous, signature)


async def keep_seals(store: Store, connection: Connection) -> None:
    """Append to the kept file what it lacks at its end, also what a crash left out.

    What it has is left alone: it is the elder witness.  It is on the disk when this returns.
    """
    file = kept_file(store.settings.home, store.service)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a+") as lines:
        fcntl.flock(lines, fcntl.LOCK_EX)
        lines.seek(0)
        text = lines.read()
        if text and not text.endswith("\n"):
            lines.write("\n")  # a line that a crash cut off stays as it is, verify names it
        for seal in await seals_after(connection, _last_number(text)):
            lines.write(json.dumps(seal.as_json(store.service)) + "\n")
        lines.flush()
        os.fsync(lines.fileno())


def _last_number(text: str) -> int:
    """The highest number in a kept file; sealing goes on whatever somebody did to its lines."""
    last = 0
    for line in text.splitlines():
        with suppress(ValueError):
            last = max(last, read_kept([line])[0].number)
    return last


async def last_seal(connection: Connection) -> Seal | None:
    row = await connection.fetchrow(f"{_SEALS} ORDER BY number DESC LIMIT 1")
    return None if row is None else Seal(**row)


async def seals_after(connection: Connection, number: int) -> list[Seal]:
    """The seals with a higher number, in order."""
    rows = await connection.fetch(f"{_SEALS} WHERE number > $1 ORDER BY number", number)
    return [Seal(**row) for row in rows]


async def all_seals(connection: Connection) -> list[Seal]:
    return await seals_after(connection, 0)


async def run_seals(store: Store) -> None:
    """A seal a minute, when something happened."""
    async with store.pool.acquire() as connection:
        await keep_seals(store, connection)
    while True:
        await asyncio.sleep(EVERY_S)
        await make_seal(store)


def read_kept(lines: Iterable[str]) -> list[Seal]:
    """The seals of a kept file.  Raises ValueError for a line that is no seal."""
    found = []
    for line in lines:
        try:
            value = json.loads(line)
            numbers = (value["number"], value["first"], value["last"], value["count"])
            names = ("merkle_root", "previous", "signature")
            found.append(Seal(*numbers, *(bytes.fromhex(value[name]) for name in names)))
        except (KeyError, TypeError) as error:
            raise ValueError(f"no seal: {line[:60]}") from error
    return found
