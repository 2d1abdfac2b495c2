"""Explain an amount: from what is paid down to every factor, rounding and the events behind."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from chassis.calls import Call, in_path, permits
from chassis.problems import not_found
from chassis.tokens import fresh
from chassis.values import Money
from compensation.domain.events import BonusCalculated, MeritCalculated
from compensation.domain.terms import BonusSegment, PositionUsed, Source
from compensation.projections.awards import AWARDS
from compensation.projections.calculations import CALCULATIONS

router = APIRouter(tags=["explain"], dependencies=[Depends(fresh(AWARDS, CALCULATIONS))])

Node = dict[str, Any]
Explained = Annotated[Call, Depends(permits("read_award", in_path("person")))]
Cycle = Annotated[str | None, Query(max_length=100)]
Revision = Annotated[int | None, Query(ge=1)]


@router.get("/explain/bonus/{person}")
async def explain_bonus(
    person: str, call: Explained, cycle: Cycle = None, revision: Revision = None
) -> Node:
    """A person's bonus as a tree; the latest cycle and revision unless they are named.

    base x target % x individual x company x proration, summed over the segments of the period.
    """
    row = await _calculation(call, "bonus", cycle, revision)
    e: BonusCalculated = call.store.registry.decode("compensation.BonusCalculated", 1, row["data"])
    plan = _frozen("bonus plan", e.plan, e.plan_version, e.plan_hash)
    factors = [
        _node("base x target %, by segment", of=[_segment(e, each) for each in e.segments]),
        _node("individual factor", str(e.individual_factor), of=[_rating(e), plan]),
        _node("company factor", str(e.company_factor), of=[plan]),
        _proration(e),
    ]
    return _explained(e, row, [*factors, _unrounded(e), _rounding(e)], "F49")


@router.get("/explain/merit/{person}")
async def explain_merit(
    person: str, call: Explained, cycle: Cycle = None, revision: Revision = None
) -> Node:
    """A person's merit increase as a tree; the latest cycle and revision unless named.

    annual pay x matrix % x proration; what crosses the maximum of the range is a lump sum.
    """
    row = await _calculation(call, "merit", cycle, revision)
    e: MeritCalculated = call.store.registry.decode("compensation.MeritCalculated", 1, row["data"])
    pay = _node("annual pay", _amount(e.pay.annual), events=_events(e.sources, "pay"))
    pay |= {"fte": str(e.pay.fte), "effective_on": e.pay.effective_on.isoformat()}
    table = _frozen("merit matrix", e.matrix, e.matrix_version, e.matrix_hash)
    where = [_position(e, e.position)] if e.position else []
    factors = [
        pay,
        _node("matrix %", f"{e.pct} %", "F41", of=[_rating(e), *where, table]),
        _proration(e),
    ]
    split = [
        _node("circle", e.circle, "F40"),
        _node("lump sum", _amount(e.lump_sum), "F40"),
        _node("new annual pay", _amount(e.new_annual), "F45"),
    ]
    return _explained(e, row, [*factors, _unrounded(e), _rounding(e), *split], "F41")


async def _calculation(
    call: Call, component: str, cycle: str | None, revision: int | None
) -> dict[str, Any]:
    """The stored event; of one's own award none that is later than what was communicated."""
    row = await call.fetchrow(
        """SELECT c.content::text AS data, c.event, c.stream, c.version, c.recorded_at
           FROM award_calculation c JOIN award a USING (award)
           WHERE c.person = $1 AND c.component = $2 AND ($3::text IS NULL OR c.cycle = $3)
             AND ($4::integer IS NULL OR c.revision = $4)
             AND ($5 OR c.revision <= a.communicated_revision)
           ORDER BY c.recorded_at DESC, c.revision DESC LIMIT 1""",
        call.subject,
        component,
        cycle,
        revision,
        call.subject != call.actor,
    )
    if row is None:
        raise not_found("calculation")
    return row


def _explained(
    e: MeritCalculated | BonusCalculated, row: dict[str, Any], parts: list[Node], formula: str
) -> Node:
    """The amount with its parts, and the recorded event that it stands in."""
    if e.not_eligible:
        parts = [_node("not eligible", e.not_eligible), *parts]
    if e.difference is not None:
        parts = [*parts, _node("difference to the revision before", _amount(e.difference))]
    recorded = {
        "event": str(row["event"]),
        "stream": str(row["stream"]),
        "version": row["version"],
        "recorded_at": row["recorded_at"],
    }
    return {
        "award": e.award,
        "person": e.person,
        "cycle": e.cycle,
        "revision": e.revision,
        "formulas": list(e.formulas),
        "terms_hash": e.terms_hash,
        "recorded": recorded,
        "sources": [_event(source) for source in e.sources],
        **_node("amount", _amount(e.amount), formula, of=parts),
    }


def _node(
    label: str,
    value: object = None,
    formula: str | None = None,
    of: Sequence[Node] = (),
    events: Sequence[Node] = (),
) -> Node:
    node: Node = {"label": label, "value": value}
    more = {"formula": formula, "of": list(of), "events": list(events)}
    return node | {name: found for name, found in more.items() if found}


def _amount(amount: Money) -> Node:
    return {"minor": amount.minor, "currency": amount.currency}


def _event(source: Source) -> Node:
    return {
        "kind": source.kind,
        "service": source.service,
        "event": source.event,
        "stream": source.stream,
        "version": source.version,
        "hash": source.hash,
        "by": source.by,
    }


def _events(sources: Sequence[Source], kind: str) -> list[Node]:
    return [_event(source) for source in sources if source.kind == kind]


def _frozen(label: str, code: str, version: int, content_hash: str) -> Node:
    return _node(label, code) | {"version": version, "hash": content_hash}


def _rating(e: MeritCalculated | BonusCalculated) -> Node:
    node = _node("rating", e.rating, events=_events(e.sources, "appraisal"))
    return node | {"appraisal_revision": e.appraisal_revision}


def _proration(e: MeritCalculated | BonusCalculated) -> Node:
    node = _node("proration", f"{e.eligible_days}/{e.period_days}", "F46")
    period = {"period_start": e.period_start.isoformat(), "period_end": e.period_end.isoformat()}
    return node | period | {"events": _events(e.sources, "employment")}


def _unrounded(e: MeritCalculated | BonusCalculated) -> Node:
    return _node("unrounded, in minor units", str(e.unrounded_minor))


def _rounding(e: MeritCalculated | BonusCalculated) -> Node:
    return _node("rounding", e.rounding) | {"step_minor": e.step_minor}


def _segment(e: BonusCalculated, segment: BonusSegment) -> Node:
    return _node(
        f"{segment.start.isoformat()} to {segment.end.isoformat()}",
        f"{segment.days} days",
        of=[
            _node("base", _amount(segment.annual), events=_events(e.sources, "pay")),
            _node("target %", f"{segment.target_pct} %") | {"grade": segment.grade},
        ],
    )


def _position(e: MeritCalculated, position: PositionUsed) -> Node:
    points = ("minimum", "midpoint", "maximum")
    limits = {name: _amount(getattr(position, name)) for name in points}
    place = f"grade {position.grade}, {position.country}"
    return _node(
        "position in the range",
        position.band,
        of=[
            _node("compa-ratio", str(position.compa_ratio), "F27"),
            _node("range penetration", str(position.penetration), "F28"),
            _node("range", place, events=_events(e.sources, "range")) | limits,
            _node("guideline", f"{position.min_pct} to {position.max_pct} %"),
        ],
    )
