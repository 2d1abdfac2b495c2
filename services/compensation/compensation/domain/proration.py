"""Days in service: spells of employment, segments of a period, and proration by days (F46)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from chassis.values import Period
from compensation.domain.exact import quotient
from compensation.domain.facts import AssignmentFact, EmploymentFact, PayFact, in_force


@dataclass(frozen=True, slots=True)
class Segment:
    """Days of a period with one pay and one assignment; None where none is known."""

    period: Period
    pay: PayFact | None
    assignment: AssignmentFact | None


def proration(eligible_days: int, period: Period) -> Decimal:
    """F46: eligible days over the actual days of the period (366 in a leap year), unrounded."""
    return quotient(Decimal(eligible_days), Decimal(period.days))


def spells(employment: Sequence[EmploymentFact]) -> tuple[Period, ...]:
    """When somebody was employed, told in the order in which it was recorded.

    A spell that has not ended lasts to the last day of the calendar.  A second leaving date
    corrects the first.
    """
    found: list[Period] = []
    for fact in employment:
        if fact.kind != "left":
            found.append(Period(fact.on, date.max))
        elif found:
            last = found.pop()
            if fact.on >= last.start:
                found.append(Period(last.start, fact.on))
    return tuple(found)


def within(period: Period, employed: Sequence[Period]) -> list[Period]:
    """The spells clipped to the period: nothing before its start or after its end counts."""
    clipped = [spell.overlap(period) for spell in employed]
    return [part for part in clipped if part is not None]


def eligible_days(period: Period, employed: Sequence[Period]) -> int:
    """Days of the period in service, first and last day included."""
    return sum(part.days for part in within(period, employed))


def segments(
    period: Period,
    employed: Sequence[Period],
    pay: Sequence[PayFact],
    assignments: Sequence[AssignmentFact],
) -> list[Segment]:
    """The days in service, cut wherever pay or assignment changes."""
    cuts = [fact.effective_on for fact in pay] + [fact.effective_on for fact in assignments]
    parts = [part for spell in within(period, employed) for part in spell.split_at(cuts)]
    return [
        Segment(part, in_force(pay, part.start), in_force(assignments, part.start))
        for part in parts
    ]
