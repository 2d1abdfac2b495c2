"""What the payroll system's answers to lines mean."""

from collections.abc import Mapping, Sequence

from chassis.values import Money, from_major
from payroll.domain.commands import Acknowledge, LineAnswer
from payroll.domain.errors import (
    BatchIsNotSealed,
    LineIsAnsweredTwice,
    LineIsNotInThisBatch,
    PaidAmountIsUnreadable,
)
from payroll.domain.events import (
    BatchEvent,
    Line,
    LineAcknowledged,
    LineId,
    LineRejected,
    VarianceId,
    VarianceKind,
    VarianceOpened,
)


def require_answerable(status: str, lines: Sequence[Line], c: Acknowledge) -> Mapping[LineId, Line]:
    """The batch's lines by id, if the file answers only these, and each once."""
    if status not in ("sealed", "closed"):
        raise BatchIsNotSealed(f"batch {c.batch} is {status}, allowed is sealed")
    known = {line.line: line for line in lines}
    named = [answer.line for answer in c.answers]
    if len(set(named)) < len(named):
        raise LineIsAnsweredTwice("a line is answered twice, allowed is once in a file")
    if strangers := [line for line in named if line not in known]:
        raise LineIsNotInThisBatch(
            f"{len(strangers)} lines are not of batch {c.batch}, the first is {strangers[0]}"
        )
    return known


def paid_amount(answer: LineAnswer, line: Line) -> Money | None:
    """What was paid, None if the line was rejected.  Raises PaidAmountIsUnreadable."""
    if answer.status == "rejected":
        return None
    if answer.amount is None:
        raise PaidAmountIsUnreadable(f"line {line.line} is paid without an amount")
    try:
        return from_major(answer.amount, answer.currency or line.amount.currency)
    except ValueError as error:
        raise PaidAmountIsUnreadable(
            f"the amount of line {line.line} is no amount of an ISO 4217 currency"
        ) from error


def variance_kind(line: Line, paid: Money | None) -> VarianceKind | None:
    """How a first answer differs; a rejection does not, the line is reissued."""
    if paid is None or paid == line.amount:
        return None
    return "amount" if paid.currency == line.amount.currency else "currency"


def answer_event(c: Acknowledge, line: Line, paid: Money | None, reason: str) -> BatchEvent:
    if paid is None:
        return LineRejected(c.batch, line.line, line.issue, line.person, reason, c.by)
    return LineAcknowledged(c.batch, line.line, line.issue, line.person, paid, c.by)


def variance_event(
    c: Acknowledge, line: Line, paid: Money | None, kind: VarianceKind, variance: VarianceId
) -> VarianceOpened:
    return VarianceOpened(
        variance=variance,
        batch=c.batch,
        line=line.line,
        issue=line.issue,
        person=line.person,
        kind=kind,
        sealed=line.amount,
        answered=paid,
        by=c.by,
    )
