"""What appraisal keeps of contracts, readings and employments, as it is read."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import orjson

from appraisal.domain.commands import (
    CompetencyTerms,
    ContractTerms,
    Evidence,
    GoalTerms,
    Reading,
)
from appraisal.domain.events import PersonId
from chassis.store import Connection
from chassis.values import Period


async def evidence_for(
    connection: Connection, person: str, period: Period, upto: int | None = None
) -> Evidence:
    """Every revision of the contracts that count for some of the days, in the order in which they
    begin; and the readings that no later one stands in for, in the order of days and recording.

    upto: only what had been heard when goals was at this position.
    """
    rows = await connection.fetch(
        """SELECT plan::text, revision, content_hash, effective_on, period_end, content
           FROM contract WHERE person = $1 AND period_start <= $3 AND period_end >= $2
             AND ($4::bigint IS NULL OR position <= $4)
           ORDER BY effective_on, plan, revision""",
        person,
        period.start,
        period.end,
        upto,
    )
    readings = await connection.fetch(
        """SELECT r.reading::text, r.goal, r.value, r.as_of FROM reading r
           WHERE r.plan = ANY ($1::uuid[])
             AND ($2::bigint IS NULL OR r.position <= $2)
             AND NOT EXISTS (SELECT FROM reading c WHERE c.corrects = r.reading
                             AND ($2::bigint IS NULL OR c.position <= $2))
           ORDER BY r.as_of, r.position""",
        [row["plan"] for row in rows],
        upto,
    )
    known = await connection.fetchval(
        """SELECT greatest((SELECT max(position) FROM contract WHERE person = $1),
                           (SELECT max(position) FROM reading WHERE person = $1))""",
        person,
    )
    known = known if upto is None else upto
    return Evidence(
        tuple(_terms(row) for row in rows),
        tuple(Reading(r["reading"], r["goal"], r["value"], r["as_of"]) for r in readings),
        known or 0,
    )


def _terms(row: Any) -> ContractTerms:
    content = orjson.loads(row["content"])
    return ContractTerms(
        plan=row["plan"],
        revision=row["revision"],
        content_hash=row["content_hash"],
        effective_on=row["effective_on"],
        goals=tuple(_goal(line) for line in content["goals"]),
        competencies=tuple(
            CompetencyTerms(line["competency"], Decimal(line["weight_pct"]))
            for line in content["competencies"]
        ),
        goals_weight_pct=Decimal(content["goals_weight_pct"]),
        competencies_weight_pct=Decimal(content["competencies_weight_pct"]),
        ends_on=row["period_end"],
    )


def _goal(line: dict[str, Any]) -> GoalTerms:
    def figure(name: str) -> Decimal | None:
        return None if line[name] is None else Decimal(line[name])

    return GoalTerms(
        goal=line["goal"],
        measure=line["measure"],
        baseline=figure("baseline"),
        target=Decimal(line["target"]),
        floor_pct=figure("floor_pct"),
        cap_pct=figure("cap_pct"),
        rollup=line["rollup"],
        zero_table=tuple((Decimal(s["up_to"]), Decimal(s["pct"])) for s in line["zero_table"]),
        weight_pct=Decimal(line["weight_pct"]),
    )


async def lines_of(connection: Connection, person: str, period: Period) -> frozenset[str]:
    """The lines of the contract that a person may rate for themself."""
    known = await evidence_for(connection, person, period)
    goals = {line.goal for contract in known.contracts for line in contract.goals}
    skills = {line.competency for contract in known.contracts for line in contract.competencies}
    return frozenset(goals | skills)


async def manager_now(connection: Connection, person: str, today: date) -> PersonId | None:
    manager = await connection.fetchval("SELECT (employed_on($1, $2)).manager", person, today)
    return PersonId(manager) if manager else None


async def appraised(
    connection: Connection, cycle: dict[str, Any], today: date, persons: Sequence[str] | None
) -> list[dict[str, Any]]:
    """Whom the cycle appraises: a contract for some of its period, employed, in its population.

    persons: only these, or everybody.
    """
    kind, _, code = str(cycle["population"]).partition(":")
    rows = await connection.fetch(
        """SELECT DISTINCT c.person, e.manager
           FROM contract c CROSS JOIN LATERAL employed_on(c.person, $2) e
           LEFT JOIN employed l ON l.person = c.person
           WHERE c.period_start <= $6 AND c.period_end >= $1
             AND ($5::text[] IS NULL OR c.person = ANY ($5))
             AND (l.left_on IS NULL OR l.left_on >= $2) AND e.person IS NOT NULL
             AND ($3 = 'all' OR ($3 = 'entity' AND e.entity = $4) OR ($3 = 'unit' AND e.unit = $4))
           ORDER BY c.person""",
        cycle["period_start"],
        today,
        kind,
        code,
        None if persons is None else list(persons),
        cycle["period_end"],
    )
    return [dict(row) for row in rows]


async def without_contract(
    connection: Connection, cycle: dict[str, Any], today: date
) -> list[dict[str, Any]]:
    """Employees of the population without a contract for the period: `person`, `reason`.

    Who has no manager has nobody to sign with: `no_manager`, as against `no_contract`.
    """
    kind, _, code = str(cycle["population"]).partition(":")
    rows = await connection.fetch(
        """SELECT p.person,
                  CASE WHEN e.manager IS NULL THEN 'no_manager' ELSE 'no_contract' END AS reason
           FROM (SELECT DISTINCT person FROM employment) p
           CROSS JOIN LATERAL employed_on(p.person, $2) e
           LEFT JOIN employed l ON l.person = p.person
           WHERE (l.left_on IS NULL OR l.left_on >= $2) AND e.person IS NOT NULL
             AND ($3 = 'all' OR ($3 = 'entity' AND e.entity = $4) OR ($3 = 'unit' AND e.unit = $4))
             AND NOT EXISTS (SELECT FROM contract c
                             WHERE c.person = p.person
                               AND c.period_start <= $5 AND c.period_end >= $1)
           ORDER BY p.person""",
        cycle["period_start"],
        today,
        kind,
        code,
        cycle["period_end"],
    )
    return [dict(row) for row in rows]


async def behind(
    connection: Connection, person: str, sheet: dict[str, Any]
) -> dict[str, dict[str, Any]]:
    """The events behind a sheet's readings and contracts, by reading id and content hash."""
    readings = [r for s in sheet["segments"] for line in s["lines"] for r in line["readings"]]
    found = await connection.fetch(
        """SELECT reading::text AS key, event::text, stream::text, version, position, actor,
                  value::text, as_of::text,
                  CASE WHEN corrects IS NULL THEN 'ProgressRecorded' ELSE 'ProgressCorrected' END
                  AS type
           FROM reading WHERE reading = ANY ($1::uuid[])
           UNION ALL
           SELECT content_hash, event::text, stream::text, version, position, actor, NULL,
                  effective_on::text,
                  CASE WHEN revision = 1 THEN 'ContractIssued' ELSE 'ContractAmended' END
           FROM contract WHERE person = $2 AND content_hash = ANY ($3::text[])""",
        readings,
        person,
        [segment["content_hash"] for segment in sheet["segments"]],
    )
    return {row["key"]: _event(row) for row in found}


