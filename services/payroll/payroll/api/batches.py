"""Preview, prepare, seal, drop and acknowledge batches."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import AwareDatetime, BeforeValidator, Field

from chassis.calls import Call, nobody, permits
from chassis.ids import stream_id
from chassis.problems import invalid
from chassis.tokens import fresh
from payroll.api.answerfile import BadRow, read_answers
from payroll.api.scope import (
    Strict,
    batch_ref,
    log_looks,
    register_ref,
    require_batch,
    require_entity,
    up_to_date,
)
from payroll.domain import batch as batch_module
from payroll.domain import payrun
from payroll.domain import register as register_module
from payroll.domain.commands import (
    Acknowledge,
    DropBatch,
    LineAnswer,
    PrepareBatch,
    SealBatch,
)
from payroll.domain.events import BatchId, LineId
from payroll.domain.lines import work_out
from payroll.domain.terms import Order
from payroll.projections.batches import BATCHES
from payroll.projections.facts import facts_of, releases_of
from payroll.projections.preview import preview_of

router = APIRouter(tags=["batches"])
Code = Annotated[str, Field(min_length=1, max_length=40)]
Reason = Annotated[str, Field(min_length=1, max_length=1000)]


def _whole_day(value: object) -> object:
    """A day and nothing more: midnight, or an instant without its zone, is none."""
    if isinstance(value, str) and len(value) != len("YYYY-MM-DD"):
        raise ValueError("a day is YYYY-MM-DD, an instant names its zone")
    return value


Day = Annotated[date, BeforeValidator(_whole_day)]


class OrderBody(Strict):
    """One legal entity, pay group and pay period.

    cut_off: an instant, or a day with its whole end (UTC); what is released later rolls over.
    """

    entity: Code
    pay_group: Code
    period_start: date
    period_end: date
    cut_off: Annotated[AwareDatetime | Day, Field(union_mode="left_to_right")]

    def order(self) -> Order:
        cut_off = self.cut_off
        if not isinstance(cut_off, datetime):
            cut_off = datetime.combine(cut_off, time.max, UTC)
        return Order(self.entity, self.pay_group, self.period_start, self.period_end, cut_off)


class DropBody(Strict):
    reason: Reason


class AnswerBody(Strict):
    """`amount` in major units, as in the batch's file; a paid line has one."""

    line: Annotated[str, Field(min_length=1, max_length=60)]
    status: Literal["paid", "rejected"]
    amount: Annotated[Decimal, Field(max_digits=18)] | None = None
    currency: Annotated[str, Field(min_length=3, max_length=3)] | None = None
    reason: Annotated[str, Field(max_length=1000)] = ""


class AnswersBody(Strict):
    """Either the answers, or the payroll system's CSV file as text: line,status,amount,…"""

    answers: Annotated[tuple[AnswerBody, ...], Field(max_length=20_000)] = ()
    file: Annotated[str, Field(max_length=900_000)] | None = None


@router.post("/batches/preview")
async def preview_batch(
    body: OrderBody, call: Annotated[Call, Depends(permits("preview_batch", nobody))]
) -> dict[str, Any]:
    """What a batch would hold now, against the last sealed one; what is left out, and why.

    `rolls_over` was released after the cut-off; `not_as_announced` says what sealing waits for.
    """
    await require_entity(call, body.entity)
    await up_to_date(call)
    async with (
        call.store.pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read"),
    ):
        facts = await facts_of(connection, body.entity)
        releases = await releases_of(connection, body.entity)
        worked = work_out(body.order(), facts)
        persons = [line.person for line in worked.lines] + [x.person for x in worked.left_out]
        await log_looks(connection, call, persons)
        shown = await preview_of(connection, body.order(), worked, releases)
    return await call.opened(shown)


@router.post("/batches")
async def prepare_batch(
    body: OrderBody, call: Annotated[Call, Depends(permits("prepare_batch", nobody))]
) -> dict[str, Any]:
    """Prepare a batch of what the preview shows; somebody else seals it."""
    await require_entity(call, body.entity)
    await up_to_date(call)
    async with (
        call.store.pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        facts = await facts_of(connection, body.entity)
    batch = stream_id("batch", call.actor, call.context.key)
    command = PrepareBatch(BatchId(str(batch)), body.order(), facts, call.actor, call.at)
    answer = await call.execute_together(
        [(batch_module, batch_ref(batch)), (register_module, register_ref(body.entity))],
        lambda states: payrun.prepare(states[0], states[1], command),
    )
    return {"batch": command.batch, **answer}


@router.post("/batches/{batch}/seal", dependencies=[Depends(fresh(BATCHES))])
async def seal_batch(
    batch: UUID, call: Annotated[Call, Depends(permits("seal_batch", nobody))]
) -> dict[str, Any]:
    """Seal a batch that somebody else prepared; its file and manifest are then written.

    Lines that would not come out the same any more are held; the others are sealed.
    """
    row = await require_batch(call, batch)
    await up_to_date(call)
    async with (
        call.store.pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        facts = await facts_of(connection, row["entity"], str(batch))
        releases = await releases_of(connection, row["entity"])
    command = SealBatch(BatchId(str(batch)), facts, releases, call.actor, call.at)
    return await call.execute_together(
        [(batch_module, batch_ref(batch)), (register_module, register_ref(row["entity"]))],
        lambda states: payrun.seal(states[0], states[1], command),
    )


@router.post("/batches/{batch}/drop", dependencies=[Depends(fresh(BATCHES))])
async def drop_batch(
    batch: UUID, body: DropBody, call: Annotated[Call, Depends(permits("drop_batch", nobody))]
) -> dict[str, Any]:
    """Drop a prepared batch, with a reason.  A sealed one is only corrected by a later batch."""
    row = await require_batch(call, batch)
    command = DropBatch(BatchId(str(batch)), body.reason, call.actor, call.at)
    return await call.execute_together(
        [(batch_module, batch_ref(batch)), (register_module, register_ref(row["entity"]))],
        lambda states: payrun.drop(states[0], states[1], command),
    )


@router.post("/batches/{batch}/acknowledgements", dependencies=[Depends(fresh(BATCHES))])
async def acknowledge_lines(
    batch: UUID,
    body: AnswersBody,
    call: Annotated[Call, Depends(permits("acknowledge_lines", nobody))],
) -> dict[str, Any]:
    """Take in the payroll system's answer to lines: paid with the amount, or rejected.

    Another amount than sealed opens a variance; a rejected line is in the next batch again.
    """
    await require_batch(call, batch)
    command = Acknowledge(BatchId(str(batch)), _answers(body), call.actor, call.at)
    return await call.execute(batch_module, batch_ref(batch), command)


def _answers(body: AnswersBody) -> tuple[LineAnswer, ...]:
    if body.file is not None:
        try:
            return read_answers(body.file)
        except BadRow as bad:
            found = {"field": f"row {bad.row}: {bad.field}", "in": "file", "found": bad.found}
            raise invalid([{**found, "allowed": bad.allowed}]) from bad
    return tuple(
        LineAnswer(LineId(a.line), a.status, a.amount, a.currency, a.reason) for a in body.answers
    )
