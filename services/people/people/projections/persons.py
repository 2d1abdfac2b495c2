"""The read model of persons: identity, employment, assignments and pay."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from chassis.record import Consumer, Record
from chassis.store import Connection
from people.domain.events import (
    AssignmentChanged,
    PayRecorded,
    PersonLeft,
    PersonRegistered,
    PersonRenamed,
    PersonReturned,
)

_REGISTERED = """INSERT INTO person (person, employee_no, name, hired_on, started_on)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::date[], $4::date[])
    ON CONFLICT (person) DO NOTHING"""
_ASSIGNED = """INSERT INTO assignment SELECT * FROM unnest($1::text[], $2::date[], $3::text[],
        $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::numeric[], $10::text[])
    ON CONFLICT (person, effective_on) DO UPDATE SET manager = excluded.manager,
        unit = excluded.unit, entity = excluded.entity, job = excluded.job, grade = excluded.grade,
        location = excluded.location, fte = excluded.fte, country = excluded.country"""
_PAID = """INSERT INTO pay SELECT * FROM unnest($1::text[], $2::date[], $3::bigint[], $4::text[],
        $5::numeric[], $6::text[], $7::text[], $8::integer[])
    ON CONFLICT (person, effective_on) DO UPDATE SET minor = excluded.minor,
        currency = excluded.currency, fte = excluded.fte, source = excluded.source,
        reason = excluded.reason, version = excluded.version"""
_RENAMED = """UPDATE person SET name = n.name
    FROM unnest($1::text[], $2::text[]) AS n (person, name) WHERE person.person = n.person"""
_EMPLOYED = """UPDATE person SET left_on = e.left_on,
        started_on = coalesce(e.started_on, person.started_on)
    FROM unnest($1::text[], $2::date[], $3::date[]) AS e (person, left_on, started_on)
    WHERE person.person = e.person"""

Rows = dict[Any, tuple[Any, ...]]


async def apply(connection: Connection, records: Sequence[Record]) -> None:
    registered: Rows = {}
    renamed: Rows = {}
    assigned: Rows = {}
    paid: Rows = {}
    employed: Rows = {}
    for record in records:
        match record.event:
            case PersonRegistered() as e:
                registered[e.person] = (e.person, e.employee_no, e.name, e.hired_on)
            case PersonRenamed() as e:
                renamed[e.person] = (e.person, e.name)
            case AssignmentChanged() as e:
                assigned[e.person, e.effective_on] = _assignment(e)
            case PayRecorded() as e:
                paid[e.person, e.effective_on] = _pay(e, record.version)
            case PersonLeft() as e:
                started_on = employed.get(e.person, (None, None, None))[2]
                employed[e.person] = (e.person, e.effective_on, started_on)
            case PersonReturned() as e:
                employed[e.person] = (e.person, None, e.effective_on)
            case _:
                pass
    for statement, rows in (
        (_REGISTERED, registered),
        (_RENAMED, renamed),
        (_ASSIGNED, assigned),
        (_PAID, paid),
        (_EMPLOYED, employed),
    ):
        if rows:
            await connection.execute(statement, *zip(*rows.values(), strict=True))


PERSONS = Consumer(
    name="persons", version=1, source="own", apply=apply, tables=("person", "assignment", "pay")
)


def _assignment(e: AssignmentChanged) -> tuple[Any, ...]:
    where = (e.manager, e.unit, e.entity, e.job, e.grade, e.location, e.fte, e.country)
    return (e.person, e.effective_on, *where)


def _pay(e: PayRecorded, version: int) -> tuple[Any, ...]:
    money = (e.annual.minor, e.annual.currency)
    return (e.person, e.effective_on, *money, e.fte, e.source, e.reason, version)


async def person_on(connection: Connection, person: str, day: date) -> dict[str, Any] | None:
    """Who the person is and where they work on that day; the name is sealed."""
    row = await connection.fetchrow(
        """SELECT p.person, p.employee_no, p.name, p.hired_on, p.started_on, p.left_on,
                  a.effective_on AS assigned_from, a.manager, m.name AS manager_name, a.unit,
                  a.entity, a.job, a.grade, a.location, a.fte, a.country
           FROM person p LEFT JOIN LATERAL assigned_on(p.person, $2) a ON true
           LEFT JOIN person m ON m.person = a.manager WHERE p.person = $1""",
        person,
        day,
    )
    return None if row is None else _plain(dict(row))


async def directory(
    connection: Connection, day: date, after: str | None, limit: int, employee_no: str | None
) -> list[dict[str, Any]]:
    """Everybody by employee number, after that one; the names are sealed."""
    rows = await connection.fetch(
        """SELECT p.person, p.employee_no, p.name, p.left_on, a.manager, a.unit, a.entity, a.job,
                  a.location
           FROM person p LEFT JOIN LATERAL assigned_on(p.person, $1) a ON true
           WHERE ($2::text IS NULL OR p.employee_no > $2)
             AND ($4::text IS NULL OR p.employee_no = $4)
           ORDER BY p.employee_no LIMIT $3""",
        day,
        after,
        limit,
        employee_no,
    )
    return [_plain(dict(row)) for row in rows]


async def pays_of(connection: Connection, person: str) -> list[dict[str, Any]]:
    """Each pay with the day from which it counts, newest first."""
    rows = await connection.fetch(
        """SELECT effective_on, minor, currency, fte, source, reason FROM pay
           WHERE person = $1 ORDER BY effective_on DESC""",
        person,
    )
    return [
        {
            "effective_on": row["effective_on"].isoformat(),
            "annual": {"minor": row["minor"], "currency": row["currency"]},
            "fte": str(row["fte"]),
            "source": row["source"],
            "reason": row["reason"],
        }
        for row in rows
    ]


async def line(connection: Connection, person: str, day: date) -> dict[str, Any]:
    """The managers above, nearest first, and the direct reports; names are sealed."""
    above = await connection.fetch(
        """WITH RECURSIVE up (person, level, path) AS (
               SELECT (assigned_on($1, $2)).manager, 1, ARRAY[$1]
               UNION ALL
               SELECT (assigned_on(up.person, $2)).manager, up.level + 1, up.path || up.person
               FROM up WHERE up.person <> ALL (up.path) AND up.level < 40
           )
           SELECT p.person, p.name FROM up JOIN person p USING (person) ORDER BY up.level""",
        person,
        day,
    )
    below = await connection.fetch(
        """SELECT p.person, p.name, a.job FROM assignment r
           JOIN person p ON p.person = r.person
           CROSS JOIN LATERAL assigned_on(r.person, $2) a
           WHERE r.manager = $1 AND a.manager = $1 AND (p.left_on IS NULL OR p.left_on >= $2)
           GROUP BY p.person, p.name, a.job, p.employee_no ORDER BY p.employee_no""",
        person,
        day,
    )
    return {"above": [dict(row) for row in above], "reports": [dict(row) for row in below]}


def _plain(found: dict[str, Any]) -> dict[str, Any]:
    """Days as ISO texts, shares as exact texts."""
    for name, value in found.items():
        if isinstance(value, date):
            found[name] = value.isoformat()
    if found.get("fte") is not None:
        found["fte"] = str(found["fte"])
    return found
