"""Every calculation of an award with all its factors, as recorded: what explaining walks over."""

from collections.abc import Sequence

from chassis.record import Consumer, Record
from chassis.store import Connection
from compensation.domain.events import BonusCalculated, MeritCalculated


async def apply(connection: Connection, records: Sequence[Record]) -> None:
    rows = []
    for record in records:
        match record.event:
            case MeritCalculated() as e:
                component = "merit"
            case BonusCalculated() as e:
                component = "bonus"
            case _:
                continue
        what = (e.award, component, e.revision, e.person, e.cycle, record.data.decode())
        rows.append((*what, record.id, record.stream, record.version, record.recorded_at))
    if rows:
        await connection.execute(
            """INSERT INTO award_calculation SELECT * FROM unnest($1::text[], $2::text[],
               $3::integer[], $4::text[], $5::text[], $6::json[], $7::uuid[], $8::uuid[],
               $9::integer[], $10::timestamptz[])""",
            *zip(*rows, strict=True),
        )


CALCULATIONS = Consumer(
    name="calculations", version=1, source="own", apply=apply, tables=("award_calculation",)
)
