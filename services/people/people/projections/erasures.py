"""The read model of proposals to erase somebody, until they are confirmed."""

from collections.abc import Sequence
from typing import Any

from chassis.record import Consumer, Record
from chassis.store import Connection
from people.domain.events import ErasureProposed, PersonErased


async def apply(connection: Connection, records: Sequence[Record]) -> None:
    for record in records:
        match record.event:
            case ErasureProposed() as e:
                await connection.execute(
                    """INSERT INTO erasure_proposal VALUES ($1, $2, $3)
                       ON CONFLICT (person) DO UPDATE
                       SET reason = excluded.reason, proposed_by = excluded.proposed_by""",
                    e.person,
                    e.reason,
                    e.proposed_by,
                )
            case PersonErased() as e:
                await connection.execute("DELETE FROM erasure_proposal WHERE person = $1", e.person)
            case _:
                pass


ERASURES = Consumer(
    name="erasures", version=1, source="own", apply=apply, tables=("erasure_proposal",)
)


async def waiting_for(connection: Connection, decider: str) -> list[dict[str, Any]]:
    """What this administrator may confirm: proposed by somebody else, not about them."""
    rows = await connection.fetch(
        """SELECT person, reason FROM erasure_proposal
           WHERE proposed_by <> $1 AND person <> $1 ORDER BY person""",
        decider,
    )
    return [dict(row) for row in rows]
