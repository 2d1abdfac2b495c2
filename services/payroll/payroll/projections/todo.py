"""What is due from somebody who does payroll."""

from datetime import datetime
from typing import Any

from chassis.store import Connection


async def due_for(connection: Connection, person: str, at: datetime) -> list[dict[str, Any]]:
    """Batches to seal that somebody else prepared, lines to answer, variances to resolve."""
    batches = await connection.fetch(
        f"""SELECT b.*, (SELECT count(*) FROM batch_line l
                         WHERE l.batch = b.batch AND l.status = 'sealed') AS unanswered
            FROM batch b
            WHERE b.status IN ('prepared', 'sealed') AND {_COVERED}
            ORDER BY b.period_end, b.position""",
        person,
        at,
    )
    variances = await connection.fetch(
        f"""SELECT b.*, v.variance, v.person AS about, v.kind
            FROM variance v JOIN batch b USING (batch)
            WHERE v.resolved_at IS NULL AND {_COVERED} ORDER BY v.position LIMIT 100""",
        person,
        at,
    )
    items = [_of_batch(row, person) for row in batches]
    return [*filter(None, items), *(_of_variance(row, person) for row in variances)]


_COVERED = """EXISTS (SELECT FROM grants_at($1, $2) g
    WHERE g.role = 'pay' AND g.population IN ('all', 'entity:' || b.entity))"""


def _of_batch(row: Any, person: str) -> dict[str, Any] | None:
    """Nothing for who prepared it: somebody else seals."""
    if row["status"] == "prepared" and row["prepared_by"] != person:
        what, title = "seal_batch", "Seal or drop payroll batch"
    elif row["status"] == "sealed" and row["unanswered"]:
        what, title = "acknowledge_lines", f"Take in {row['unanswered']} answers to payroll batch"
    else:
        return None
    return _item(row, person, what, title, {"batch": row["batch"]})


def _of_variance(row: Any, person: str) -> dict[str, Any]:
    title = f"Resolve a variance ({row['kind'].replace('_', ' ')}) of payroll batch"
    item = _item(row, person, "resolve_variance", title, {"variance": row["variance"]})
    return {**item, "about": row["about"]}


def _item(
    row: Any, person: str, what: str, title: str, arguments: dict[str, str]
) -> dict[str, Any]:
    name = f"{row['entity']} {row['pay_group']} {row['period_start']} to {row['period_end']}"
    return {
        "person": person,
        "what": what,
        "title": f"{title} {name}",
        "due": row["period_end"].isoformat(),
        "stream": row["batch"],
        "command": f"payroll.{what}",
        "arguments": arguments,
    }
