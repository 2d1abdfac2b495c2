"""The read model of schemes and cycles."""

from collections.abc import Sequence
from typing import Any

import msgspec
import orjson

from appraisal.domain.events import CycleClosed, CycleOpened, SchemeContent, SchemeDefined
from chassis.record import Consumer, Record
from chassis.store import Connection

_SCHEME = """INSERT INTO scheme VALUES ($1, $2, $3, $4)
    ON CONFLICT (scheme) DO UPDATE SET scheme_version = $2, content = $3, content_hash = $4"""
_CYCLE = f"INSERT INTO cycle VALUES ({', '.join(f'${n}' for n in range(1, 15))})"


async def apply(connection: Connection, records: Sequence[Record]) -> None:
    for record in records:
        match record.event:
            case SchemeDefined() as e:
                await connection.execute(
                    _SCHEME, e.scheme, e.scheme_version, as_text(e.content), e.content_hash
                )
            case CycleOpened() as e:
                await connection.execute(_CYCLE, *_cycle(e))
            case CycleClosed() as e:
                await connection.execute("UPDATE cycle SET closed = true WHERE cycle = $1", e.cycle)
            case _:
                pass


CYCLES = Consumer(name="cycles", version=1, source="own", apply=apply, tables=("scheme", "cycle"))


def _cycle(e: CycleOpened) -> tuple[Any, ...]:
    return (
        e.cycle,
        e.title,
        e.period_start,
        e.period_end,
        e.scheme,
        e.scheme_version,
        e.scheme_hash,
        as_text(e.content),
        e.population,
        e.self_due,
        e.manager_due,
        e.interview_due,
        e.acknowledge_days,
        e.opened_by,
    )


def as_text(value: object) -> str:
    """A domain value as JSON text."""
    return orjson.dumps(msgspec.to_builtins(value)).decode()


async def open_cycles(connection: Connection) -> list[dict[str, Any]]:
    """Cycles that are open, with their frozen scheme."""
    rows = await connection.fetch("SELECT * FROM cycle WHERE NOT closed ORDER BY cycle")
    return [_decoded(row) for row in rows]


async def cycle_called(connection: Connection, cycle: str) -> dict[str, Any] | None:
    row = await connection.fetchrow("SELECT * FROM cycle WHERE cycle = $1", cycle)
    return None if row is None else _decoded(row)


def _decoded(row: Any) -> dict[str, Any]:
    content = msgspec.json.decode(row["content"], type=SchemeContent, strict=False)
    return {**row, "content": content}


async def cycles_after(
    connection: Connection, after: str | None, limit: int
) -> list[dict[str, Any]]:
    rows = await connection.fetch(
        """SELECT c.cycle, c.title, c.period_start::text, c.period_end::text, c.scheme,
                  c.scheme_version, c.scheme_hash, c.population, c.self_due::text,
                  c.manager_due::text, c.interview_due::text, c.acknowledge_days, c.closed,
                  (SELECT count(*) FROM appraisal a WHERE a.cycle = c.cycle) AS appraisals
           FROM cycle c WHERE $1::text IS NULL OR c.cycle > $1 ORDER BY c.cycle LIMIT $2""",
        after,
        limit,
    )
    return [dict(row) for row in rows]


async def schemes_after(
    connection: Connection, after: str | None, limit: int
) -> list[dict[str, Any]]:
    rows = await connection.fetch(
        """SELECT scheme, scheme_version, content, content_hash FROM scheme
           WHERE $1::text IS NULL OR scheme > $1 ORDER BY scheme LIMIT $2""",
        after,
        limit,
    )
    return [{**row, "content": orjson.loads(row["content"])} for row in rows]
