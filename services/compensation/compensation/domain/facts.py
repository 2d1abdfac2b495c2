"""What an award is calculated from: facts of several streams, each with the event it came from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, Protocol, TypeVar

from chassis.values import Money
from compensation.domain.terms import CycleTerms, Source


@dataclass(frozen=True, slots=True)
class AppraisalFact:
    """A finalised appraisal, in its latest revision."""

    revision: int
    score: Decimal
    rating: str
    sheet_hash: str
    source: Source


@dataclass(frozen=True, slots=True)
class CycleFact:
    terms: CycleTerms
    terms_hash: str
    launched_by: str
    source: Source


@dataclass(frozen=True, slots=True)
class EmploymentFact:
    """`on` is the first day of `hired` and `returned`, the last day employed of `left`."""

    kind: Literal["hired", "left", "returned"]
    on: date
    source: Source


@dataclass(frozen=True, slots=True)
class PayFact:
    """Annual base pay as contracted at `fte`, from a day on."""

    effective_on: date
    annual: Money
    fte: Decimal
    source: Source


@dataclass(frozen=True, slots=True)
class AssignmentFact:
    """Where somebody works, and for whom, from a day on."""

    effective_on: date
    manager: str | None
    entity: str
    grade: str
    country: str
    source: Source


@dataclass(frozen=True, slots=True)
class RangeFact:
    """A salary range in full-time pay, from a day on."""

    effective_on: date
    grade: str
    country: str
    currency: str
    minimum: Money
    midpoint: Money
    maximum: Money
    source: Source


@dataclass(frozen=True, slots=True)
class AwardFacts:
    """Everything known that the award may need; an empty or missing part makes it wait."""

    appraisal: AppraisalFact
    cycle: CycleFact | None
    employment: tuple[EmploymentFact, ...]
    assignments: tuple[AssignmentFact, ...]
    pay: tuple[PayFact, ...]
    ranges: tuple[RangeFact, ...]


class Dated(Protocol):
    """A fact that counts from a day on."""

    @property
    def effective_on(self) -> date: ...

    @property
    def source(self) -> Source: ...


D = TypeVar("D", bound=Dated)


def in_force(facts: Sequence[D], day: date) -> D | None:
    """The fact that counts on the day; of two from the same day the later recorded one."""
    begun = [fact for fact in facts if fact.effective_on <= day]
    return max(begun, key=lambda f: (f.effective_on, f.source.version), default=None)
