"""The read model of plans: what is on the table, and whose signature is missing."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
import orjson

from chassis.record import Consumer, Record
from chassis.store import Connection
from goals.domain.events import (
    AmendmentProposed,
    AmendmentRejected,
    AmendmentSigned,
    ContractAmended,
    ContractIssued,
    PlanContent,
    PlanCountered,
    PlanProposed,
    PlanSigned,
    PlanWithdrawn,
)

_OPENED = """INSERT INTO plan VALUES ($1, $2, $3, $4, $5, 'negotiated', 0, $6, $7, $8, NULL, NULL,
                                       false, false)
    ON CONFLICT (plan) DO UPDATE SET period_start = $4, period_end = $5, status = 'negotiated',
        offered = $6, content_hash = $7, offered_by = $8, employee_signed = false,
        manager_signed = false"""
_AMENDING = """UPDATE plan SET status = 'amended', offered = $2, content_hash = $3, offered_by = $4,
        reason = $5, effective_on = $6, employee_signed = false, manager_signed = false
    WHERE plan = $1"""
_SIGNED = """UPDATE plan SET employee_signed = employee_signed OR $2 = 'employee',
        manager_signed = manager_signed OR $2 = 'manager' WHERE plan = $1"""
_SETTLED = """UPDATE plan SET status = $2, revision = coalesce($3, revision), offered = NULL,
        content_hash = NULL, offered_by = NULL, reason = NULL, effective_on = NULL,
        employee_signed = $2 = 'in_force', manager_signed = $2 = 'in_force' WHERE plan = $1"""


async def apply(connection: Connection, records: Sequence[Record]) -> None:
    """Plans are few and their events depend on each other: one statement per event, in order."""
    for record in records:
        match record.event:
            case PlanProposed() | PlanCountered() as e:
                await connection.execute(
                    _OPENED,
                    UUID(e.plan),
                    e.person,
                    e.period,
                    e.period_start,
                    e.period_end,
                    content_text(e.content),
                    e.content_hash,
                    e.by,
                )
            case AmendmentProposed() as e:
                await connection.execute(
                    _AMENDING,
                    UUID(e.plan),
                    content_text(e.content),
                    e.content_hash,
                    e.by,
                    e.reason,
                    e.effective_on,
                )
            case PlanSigned() | AmendmentSigned() as e:
                await connection.execute(_SIGNED, UUID(e.plan), e.role)
            case PlanWithdrawn() as e:
                await connection.execute(_SETTLED, UUID(e.plan), "withdrawn", None)
            case ContractIssued() | ContractAmended() as e:
                await connection.execute(_SETTLED, UUID(e.plan), "in_force", e.revision)
            case AmendmentRejected() as e:
                await connection.execute(_SETTLED, UUID(e.plan), "in_force", None)
            case _:
                pass


PLANS = Consumer(name="plans", version=1, source="own", apply=apply, tables=("plan",))

_SHOWN = """SELECT plan::text, person, period, period_start, period_end, status, revision,
    offered, content_hash, offered_by, reason, effective_on, employee_signed, manager_signed
    FROM plan"""


def content_text(content: PlanContent) -> str:
    return orjson.dumps(msgspec.to_builtins(content)).decode()


async def plans_of(connection: Connection, person: str) -> list[dict[str, Any]]:
    rows = await connection.fetch(f"{_SHOWN} WHERE person = $1 ORDER BY period_start", person)
    return [_with_content(row) for row in rows]


async def unsigned(connection: Connection, persons: Sequence[str]) -> list[dict[str, Any]]:
    """Plans of these persons on which something lies to be signed."""
    rows = await connection.fetch(
        f"""{_SHOWN} WHERE person = ANY ($1) AND status IN ('negotiated', 'amended')
            ORDER BY period_start, person""",
        list(persons),
    )
    return [dict(row) for row in rows]


async def planned(connection: Connection, persons: Sequence[str], day: date) -> frozenset[str]:
    """Those of the persons who have a plan for the day, signed or not."""
    rows = await connection.fetch(
        """SELECT DISTINCT person FROM plan WHERE person = ANY ($1) AND status <> 'withdrawn'
               AND $2 BETWEEN period_start AND period_end""",
        list(persons),
        day,
    )
    return frozenset(row["person"] for row in rows)


def _with_content(row: Any) -> dict[str, Any]:
    offered = row["offered"]
    return {**row, "offered": orjson.loads(offered) if offered else None}
