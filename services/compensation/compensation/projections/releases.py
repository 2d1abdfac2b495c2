"""What was announced to payroll for each cycle and entity, in its latest state."""

from collections.abc import Sequence

import orjson

from chassis.record import Consumer, Record
from chassis.store import Connection
from compensation.domain.events import ReleaseAnnounced


async def apply(connection: Connection, records: Sequence[Record]) -> None:
    last = {e.release: e for record in records if isinstance(e := record.event, ReleaseAnnounced)}
    if last:
        await connection.execute(
            """INSERT INTO release SELECT * FROM unnest($1::text[], $2::text[], $3::text[],
                   $4::integer[], $5::integer[], $6::json[])
               ON CONFLICT (release) DO UPDATE SET number = excluded.number,
                   count = excluded.count, totals = excluded.totals""",
            list(last),
            [e.cycle for e in last.values()],
            [e.entity for e in last.values()],
            [e.number for e in last.values()],
            [e.count for e in last.values()],
            [orjson.dumps(e.totals).decode() for e in last.values()],
        )


RELEASES = Consumer(name="releases", version=1, source="own", apply=apply, tables=("release",))
