"""Launched cycles with the terms that each froze."""

from collections.abc import Sequence

import msgspec
import orjson

from chassis.record import Consumer, Record
from chassis.store import Connection
from compensation.domain.events import CycleLaunched
from compensation.domain.facts import CycleFact
from compensation.domain.terms import CycleTerms
from compensation.projections.sources import read_source, source_of


async def apply(connection: Connection, records: Sequence[Record]) -> None:
    rows = [
        (e.cycle, orjson.dumps(msgspec.to_builtins(e.terms)).decode(), e.terms_hash)
        + (e.launched_by, source_of(record, "cycle", "compensation"))
        for record in records
        if isinstance(e := record.event, CycleLaunched)
    ]
    if rows:
        await connection.execute(
            """INSERT INTO launched_cycle SELECT * FROM unnest(
               $1::text[], $2::json[], $3::text[], $4::text[], $5::json[])""",
            *zip(*rows, strict=True),
        )


CYCLES = Consumer(name="cycles", version=1, source="own", apply=apply, tables=("launched_cycle",))


async def launched(connection: Connection, cycle: str) -> CycleFact | None:
    row = await connection.fetchrow("SELECT * FROM launched_cycle WHERE cycle = $1", cycle)
    if row is None:
        return None
    return CycleFact(
        terms=msgspec.json.decode(row["terms"], type=CycleTerms, strict=False),
        terms_hash=row["terms_hash"],
        launched_by=row["launched_by"],
        source=read_source(row["source"]),
    )
