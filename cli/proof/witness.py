"""Seals kept elsewhere: the store must have them all, and they those that the store has sealed.

A witness is read before the store, so that a seal made meanwhile is no fault; what it must have
is asked before the witness is read, for the same reason.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
from cryptography.exceptions import InvalidSignature

from chassis.seal_relay import CHECKPOINT, UNREACHABLE, seals_on_kafka
from chassis.seals import Seal, kept_file, last_seal, read_kept, seal_key
from chassis.settings import Settings

_MOMENT_S = 0.5


@dataclass(frozen=True, slots=True)
class Witness:
    """The seals found in a place, up to which number it must have them, and what is no seal."""

    where: str
    seals: Sequence[Seal]
    must_have: int
    faults: Sequence[str] = field(default=())


async def kept_witness(connection: asyncpg.Connection, service: str, home: Path) -> Witness:
    """The kept file.  A seal reaches it a moment after the store: it is given that moment."""
    last = await last_seal(connection)
    must_have = last.number if last else 0
    found = _read(kept_file(home, service), must_have)
    if must_have not in {0, *(seal.number for seal in found.seals)}:
        await asyncio.sleep(_MOMENT_S)
        found = _read(kept_file(home, service), must_have)
    return found


def _read(file: Path, must_have: int) -> Witness:
    seals: list[Seal] = []
    faults = []
    text = file.read_text(errors="replace") if file.exists() else ""
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            seals += read_kept([line])
        except ValueError:
            faults.append(f"the kept file: line {number} is no seal")
    return Witness("in the kept file", seals, must_have, faults)


async def kafka_witnesses(
    settings: Settings, stores: Mapping[str, asyncpg.Connection]
) -> dict[str, Witness]:
    """What Kafka holds of each service; it must have what it acknowledged."""
    acknowledged = {
        service: await connection.fetchval(
            "SELECT position FROM checkpoint WHERE consumer = $1 AND shard = 0", CHECKPOINT
        )
        for service, connection in stores.items()
    }
    try:
        held = await seals_on_kafka(settings)
    except UNREACHABLE as error:
        fault = f"Kafka: its seals cannot be read ({type(error).__name__})"
        return {service: Witness("on Kafka", (), 0, [fault]) for service in stores}
    found = {}
    for service in stores:
        seals, others = held.get(service, ([], []))
        faults = [f"Kafka: the record at offset {offset} is no seal" for offset in others]
        found[service] = Witness("on Kafka", seals, acknowledged[service] or 0, faults)
    return found


def check_witness(
    service: str, seals: Sequence[Seal], witness: Witness, home: Path
) -> Iterator[str]:
    """Each seal that the store and the witness do not have alike."""
    yield from witness.faults
    stored = {seal.number: seal for seal in seals}
    key = seal_key(home).public_key()
    for seal in sorted(set(witness.seals), key=lambda seal: seal.number):
        try:
            key.verify(seal.signature, seal.body(service))
        except InvalidSignature:
            yield f"seal {seal.number}: {witness.where} its signature is not this installation's"
            continue
        if seal.number not in stored:
            yield f"seal {seal.number}: is {witness.where} and not in the store"
        elif seal != stored[seal.number]:
            yield f"seal {seal.number}: is another one {witness.where} than in the store"
    known = {seal.number for seal in witness.seals}
    for seal in seals:
        if seal.number <= witness.must_have and seal.number not in known:
            yield f"seal {seal.number}: is in the store and not {witness.where}"
