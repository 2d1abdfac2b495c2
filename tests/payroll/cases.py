"""People, awards and batches that the tests of payroll start from."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from chassis.values import Money
from payroll.domain.events import AwardId, BatchId, Component, CycleId, PersonId
from payroll.domain.terms import (
    Announcement,
    AwardedAmount,
    Employment,
    Facts,
    HeldAward,
    Issued,
    Key,
    Order,
    Payee,
    Release,
    ReleasedAward,
)

ANN, BEN, CARA = PersonId("ann"), PersonId("ben"), PersonId("cara")
PIA, PAUL = "pia", "paul"  # they do payroll
CYCLE = CycleId("2026")
B1 = BatchId("8a6ed3f6-7a3c-5b0e-9d55-6a4f3b0c1d01")
B2 = BatchId("8a6ed3f6-7a3c-5b0e-9d55-6a4f3b0c1d02")
T = datetime(2027, 3, 22, 9, tzinfo=UTC)
RELEASED = datetime(2027, 3, 15, 10, tzinfo=UTC)
ORDER = Order(
    entity="AT01",
    pay_group="monthly",
    period_start=date(2027, 3, 1),
    period_end=date(2027, 3, 31),
    cut_off=datetime(2027, 3, 20, 23, 59, tzinfo=UTC),
)
WAGE_TYPES: Mapping[Component, str] = {"merit": "1000", "lump_sum": "2100", "bonus": "2200"}
MERIT = AwardedAmount("merit", "recurring", Money(120_000, "EUR"), Money(4_120_000, "EUR"))
BONUS = AwardedAmount("bonus", "one_off", Money(350_000, "EUR"), None)


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def award_of(
    person: PersonId, *amounts: AwardedAmount, revision: int = 1, suspended: bool = False
) -> ReleasedAward:
    return ReleasedAward(
        award=AwardId(f"award-{person}"),
        person=person,
        cycle=CYCLE,
        entity="AT01",
        revision=revision,
        version=4 + revision,
        effective_on=date(2027, 4, 1),
        released_at=RELEASED,
        pay_version=3,
        suspended=suspended,
        amounts=amounts,
    )


def bonus_of(person: PersonId, minor: int, revision: int = 1) -> ReleasedAward:
    return award_of(person, replace(BONUS, amount=eur(minor)), revision=revision)


def payee(number: str, pay_group: str = "monthly", entity: str = "AT01") -> Payee:
    return Payee(number, entity, pay_group, "CC10")


FACTS = Facts(
    awards=(award_of(ANN, MERIT, BONUS), award_of(BEN, BONUS)),
    payees={ANN: payee("P0001"), BEN: payee("P0002")},
    wage_types=WAGE_TYPES,
    people={ANN: Employment(3), BEN: Employment(3)},
)


def with_award(*awards: ReleasedAward) -> Facts:
    return replace(FACTS, awards=awards)


def with_ledger(facts: Facts, ledger: Mapping[Key, Sequence[Issued]]) -> Facts:
    return replace(facts, ledger={key: tuple(lines) for key, lines in ledger.items()})


def announced(facts: Facts, number: int = 1) -> tuple[Release, ...]:
    """Compensation announced exactly what these facts hold."""
    held = tuple(
        HeldAward(a.award, a.version, tuple(x.amount for x in a.amounts)) for a in facts.awards
    )
    total = sum(amount.minor for award in held for amount in award.amounts)
    versions = {award.award: award.version for award in held}
    said = Announcement(number, len(held), (eur(total),), versions)
    return (Release(CYCLE, said, held),)
