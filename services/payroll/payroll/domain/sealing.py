"""What sealing a batch records: a line each, sealed or held, and the manifest."""

from collections.abc import Sequence

from payroll.domain.announced import require_complete
from payroll.domain.commands import SealBatch
from payroll.domain.csvfile import file_name, hash_total, render, sha256_of
from payroll.domain.errors import NothingIsToBePaid
from payroll.domain.events import (
    BatchEvent,
    BatchId,
    BatchSealed,
    Line,
    LineHeld,
    LineReissued,
    LineSealed,
    ReleaseHeld,
)
from payroll.domain.lines import sum_by_currency, work_out
from payroll.domain.terms import Order


def sealed_events(
    lines: Sequence[Line], order: Order, c: SealBatch, prepared_by: str
) -> list[BatchEvent]:
    """A line is sealed exactly as prepared, and only if the facts of now give the same line.

    Raises ReleaseIsNotCompletelyHeard, and NothingIsToBePaid when every line would be held.
    """
    releases = require_complete(c.releases)
    now = work_out(order, c.facts)
    still = frozenset(now.lines)
    reasons = {(left.award, left.component): left.reason for left in now.left_out}
    events: list[BatchEvent] = []
    sealed: list[Line] = []
    for line in lines:
        if line in still:
            sealed.append(line)
            events += _line_events(c.batch, line)
        else:
            reason = reasons.get((line.award, line.component), "line_changed")
            events.append(
                LineHeld(
                    batch=c.batch,
                    line=line.line,
                    person=line.person,
                    award=line.award,
                    revision=line.revision,
                    component=line.component,
                    reason=reason,
                )
            )
    if not sealed:
        raise NothingIsToBePaid(f"all {len(lines)} lines are held, allowed is to drop the batch")
    return [*events, _manifest(sealed, len(lines) - len(sealed), order, c, releases, prepared_by)]


def line_of(event: LineSealed) -> Line:
    """The line as it stands in the file."""
    return Line(
        line=event.line,
        issue=event.issue,
        person=event.person,
        award=event.award,
        cycle=event.cycle,
        revision=event.revision,
        component=event.component,
        kind=event.kind,
        amount=event.amount,
        new_annual=event.new_annual,
        effective_on=event.effective_on,
        payroll_id=event.payroll_id,
        wage_type=event.wage_type,
        cost_centre=event.cost_centre,
        replaces=event.replaces,
    )


def _line_events(batch: BatchId, line: Line) -> list[BatchEvent]:
    sealed = LineSealed(
        batch=batch,
        line=line.line,
        issue=line.issue,
        person=line.person,
        award=line.award,
        cycle=line.cycle,
        revision=line.revision,
        component=line.component,
        kind=line.kind,
        amount=line.amount,
        new_annual=line.new_annual,
        effective_on=line.effective_on,
        payroll_id=line.payroll_id,
        wage_type=line.wage_type,
        cost_centre=line.cost_centre,
        replaces=line.replaces,
    )
    if line.issue == 1:
        return [sealed]
    reissued = LineReissued(
        batch=batch,
        line=line.line,
        issue=line.issue,
        person=line.person,
        award=line.award,
        revision=line.revision,
        component=line.component,
    )
    return [reissued, sealed]


def _manifest(
    sealed: Sequence[Line],
    held: int,
    order: Order,
    c: SealBatch,
    releases: tuple[ReleaseHeld, ...],
    prepared_by: str,
) -> BatchSealed:
    return BatchSealed(
        batch=c.batch,
        entity=order.entity,
        pay_group=order.pay_group,
        period_start=order.period_start,
        period_end=order.period_end,
        cut_off=order.cut_off,
        sequence=c.sequence,
        file=file_name(order.entity, order.pay_group, c.sequence),
        lines=len(sealed),
        employees=len({line.person for line in sealed}),
        totals=sum_by_currency([line.amount for line in sealed]),
        hash_total=hash_total(sealed),
        sha256=sha256_of(render(sealed)),
        held=held,
        releases=releases,
        prepared_by=prepared_by,
        sealed_by=c.by,
        sealed_at=c.at,
    )
