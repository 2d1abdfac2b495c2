"""How a batch that could be prepared looks, beside the last one that was sealed."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from chassis.codec import instant_text
from chassis.store import Connection
from chassis.values import Money
from payroll.domain.announced import differences
from payroll.domain.events import Line
from payroll.domain.lines import sum_by_currency
from payroll.domain.terms import LeftOut, Order, Release, Worked

LATE = "released_after_cut_off"


async def preview_of(
    connection: Connection, order: Order, worked: Worked, releases: Sequence[Release]
) -> dict[str, Any]:
    """Names are sealed: the edge opens them."""
    names = await names_of(
        connection, [x.person for x in worked.lines] + [x.person for x in worked.left_out]
    )
    totals = sum_by_currency([line.amount for line in worked.lines])
    late = [left for left in worked.left_out if left.reason == LATE]
    others = [left for left in worked.left_out if left.reason != LATE]
    return {
        "entity": order.entity,
        "pay_group": order.pay_group,
        "period_start": order.period_start.isoformat(),
        "period_end": order.period_end.isoformat(),
        "cut_off": instant_text(order.cut_off),
        "line_count": len(worked.lines),
        "employees": len({line.person for line in worked.lines}),
        "totals": [money(total) for total in totals],
        "by_component": _by_component(worked.lines),
        "lines": [{**_line(line), **names.get(line.person, {})} for line in worked.lines],
        "left_out": [{**_left_out(left), **names.get(left.person, {})} for left in others],
        "left_out_by_reason": dict(Counter(left.reason for left in others)),
        "rolls_over": [{**_left_out(left), **names.get(left.person, {})} for left in late],
        "not_as_announced": [text for release in releases for text in differences(release)],
        "last": await _against_last(connection, order, worked, totals),
    }


async def names_of(connection: Connection, persons: Iterable[str]) -> dict[str, dict[str, str]]:
    """Employee number and sealed name, of those who were heard of."""
    rows = await connection.fetch(
        "SELECT * FROM person WHERE person = ANY ($1)", list(set(persons))
    )
    return {r["person"]: {"employee_no": r["employee_no"], "name": r["name"]} for r in rows}


def money(amount: Money) -> dict[str, object]:
    return {"minor": amount.minor, "currency": amount.currency}


async def _against_last(
    connection: Connection, order: Order, worked: Worked, totals: Sequence[Money]
) -> dict[str, Any] | None:
    """The pay group's last sealed batch, and what this one has more or less; None before it."""
    last = await connection.fetchrow(
        """SELECT * FROM batch WHERE entity = $1 AND pay_group = $2 AND sequence IS NOT NULL
           ORDER BY sequence DESC LIMIT 1""",
        order.entity,
        order.pay_group,
    )
    if last is None:
        return None
    rows = await connection.fetch(
        """SELECT DISTINCT person FROM batch_line
           WHERE batch = $1 AND status NOT IN ('held', 'dropped')""",
        last["batch"],
    )
    before, now = {row["person"] for row in rows}, {line.person for line in worked.lines}
    last_totals = [Money(t["minor"], t["currency"]) for t in json.loads(last["totals"])]
    return {
        "batch": last["batch"],
        "sequence": last["sequence"],
        "period_start": last["period_start"].isoformat(),
        "period_end": last["period_end"].isoformat(),
        "line_count": last["lines"],
        "employees": last["employees"],
        "totals": [money(total) for total in last_totals],
        "difference": [
            money(each) for each in sum_by_currency([*totals, *(-total for total in last_totals)])
        ],
        "joined": sorted(now - before),
        "no_longer": sorted(before - now),
    }


def _by_component(lines: Sequence[Line]) -> list[dict[str, object]]:
    components = sorted({line.component for line in lines})
    return [
        {
            "component": component,
            "lines": sum(line.component == component for line in lines),
            "totals": [
                money(total)
                for total in sum_by_currency([x.amount for x in lines if x.component == component])
            ],
        }
        for component in components
    ]


def _line(line: Line) -> dict[str, Any]:
    return {
        "line": line.line,
        "issue": line.issue,
        "person": line.person,
        "payroll_id": line.payroll_id,
        "award": line.award,
        "revision": line.revision,
        "component": line.component,
        "kind": line.kind,
        "wage_type": line.wage_type,
        "amount": money(line.amount),
        "new_annual": money(line.new_annual) if line.new_annual else None,
        "effective_on": line.effective_on.isoformat(),
    }


def _left_out(left: LeftOut) -> dict[str, Any]:
    return {
        "person": left.person,
        "award": left.award,
        "component": left.component,
        "amount": money(left.amount),
        "reason": left.reason,
    }
