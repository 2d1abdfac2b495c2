"""The read model of payees and wage types: how the payroll systems know persons and components."""

from collections.abc import Sequence
from typing import Any

from chassis.record import Consumer, Record
from chassis.store import Connection
from payroll.domain.events import PayeeMapped, PersonId, WageTypesSet


async def apply(connection: Connection, records: Sequence[Record]) -> None:
    payees = {r.event.person: r.event for r in records if isinstance(r.event, PayeeMapped)}
    if payees:
        rows = [
            (e.person, e.payroll_id, e.entity, e.pay_group, e.cost_centre) for e in payees.values()
        ]
        await connection.execute(
            """INSERT INTO payee SELECT * FROM unnest($1::text[], $2::text[], $3::text[],
                   $4::text[], $5::text[])
               ON CONFLICT (person) DO UPDATE SET payroll_id = excluded.payroll_id,
                   entity = excluded.entity, pay_group = excluded.pay_group,
                   cost_centre = excluded.cost_centre""",
            *zip(*rows, strict=True),
        )
    setups = {r.event.entity: r.event for r in records if isinstance(r.event, WageTypesSet)}
    wage_types = [(e.entity, w.component, w.code) for e in setups.values() for w in e.wage_types]
    if wage_types:
        # Every event names all wage types of its entity, and none is ever taken away.
        await connection.execute(
            """INSERT INTO wage_type SELECT * FROM unnest($1::text[], $2::text[], $3::text[])
               ON CONFLICT (entity, component) DO UPDATE SET code = excluded.code""",
            *zip(*wage_types, strict=True),
        )


PAYEES = Consumer(
    name="payees", version=1, source="own", apply=apply, tables=("payee", "wage_type")
)


async def holder_of(connection: Connection, entity: str, payroll_id: str) -> PersonId | None:
    """Whom the payroll system of the entity knows by this id."""
    person: str | None = await connection.fetchval(
        "SELECT min(person) FROM payee WHERE entity = $1 AND payroll_id = $2", entity, payroll_id
    )
    return PersonId(person) if person else None


async def payee_of(connection: Connection, person: str) -> dict[str, Any] | None:
    row = await connection.fetchrow("SELECT * FROM payee WHERE person = $1", person)
    return dict(row) if row else None


async def wage_types_of(connection: Connection, entity: str) -> dict[str, str]:
    rows = await connection.fetch(
        "SELECT component, code FROM wage_type WHERE entity = $1 ORDER BY component", entity
    )
    return {row["component"]: row["code"] for row in rows}
