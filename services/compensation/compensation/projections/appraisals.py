"""Finalised appraisals, every revision; the latest one is what an award is calculated from."""

from collections.abc import Sequence
from decimal import Decimal

from pydantic import BaseModel

from chassis.record import Record
from chassis.store import Connection
from compensation.domain.facts import AppraisalFact
from compensation.projections.sources import read_source, source_of


class AppraisalFinalised(BaseModel):
    cycle: str
    person: str
    revision: int
    score: Decimal
    rating: str
    sheet_hash: str


class AppraisalReopened(BaseModel):
    """`revision` is the one that will be finalised next."""

    cycle: str
    person: str
    revision: int


MODELS: dict[str, type[BaseModel]] = {
    "appraisal.AppraisalFinalised": AppraisalFinalised,
    "appraisal.AppraisalReopened": AppraisalReopened,
}
TABLES = ("appraisal_fact",)


async def apply(connection: Connection, records: Sequence[Record]) -> None:
    rows = [
        (e.cycle, e.person, e.revision, e.score, e.rating, e.sheet_hash)
        + (source_of(record, "appraisal", "appraisal"),)
        for record in records
        if isinstance(e := record.event, AppraisalFinalised)
    ]
    if rows:
        await connection.execute(
            """INSERT INTO appraisal_fact SELECT * FROM unnest($1::text[], $2::text[],
               $3::integer[], $4::numeric[], $5::text[], $6::text[], $7::json[])""",
            *zip(*rows, strict=True),
        )


async def latest(connection: Connection, cycle: str, person: str) -> AppraisalFact | None:
    """The last finalised revision of the person's appraisal."""
    row = await connection.fetchrow(
        """SELECT revision, score, rating, sheet_hash, source FROM appraisal_fact
           WHERE cycle = $1 AND person = $2 ORDER BY revision DESC LIMIT 1""",
        cycle,
        person,
    )
    if row is None:
        return None
    return AppraisalFact(
        revision=row["revision"],
        score=row["score"],
        rating=row["rating"],
        sheet_hash=row["sheet_hash"],
        source=read_source(row["source"]),
    )


async def cycles_of(connection: Connection, person: str) -> list[str]:
    """The cycles in which the person has a finalised appraisal."""
    rows = await connection.fetch(
        "SELECT DISTINCT cycle FROM appraisal_fact WHERE person = $1 ORDER BY cycle", person
    )
    return [row["cycle"] for row in rows]


async def persons_of(connection: Connection, cycle: str) -> list[str]:
    """Everybody with a finalised appraisal in the cycle."""
    rows = await connection.fetch(
        "SELECT DISTINCT person FROM appraisal_fact WHERE cycle = $1 ORDER BY person", cycle
    )
    return [row["person"] for row in rows]


async def appraised_in(connection: Connection, grade: str, country: str) -> list[tuple[str, str]]:
    """(cycle, person) of everybody appraised who ever worked in that grade and country."""
    rows = await connection.fetch(
        """SELECT DISTINCT f.cycle, f.person FROM appraisal_fact f
           JOIN assignment_fact a USING (person) WHERE a.grade = $1 AND a.country = $2
           ORDER BY f.cycle, f.person""",
        grade,
        country,
    )
    return [(row["cycle"], row["person"]) for row in rows]
