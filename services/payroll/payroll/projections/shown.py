"""How batches, lines and variances are read."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from chassis.codec import instant_text
from chassis.store import Connection


async def batches_of(
    connection: Connection, entities: Sequence[str], before: int | None, limit: int
) -> list[dict[str, Any]]:
    """Of these legal entities, last prepared first."""
    rows = await connection.fetch(
        """SELECT * FROM batch WHERE entity = ANY ($1) AND ($2::bigint IS NULL OR position < $2)
           ORDER BY position DESC LIMIT $3""",
        entities,
        before,
        limit,
    )
    return [batch_shown(dict(row)) for row in rows]


def batch_shown(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **row,
        "period_start": row["period_start"].isoformat(),
        "period_end": row["period_end"].isoformat(),
        "cut_off": instant_text(row["cut_off"]),
        "prepared_at": instant_text(row["prepared_at"]),
        "sealed_at": instant_text(row["sealed_at"]) if row["sealed_at"] else None,
        "totals": json.loads(row["totals"]),
        "left_out": json.loads(row["left_out"]),
    }


async def line_counts(connection: Connection, batch: str) -> dict[str, int]:
    """How many lines of the batch are in which state."""
    rows = await connection.fetch(
        "SELECT status, count(*) AS lines FROM batch_line WHERE batch = $1 GROUP BY status", batch
    )
    return {row["status"]: row["lines"] for row in rows}


async def lines_of_batch(
    connection: Connection, batch: str, after: str | None, limit: int
) -> list[dict[str, Any]]:
    """By line id; reasons are sealed."""
    rows = await connection.fetch(
        """SELECT l.*, p.employee_no, p.name FROM batch_line l LEFT JOIN person p USING (person)
           WHERE batch = $1 AND ($2::text IS NULL OR line > $2) ORDER BY line LIMIT $3""",
        batch,
        after,
        limit,
    )
    return [line_shown(dict(row)) for row in rows]


async def lines_of_person(
    connection: Connection, person: str, before: int | None, limit: int
) -> list[dict[str, Any]]:
    """What batches hold of the person, newest first."""
    rows = await connection.fetch(
        """SELECT l.*, b.entity, b.pay_group, b.period_start, b.period_end, b.sequence
           FROM batch_line l JOIN batch b USING (batch)
           WHERE l.person = $1 AND ($2::bigint IS NULL OR l.position < $2)
           ORDER BY l.position DESC LIMIT $3""",
        person,
        before,
        limit,
    )
    return [line_shown(dict(row)) for row in rows]


def line_shown(row: Mapping[str, Any]) -> dict[str, Any]:
    folded = ("minor", "currency", "new_annual", "paid_minor", "paid_currency")
    return {
        **{name: _plain(value) for name, value in row.items() if name not in folded},
        "amount": _money(row["minor"], row["currency"]),
        "new_annual": _money(row["new_annual"], row["currency"]),
        "paid": _money(row["paid_minor"], row["paid_currency"]),
    }


async def variances_of(
    connection: Connection,
    entities: Sequence[str],
    before: int | None,
    limit: int,
    *,
    only_open: bool,
) -> list[dict[str, Any]]:
    """Newest first; reasons are sealed."""
    rows = await connection.fetch(
        """SELECT v.*, b.entity, b.pay_group, b.sequence
           FROM variance v JOIN batch b USING (batch)
           WHERE b.entity = ANY ($1) AND ($2::bigint IS NULL OR v.position < $2)
             AND (v.resolved_at IS NULL OR NOT $4)
           ORDER BY v.position DESC LIMIT $3""",
        entities,
        before,
        limit,
        only_open,
    )
    return [_variance(dict(row)) for row in rows]


async def entities_known(connection: Connection) -> list[str]:
    """Every legal entity that payroll has a batch or a released award of."""
    rows = await connection.fetch("SELECT entity FROM batch UNION SELECT entity FROM award")
    return sorted(row["entity"] for row in rows)


def _variance(row: Mapping[str, Any]) -> dict[str, Any]:
    folded = ("sealed_minor", "sealed_currency", "answered_minor", "answered_currency")
    return {
        **{name: _plain(value) for name, value in row.items() if name not in folded},
        "sealed": _money(row["sealed_minor"], row["sealed_currency"]),
        "answered": _money(row["answered_minor"], row["answered_currency"]),
    }


def _money(minor: int | None, currency: str | None) -> dict[str, object] | None:
    return None if minor is None else {"minor": minor, "currency": currency}


def _plain(value: object) -> object:
    return value.isoformat() if hasattr(value, "isoformat") else value
