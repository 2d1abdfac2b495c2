"""Explain a score: from the rating down to every reading, weight, rounding and event behind."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from appraisal.projections.appraisals import APPRAISALS, appraisal_in, computed_in
from appraisal.projections.heard import behind, late_amendments, late_readings
from chassis.calls import Call, in_path, permits
from chassis.problems import not_found
from chassis.tokens import fresh
from chassis.values import Period

router = APIRouter(tags=["explain"], dependencies=[Depends(fresh(APPRAISALS))])

Node = dict[str, Any]
Events = Mapping[str, Node]
_RECORDED = ("service", "event", "stream", "version", "position", "recorded_at")
_BLOCKS = (("goal", "goals"), ("competency", "competencies"))


@router.get("/explain/score/{person}")
async def explain_score(
    person: str,
    call: Annotated[Call, Depends(permits("read_appraisal", in_path("person")))],
    cycle: Annotated[str | None, Query(max_length=64)] = None,
    revision: Annotated[int | None, Query(ge=1)] = None,
) -> Node:
    """A person's score as a tree; the latest cycle and revision unless they are named.

    `late_readings` and `late_amendments` came after the score was computed: they move nothing.
    """
    async with call.store.pool.acquire() as connection:
        row = await appraisal_in(connection, person, cycle)
        computed = row and await computed_in(connection, row, _seen(call, row), revision)
        if not computed:
            raise not_found("score")
        sheet = computed["sheet"]
        events = await behind(connection, person, sheet)
        period = Period(*(date.fromisoformat(row[day]) for day in ("period_start", "period_end")))
        since = (person, period, sheet["known_position"])
        late = await late_readings(connection, *since)
        amendments = await late_amendments(connection, *since)
    rounding = _node("rounding", f"once, to {sheet['places']} places, {sheet['rounding']}")
    unrounded = _node("unrounded", sheet["unrounded"], "F11", of=_segments(sheet, events))
    return {
        "appraisal": row["appraisal"],
        "person": person,
        "cycle": row["cycle"],
        "revision": computed["revision"],
        "rules": sheet["rules"],
        "scheme_hash": sheet["scheme_hash"],
        "inputs_hash": sheet["inputs_hash"],
        "recorded": {name: computed[name] for name in _RECORDED},
        "late_readings": late,
        "late_amendments": amendments,
        **_node(
            "rating",
            sheet["rating"],
            "F14",
            of=[_node("score", sheet["score"], of=[unrounded, rounding])],
        ),
    }


def _seen(call: Call, row: Mapping[str, Any]) -> int | None:
    """The newest revision that the reader may see; None without a limit."""
    if call.actor != row["person"]:
        return None
    return int(row["revision"]) - (0 if row["shared"] else 1)


def _segments(sheet: Node, events: Events) -> list[Node]:
    return [
        _node(
            f"contract revision {s['revision']}, {s['start']} to {s['end']}, {s['days']} days",
            s["score"],
            "F5",
            of=[_block(s, kind, name, events) for kind, name in _BLOCKS],
            events=[events[s["content_hash"]]] if s["content_hash"] in events else [],
        )
        for s in sheet["segments"]
    ]


def _block(segment: Node, kind: str, name: str, events: Events) -> Node:
    lines = [line for line in segment["lines"] if line["kind"] == kind]
    weight = segment[f"{name}_weight_pct"]
    return _node(
        f"{name}, weight {weight} %",
        segment[f"{name}_score"],
        "F1",
        of=[_line(line, events) for line in lines],
    )


def _line(line: Node, events: Events) -> Node:
    """One line's way: readings, actual, percent, score, and its share of the block."""
    readings = [events[reading] for reading in line["readings"] if reading in events]
    parts = [
        _node("weight %", line["weight_pct"]),
        _node("target", line["target"]),
        _node("actual", line["actual"], "F22", events=readings),
        _node("percent", line["percent"], line["formula"]),
        _node("score", line["score"]),
        _node("contribution", line["contribution"]),
    ]
    given = [part for part in parts if part["value"] is not None]
    node = _node(line["line"], line["score"], line["formula"], of=given)
    return node | ({"missing": line["missing"]} if line["missing"] else {})


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
