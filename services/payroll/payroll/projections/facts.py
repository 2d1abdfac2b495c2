"""What lines are worked out from, read as of one moment from all that payroll has heard."""

import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from chassis.store import Connection
from chassis.values import Money
from payroll.domain.events import AwardId, CycleId, LineId, PersonId
from payroll.domain.terms import (
    Announcement,
    AwardedAmount,
    Employment,
    Facts,
    HeldAward,
    Issued,
    Key,
    Payee,
    Release,
    ReleasedAward,
)


async def facts_of(connection: Connection, entity: str, batch: str | None = None) -> Facts:
    """All that lines of the entity depend on; what `batch` itself holds open is not claimed.

    The caller reads in one snapshot: a transaction at REPEATABLE READ.
    """
    awards = await _awards(connection, entity)
    people = list({award.person for award in awards})
    return Facts(
        awards=awards,
        payees=await _payees(connection, entity, people),
        wage_types=await _wage_types(connection, entity),
        people=await _employment(connection, people),
        ledger=await _ledger(connection, entity),
        claimed=await _claimed(connection, entity, batch),
        entries=await entries_of(connection, entity),
    )


async def entries_of(connection: Connection, entity: str) -> int:
    """How many entries of the entity's register the read model knows."""
    entries = await connection.fetchval("SELECT entries FROM register WHERE entity = $1", entity)
    return int(entries or 0)


async def releases_of(connection: Connection, entity: str) -> tuple[Release, ...]:
    """Per cycle, what compensation announced for the entity and what is held of it."""
    held: dict[str, list[HeldAward]] = defaultdict(list)
    for award in await _awards(connection, entity):
        amounts = tuple(each.amount for each in award.amounts)
        held[award.cycle].append(HeldAward(award.award, award.version, amounts))
    versions: dict[str, dict[AwardId, int]] = defaultdict(dict)
    for row in await connection.fetch(
        "SELECT cycle, award, version FROM announced_award WHERE entity = $1", entity
    ):
        versions[row["cycle"]][AwardId(row["award"])] = row["version"]
    rows = await connection.fetch("SELECT * FROM announcement WHERE entity = $1", entity)
    announced = {
        row["cycle"]: Announcement(
            row["number"], row["count"], _money(row["totals"]), versions[row["cycle"]]
        )
        for row in rows
    }
    return tuple(
        Release(CycleId(cycle), announced.get(cycle), tuple(held[cycle]))
        for cycle in sorted({*held, *announced})
    )


async def _awards(connection: Connection, entity: str) -> tuple[ReleasedAward, ...]:
    amounts: dict[str, list[AwardedAmount]] = defaultdict(list)
    for row in await connection.fetch(
        """SELECT m.* FROM award_amount m JOIN award a USING (award) WHERE a.entity = $1
           ORDER BY m.award, m.component""",
        entity,
    ):
        new_annual = row["new_annual"]
        annual = None if new_annual is None else Money(new_annual, row["currency"])
        amount = Money(row["minor"], row["currency"])
        amounts[row["award"]].append(AwardedAmount(row["component"], row["kind"], amount, annual))
    rows = await connection.fetch(
        """SELECT a.*, s.award IS NOT NULL AS suspended
           FROM award a LEFT JOIN suspension s USING (award)
           WHERE a.entity = $1 ORDER BY a.award""",
        entity,
    )
    return tuple(_award(row, amounts[row["award"]]) for row in rows)


def _award(row: Any, amounts: Sequence[AwardedAmount]) -> ReleasedAward:
    return ReleasedAward(
        award=AwardId(row["award"]),
        person=PersonId(row["person"]),
        cycle=CycleId(row["cycle"]),
        entity=row["entity"],
        revision=row["revision"],
        version=row["version"],
        effective_on=row["effective_on"],
        released_at=row["released_at"],
        pay_version=row["pay_version"],
        suspended=row["suspended"],
        amounts=tuple(amounts),
    )


async def _payees(
    connection: Connection, entity: str, people: Sequence[str]
) -> dict[PersonId, Payee]:
    """Those of the entity, and the awarded persons who are mapped to another."""
    rows = await connection.fetch(
        "SELECT * FROM payee WHERE entity = $1 OR person = ANY ($2)", entity, people
    )
    return {
        PersonId(r["person"]): Payee(r["payroll_id"], r["entity"], r["pay_group"], r["cost_centre"])
        for r in rows
    }


async def _wage_types(connection: Connection, entity: str) -> dict[Any, str]:
    rows = await connection.fetch("SELECT component, code FROM wage_type WHERE entity = $1", entity)
    return {row["component"]: row["code"] for row in rows}


async def _employment(connection: Connection, people: Sequence[str]) -> dict[PersonId, Employment]:
    """Of persons whose pay was heard; who left or came back is said of them."""
    rows = await connection.fetch(
        """SELECT p.person, p.version, l.left_on, l.returned_on
           FROM newest_pay p LEFT JOIN leaver l USING (person) WHERE p.person = ANY ($1)""",
        people,
    )
    return {
        PersonId(row["person"]): Employment(row["version"], row["left_on"], row["returned_on"])
        for row in rows
    }


async def _ledger(connection: Connection, entity: str) -> dict[Key, tuple[Issued, ...]]:
    """The last issue of each line in sealed batches; replaced and reissued ones count no more."""
    ledger: dict[Key, list[Issued]] = defaultdict(list)
    for row in await connection.fetch(
        """SELECT l.* FROM batch_line l JOIN award a USING (award)
           WHERE a.entity = $1 AND l.status IN ('sealed', 'paid', 'rejected')
           ORDER BY l.award, l.component, l.revision""",
        entity,
    ):
        ledger[AwardId(row["award"]), row["component"]].append(
            Issued(
                line=LineId(row["line"]),
                revision=row["revision"],
                issue=row["issue"],
                amount=Money(row["minor"], row["currency"]),
                status=row["status"],
            )
        )
    return {key: tuple(lines) for key, lines in ledger.items()}


async def _claimed(connection: Connection, entity: str, batch: str | None) -> frozenset[Key]:
    rows = await connection.fetch(
        """SELECT l.award, l.component FROM batch_line l JOIN batch b USING (batch)
           WHERE b.entity = $1 AND b.status = 'prepared' AND b.batch IS DISTINCT FROM $2""",
        entity,
        batch,
    )
    return frozenset((AwardId(row["award"]), row["component"]) for row in rows)


def _money(text: str) -> tuple[Money, ...]:
    return tuple(Money(each["minor"], each["currency"]) for each in json.loads(text))
