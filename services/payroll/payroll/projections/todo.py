"""What is due from somebody who does payroll."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from chassis.store import Connection


async def due_for(connection: Connection, person: str, at: datetime) -> list[dict[str, Any]]:
    """Batches to seal that somebody else prepared, lines to answer, variances to resolve."""
    rows = await connection.fetch(
        """SELECT b.*, (SELECT count(*) FROM batch_line l
                        WHERE l.batch = b.batch AND l.status = 'sealed') AS unanswered,
               (SELECT count(*) FROM variance v
                WHERE v.batch = b.batch AND v.resolved_at IS NULL) AS variances
           FROM batch b
           WHERE EXISTS (SELECT FROM grants_at($1, $2) g
                         WHERE g.role = 'pay' AND g.population IN ('all', 'entity:' || b.entity))
             AND b.status <> 'dropped'
           ORDER BY b.period_end, b.position""",
        person,
        at,
    )
    return [item for row in rows for item in _items(row, person)]


def _items(row: Any, person: str) -> Sequence[dict[str, Any]]:
    found = []
    name = f"{row['entity']} {row['pay_group']} {row['period_start']} to {row['period_end']}"
    if row["status"] == "prepared" and row["prepared_by"] != person:
        found.append(("seal_batch", f"Seal or drop the payroll batch {name}"))
    if row["status"] == "sealed" and row["unanswered"]:
        found.append(
            ("acknowledge_lines", f"Take in {row['unanswered']} answers to payroll batch {name}")
        )
    if row["variances"]:
        found.append(
            ("resolve_variance", f"Resolve {row['variances']} variances of payroll batch {name}")
        )
    return [
        {
            "person": person,
            "what": what,
            "title": title,
            "due": row["period_end"].isoformat(),
            "stream": row["batch"],
            "command": f"payroll.{what}",
            "arguments": {} if what == "resolve_variance" else {"batch": row["batch"]},
        }
        for what, title in found
    ]
