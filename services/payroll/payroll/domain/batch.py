"""A payroll batch: prepared by one person, sealed by another, answered line by line."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, assert_never
from uuid import UUID, uuid5

from chassis.values import Money
from payroll.domain import answers
from payroll.domain.commands import (
    Acknowledge,
    BatchCommand,
    DropBatch,
    PrepareBatch,
    ResolveVariance,
    SealBatch,
)
from payroll.domain.errors import (
    BatchIsAlreadyPrepared,
    BatchIsDropped,
    BatchIsSealed,
    BatchNeedsASecondPerson,
    BatchWasNeverPrepared,
    DroppingNeedsAReason,
    NothingIsToBePaid,
    PayPeriodEndsBeforeItStarts,
    VarianceIsUnknown,
    VarianceNeedsAReason,
)
from payroll.domain.events import (
    BatchClosed,
    BatchDropped,
    BatchEvent,
    BatchPrepared,
    BatchSealed,
    LeftOutCount,
    Line,
    LineAcknowledged,
    LineHeld,
    LineId,
    LinePrepared,
    LineReissued,
    LineRejected,
    LineSealed,
    PersonId,
    VarianceId,
    VarianceOpened,
    VarianceResolved,
)
from payroll.domain.lines import sum_by_currency, work_out
from payroll.domain.sealing import sealed_events
from payroll.domain.terms import Order, Worked

Status = Literal["unknown", "prepared", "dropped", "sealed", "closed"]


@dataclass(frozen=True, slots=True)
class Answered:
    """`paid` None: rejected."""

    line: LineId
    paid: Money | None


@dataclass(frozen=True, slots=True)
class Variance:
    variance: VarianceId
    line: LineId
    person: PersonId
    answered: Money | None
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class Batch:
    status: Status = "unknown"
    order: Order | None = None
    prepared_by: str = ""
    lines: tuple[Line, ...] = ()
    answered: tuple[Answered, ...] = ()
    variances: tuple[Variance, ...] = ()


INITIAL = Batch()


def evolve(state: Batch, event: BatchEvent) -> Batch:
    match event:
        case BatchPrepared():
            order = Order(
                event.entity,
                event.pay_group,
                event.period_start,
                event.period_end,
                event.cut_off,
            )
            return Batch("prepared", order, event.by)
        case LinePrepared():
            return replace(state, lines=(*state.lines, event.content))
        case BatchDropped():
            return replace(state, status="dropped")
        case LineHeld():
            kept = tuple(line for line in state.lines if line.line != event.line)
            return replace(state, lines=kept)
        case LineSealed() | LineReissued():
            return state
        case BatchSealed():
            return replace(state, status="sealed")
        case LineAcknowledged():
            answered = Answered(event.line, event.paid)
            return replace(state, answered=(*state.answered, answered))
        case LineRejected():
            return replace(state, answered=(*state.answered, Answered(event.line, None)))
        case VarianceOpened():
            opened = Variance(event.variance, event.line, event.person, event.answered)
            return replace(state, variances=(*state.variances, opened))
        case VarianceResolved():
            return replace(state, variances=_resolved(state, event.variance))
        case BatchClosed():
            return replace(state, status="closed")
        case _:
            assert_never(event)


def decide(state: Batch, command: BatchCommand) -> list[BatchEvent]:
    if isinstance(command, PrepareBatch):
        return prepare(state, command)
    if state.order is None:
        raise BatchWasNeverPrepared(f"batch {command.batch} is unknown")
    match command:
        case SealBatch():
            return seal(state, state.order, command)
        case DropBatch():
            return drop(state, state.order, command)
        case Acknowledge():
            return acknowledge(state, state.order, command)
        case ResolveVariance():
            return resolve(state, command)
        case _:
            assert_never(command)


def prepare(state: Batch, c: PrepareBatch) -> list[BatchEvent]:
    if state.order == c.order and state.prepared_by == c.by:
        return []
    if state.order is not None:
        raise BatchIsAlreadyPrepared(f"batch {c.batch} is {state.status}")
    order = c.order
    if order.period_end < order.period_start:
        raise PayPeriodEndsBeforeItStarts(f"{order.period_start} to {order.period_end}")
    worked = work_out(order, c.facts)
    if not worked.lines:
        raise NothingIsToBePaid(
            f"no line is to be paid and {len(worked.left_out)} are left out; see the preview"
        )
    prepared = BatchPrepared(
        batch=c.batch,
        entity=order.entity,
        pay_group=order.pay_group,
        period_start=order.period_start,
        period_end=order.period_end,
        cut_off=order.cut_off,
        lines=len(worked.lines),
        employees=len({line.person for line in worked.lines}),
        totals=sum_by_currency([line.amount for line in worked.lines]),
        left_out=left_out_counts(worked),
        by=c.by,
    )
    return [prepared, *(LinePrepared(c.batch, line.person, line) for line in worked.lines)]


def seal(state: Batch, order: Order, c: SealBatch) -> list[BatchEvent]:
    """Lines that would no longer come out the same are held, the others are sealed."""
    if state.status in ("sealed", "closed"):
        return []
    if state.status == "dropped":
        raise BatchIsDropped(f"batch {c.batch} is dropped, allowed is to prepare another")
    if c.by == state.prepared_by:
        raise BatchNeedsASecondPerson("sealed by who prepared it, allowed is somebody else")
    return sealed_events(state.lines, order, c, state.prepared_by)


def drop(state: Batch, order: Order, c: DropBatch) -> list[BatchEvent]:
    if state.status == "dropped":
        return []
    if state.status != "prepared":
        raise BatchIsSealed(f"batch {c.batch} is sealed, allowed is a later batch that corrects it")
    if not c.reason.strip():
        raise DroppingNeedsAReason("the reason is empty, allowed is a sentence")
    return [BatchDropped(c.batch, order.entity, order.pay_group, c.by, c.reason)]


def acknowledge(state: Batch, order: Order, c: Acknowledge) -> list[BatchEvent]:
    """One file of answers: all of it counts, or none."""
    lines = answers.require_answerable(state.status, state.lines, c)
    told = {answered.line: answered.paid for answered in state.answered}
    known = {(v.line, v.answered) for v in state.variances}
    count = len(state.variances)
    events: list[BatchEvent] = []
    for answer in c.answers:
        line = lines[answer.line]
        paid = answers.paid_amount(answer, line)
        if line.line not in told:
            told[line.line] = paid
            events.append(answers.answer_event(c, line, paid, answer.reason))
            kind = answers.variance_kind(line, paid)
        else:
            kind = "answered_differently" if told[line.line] != paid else None
        if kind and (line.line, paid) not in known:
            variance = VarianceId(str(uuid5(UUID(c.batch), f"variance {count}")))
            count += 1
            events.append(answers.variance_event(c, line, paid, kind, variance))
    if state.status == "sealed" and len(told) == len(state.lines):
        still_open = sum(v.is_open for v in state.variances) + count - len(state.variances)
        events.append(_closed(order, c, told, still_open))
    return events


def resolve(state: Batch, c: ResolveVariance) -> list[BatchEvent]:
    found = next((v for v in state.variances if v.variance == c.variance), None)
    if found is None:
        raise VarianceIsUnknown(f"variance {c.variance} is not of batch {c.batch}")
    if not found.is_open:
        return []
    if not c.reason.strip():
        raise VarianceNeedsAReason("the reason is empty, allowed is a sentence")
    return [VarianceResolved(c.variance, c.batch, found.line, found.person, c.reason, c.by)]


def left_out_counts(worked: Worked) -> tuple[LeftOutCount, ...]:
    counts = Counter(left_out.reason for left_out in worked.left_out)
    return tuple(LeftOutCount(reason, counts[reason]) for reason in sorted(counts))


def _closed(
    order: Order, c: Acknowledge, told: Mapping[LineId, Money | None], open_variances: int
) -> BatchClosed:
    rejected = sum(paid is None for paid in told.values())
    return BatchClosed(
        batch=c.batch,
        entity=order.entity,
        pay_group=order.pay_group,
        outcome="partially_accepted" if rejected else "accepted",
        paid=len(told) - rejected,
        rejected=rejected,
        open_variances=open_variances,
    )


def _resolved(state: Batch, variance: VarianceId) -> tuple[Variance, ...]:
    return tuple(
        replace(v, is_open=False) if v.variance == variance else v for v in state.variances
    )