_EVENT = ("type", "service", "event", "stream", "version", "position", "by", "value", "as_of")


def _event(row: Any) -> dict[str, Any]:
    plain = {**row, "type": f"goals.{row['type']}", "service": "goals", "by": row["actor"]}
    return {name: plain[name] for name in _EVENT}


async def late_readings(
    connection: Connection, person: str, period: Period, known_position: int
) -> list[Any]:
    """Readings that came after the score was computed: they are shown and move nothing."""
    rows = await connection.fetch(
        """SELECT reading::text, goal, value::text, as_of::text, corrects::text, recorded_at
           FROM reading WHERE person = $1 AND position > $2 AND as_of BETWEEN $3 AND $4
           ORDER BY position""",
        person,
        known_position,
        period.start,
        period.end,
    )
    return [dict(row) for row in rows]


async def late_amendments(
    connection: Connection, person: str, period: Period, known_position: int
) -> list[Any]:
    """Contracts and amendments that came after the score was computed, and move nothing."""
    rows = await connection.fetch(
        """SELECT plan::text, revision, effective_on::text, content_hash FROM contract
           WHERE person = $1 AND position > $2 AND period_start <= $4 AND period_end >= $3
           ORDER BY position""",
        person,
        known_position,
        period.start,
        period.end,
    )
    return [dict(row) for row in rows]
