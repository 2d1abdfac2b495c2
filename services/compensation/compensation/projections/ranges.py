"""Salary ranges over time, by grade, country and currency."""

from collections.abc import Sequence

import asyncpg

from chassis.record import Consumer, Record
from chassis.store import Connection
from chassis.values import Money
from compensation.domain.events import RangeSet
from compensation.domain.facts import RangeFact
from compensation.projections.sources import read_source, source_of


async def apply(connection: Connection, records: Sequence[Record]) -> None:
    rows = [
        (e.range, record.version, e.grade, e.country, e.currency, e.effective_on)
        + (e.minimum.minor, e.midpoint.minor, e.maximum.minor)
        + (source_of(record, "range", "compensation"),)
        for record in records
        if isinstance(e := record.event, RangeSet)
    ]
    if rows:
        await connection.execute(
            """INSERT INTO salary_range SELECT * FROM unnest($1::text[], $2::integer[],
               $3::text[], $4::text[], $5::text[], $6::date[], $7::bigint[], $8::bigint[],
               $9::bigint[], $10::json[])""",
            *zip(*rows, strict=True),
        )


RANGES = Consumer(name="ranges", version=1, source="own", apply=apply, tables=("salary_range",))


async def ranges_for(
    connection: Connection, grades: Sequence[str], countries: Sequence[str]
) -> tuple[RangeFact, ...]:
    """Every range of these grades in these countries, at any time and in any currency."""
    rows = await connection.fetch(
        """SELECT * FROM salary_range WHERE grade = ANY ($1) AND country = ANY ($2)
           ORDER BY range, version""",
        list(grades),
        list(countries),
    )
    return tuple(_fact(row) for row in rows)


def _fact(row: asyncpg.Record) -> RangeFact:
    currency = row["currency"]
    return RangeFact(
        effective_on=row["effective_on"],
        grade=row["grade"],
        country=row["country"],
        currency=currency,
        minimum=Money(row["minimum_minor"], currency),
        midpoint=Money(row["midpoint_minor"], currency),
        maximum=Money(row["maximum_minor"], currency),
        source=read_source(row["source"]),
    )
