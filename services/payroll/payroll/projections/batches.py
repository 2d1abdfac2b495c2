"""The read model of batches: their state, their lines with what became of each, the register."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import groupby
from typing import Any

from chassis.record import Consumer, Record
from chassis.store import Connection
from chassis.values import Money
from payroll.domain.events import (
    BatchClosed,
    BatchDropped,
    BatchEntered,
    BatchNumbered,
    BatchPrepared,
    BatchSealed,
    BatchStruck,
    LineAcknowledged,
    LineHeld,
    LinePrepared,
    LineRejected,
    LineSealed,
    VarianceOpened,
    VarianceResolved,
)

Run = Callable[[Connection, Sequence[Record]], Awaitable[None]]


async def apply(connection: Connection, records: Sequence[Record]) -> None:
    """Neighbours of one type together, in the order in which they came."""
    for kind, run in groupby(records, key=lambda record: type(record.event)):
        if kind in _RUNS:
            await _RUNS[kind](connection, list(run))


BATCHES = Consumer(
    name="batches",
    version=1,
    source="own",
    apply=apply,
    tables=("register", "batch", "batch_line", "variance"),
)


async def _entered(connection: Connection, records: Sequence[Record]) -> None:
    """Each event of a register is one entry more."""
    for record in records:
        await connection.execute(
            """INSERT INTO register VALUES ($1, $2)
               ON CONFLICT (entity) DO UPDATE SET entries = excluded.entries""",
            record.event.entity,
            record.version,
        )


async def _prepared(connection: Connection, records: Sequence[Record]) -> None:
    for record in records:
        e: BatchPrepared = record.event
        await connection.execute(
            """INSERT INTO batch (batch, entity, pay_group, period_start, period_end, cut_off,
                   status, lines, employees, totals, left_out, prepared_by, prepared_at, position)
               VALUES ($1, $2, $3, $4, $5, $6, 'prepared', $7, $8, $9, $10, $11, $12, $13)""",
            e.batch,
            e.entity,
            e.pay_group,
            e.period_start,
            e.period_end,
            e.cut_off,
            e.lines,
            e.employees,
            money_json(e.totals),
            json.dumps({count.reason: count.lines for count in e.left_out}),
            e.by,
            record.recorded_at,
            record.position,
        )


async def _line_prepared(connection: Connection, records: Sequence[Record]) -> None:
    await connection.execute(
        """INSERT INTO batch_line (batch, line, issue, person, award, cycle, revision, component,
               kind, minor, currency, new_annual, effective_on, payroll_id, wage_type, cost_centre,
               position, status)
           SELECT *, 'prepared' FROM unnest($1::text[], $2::text[], $3::integer[], $4::text[],
               $5::text[], $6::text[], $7::integer[], $8::text[], $9::text[], $10::bigint[],
               $11::text[], $12::bigint[], $13::date[], $14::text[], $15::text[], $16::text[],
               $17::bigint[])""",
        *zip(*map(_line_row, records), strict=True),
    )


def _line_row(record: Record) -> tuple[Any, ...]:
    e: LinePrepared = record.event
    x = e.content
    return (
        e.batch,
        x.line,
        x.issue,
        x.person,
        x.award,
        x.cycle,
        x.revision,
        x.component,
        x.kind,
        x.amount.minor,
        x.amount.currency,
        x.new_annual and x.new_annual.minor,
        x.effective_on,
        x.payroll_id,
        x.wage_type,
        x.cost_centre,
        record.position,
    )


async def _dropped(connection: Connection, records: Sequence[Record]) -> None:
    for record in records:
        e: BatchDropped = record.event
        await connection.execute(
            "UPDATE batch SET status = 'dropped', dropped_by = $2, reason = $3 WHERE batch = $1",
            e.batch,
            e.by,
            e.reason,
        )
        await connection.execute(
            "UPDATE batch_line SET status = 'dropped' WHERE batch = $1", e.batch
        )


async def _held(connection: Connection, records: Sequence[Record]) -> None:
    await connection.execute(
        """UPDATE batch_line l SET status = 'held', why = t.why
           FROM unnest($1::text[], $2::text[], $3::text[]) AS t (batch, line, why)
           WHERE l.batch = t.batch AND l.line = t.line""",
        [r.event.batch for r in records],
        [r.event.line for r in records],
        [r.event.reason for r in records],
    )


async def _line_sealed(connection: Connection, records: Sequence[Record]) -> None:
    """What a line replaces or issues again no longer counts in the batch that it was in before."""
    lines = [r.event.line for r in records]
    replaced = [line for r in records for line in r.event.replaces]
    await connection.execute(
        """UPDATE batch_line SET status = 'replaced'
           WHERE line = ANY ($1) AND status = 'rejected'""",
        replaced,
    )
    await connection.execute(
        """UPDATE batch_line SET status = 'reissued'
           WHERE line = ANY ($1) AND status = 'rejected'""",
        lines,
    )
    await connection.execute(
        """UPDATE batch_line l SET status = 'sealed', position = t.position
           FROM unnest($1::text[], $2::text[], $3::bigint[]) AS t (batch, line, position)
           WHERE l.batch = t.batch AND l.line = t.line""",
        [r.event.batch for r in records],
        lines,
        [r.position for r in records],
    )


async def _sealed(connection: Connection, records: Sequence[Record]) -> None:
    for record in records:
        e: BatchSealed = record.event
        await connection.execute(
            """UPDATE batch SET status = 'sealed', lines = $2, employees = $3, totals = $4,
                   held = $5, sealed_by = $6, sealed_at = $7, sequence = $8, file = $9,
                   sha256 = $10, hash_total = $11
               WHERE batch = $1""",
            e.batch,
            e.lines,
            e.employees,
            money_json(e.totals),
            e.held,
            e.sealed_by,
            e.sealed_at,
            e.sequence,
            e.file,
            e.sha256,
            e.hash_total,
        )


async def _acknowledged(connection: Connection, records: Sequence[Record]) -> None:
    await connection.execute(
        """UPDATE batch_line l SET status = 'paid', paid_minor = t.minor, paid_currency = t.currency
           FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[])
               AS t (batch, line, minor, currency)
           WHERE l.batch = t.batch AND l.line = t.line""",
        [r.event.batch for r in records],
        [r.event.line for r in records],
        [r.event.paid.minor for r in records],
        [r.event.paid.currency for r in records],
    )


async def _rejected(connection: Connection, records: Sequence[Record]) -> None:
    await connection.execute(
        """UPDATE batch_line l SET status = 'rejected', why = t.why
           FROM unnest($1::text[], $2::text[], $3::text[]) AS t (batch, line, why)
           WHERE l.batch = t.batch AND l.line = t.line""",
        [r.event.batch for r in records],
        [r.event.line for r in records],
        [r.event.reason for r in records],
    )


async def _variance_opened(connection: Connection, records: Sequence[Record]) -> None:
    for record in records:
        e: VarianceOpened = record.event
        await connection.execute(
            """INSERT INTO variance (variance, batch, line, issue, person, kind, sealed_minor,
                   sealed_currency, answered_minor, answered_currency, opened_by, opened_at,
                   position)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)""",
            e.variance,
            e.batch,
            e.line,
            e.issue,
            e.person,
            e.kind,
            e.sealed.minor,
            e.sealed.currency,
            e.answered and e.answered.minor,
            e.answered and e.answered.currency,
            e.by,
            record.recorded_at,
            record.position,
        )


async def _variance_resolved(connection: Connection, records: Sequence[Record]) -> None:
    for record in records:
        e: VarianceResolved = record.event
        await connection.execute(
            """UPDATE variance SET resolved_by = $2, resolved_at = $3, reason = $4
               WHERE variance = $1""",
            e.variance,
            e.by,
            record.recorded_at,
            e.reason,
        )


async def _closed(connection: Connection, records: Sequence[Record]) -> None:
    for record in records:
        e: BatchClosed = record.event
        await connection.execute(
            "UPDATE batch SET status = 'closed', outcome = $2 WHERE batch = $1", e.batch, e.outcome
        )


def money_json(amounts: Sequence[Money]) -> str:
    return json.dumps([{"minor": each.minor, "currency": each.currency} for each in amounts])


_RUNS: Mapping[type, Run] = {
    BatchEntered: _entered,
    BatchStruck: _entered,
    BatchNumbered: _entered,
    BatchPrepared: _prepared,
    LinePrepared: _line_prepared,
    BatchDropped: _dropped,
    LineHeld: _held,
    LineSealed: _line_sealed,
    BatchSealed: _sealed,
    LineAcknowledged: _acknowledged,
    LineRejected: _rejected,
    VarianceOpened: _variance_opened,
    VarianceResolved: _variance_resolved,
    BatchClosed: _closed,
}
