"""The read model of roles: proposed, granted, revoked."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from chassis.record import Consumer, Record
from chassis.store import Connection
from people.domain.events import RoleGranted, RoleProposed, RoleRevoked

_WRITE = """INSERT INTO role_grant SELECT * FROM unnest($1::text[], $2::text[], $3::text[],
        $4::text[], $5::date[], $6::date[], $7::text[], $8::text[], $9::text[])
    ON CONFLICT (grant_id) DO UPDATE SET status = excluded.status,
        granted_by = excluded.granted_by"""
_REVOKE = """UPDATE role_grant SET status = 'revoked', valid_to = r.valid_to, revoked_by = r.by
    FROM unnest($1::text[], $2::date[], $3::text[]) AS r (grant_id, valid_to, by)
    WHERE role_grant.grant_id = r.grant_id"""


async def apply(connection: Connection, records: Sequence[Record]) -> None:
    held: dict[str, tuple[Any, ...]] = {}
    revoked: dict[str, tuple[Any, ...]] = {}
    for record in records:
        match record.event:
            case RoleProposed() as e:
                held[e.grant] = (*_what(e), "proposed", e.proposed_by, None)
            case RoleGranted() as e:
                held[e.grant] = (*_what(e), "granted", e.proposed_by, e.granted_by)
            case RoleRevoked() as e:
                revoked[e.grant] = (e.grant, e.valid_to, e.revoked_by)
            case _:
                pass
    for statement, rows in ((_WRITE, held), (_REVOKE, revoked)):
        if rows:
            await connection.execute(statement, *zip(*rows.values(), strict=True))


ROLES = Consumer(name="roles", version=1, source="own", apply=apply, tables=("role_grant",))


async def roles_after(
    connection: Connection, actor: str | None, after: str | None, limit: int
) -> list[dict[str, Any]]:
    """Every proposal and grant, or those of one actor, by grant."""
    rows = await connection.fetch(
        """SELECT grant_id AS "grant", actor, role, population, valid_from, valid_to, status,
                  proposed_by, granted_by, revoked_by
           FROM role_grant WHERE ($1::text IS NULL OR actor = $1)
             AND ($2::text IS NULL OR grant_id > $2) ORDER BY grant_id LIMIT $3""",
        actor,
        after,
        limit,
    )
    return [_plain(dict(row)) for row in rows]


async def open_proposals(connection: Connection, decider: str) -> list[dict[str, Any]]:
    """Proposals that this administrator may decide: not their own, not about them."""
    rows = await connection.fetch(
        """SELECT grant_id AS "grant", actor, role, population, valid_from FROM role_grant
           WHERE status = 'proposed' AND proposed_by <> $1 AND actor <> $1 ORDER BY grant_id""",
        decider,
    )
    return [_plain(dict(row)) for row in rows]


def _what(event: RoleProposed | RoleGranted) -> tuple[Any, ...]:
    days = (event.valid_from, event.valid_to)
    return (event.grant, event.actor, event.role, event.population, *days)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {k: v.isoformat() if isinstance(v, date) else v for k, v in row.items()}
