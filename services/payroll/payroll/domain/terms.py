"""What payroll works out lines from, and what it finds: values that several rules share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from chassis.values import Money
from payroll.domain.events import (
    AwardId,
    Component,
    CycleId,
    Kind,
    Line,
    LineId,
    PersonId,
    Reason,
)


@dataclass(frozen=True, slots=True)
class Order:
    """What a batch is to hold: released up to `cut_off`, for one pay group and pay period."""

    entity: str
    pay_group: str
    period_start: date
    period_end: date
    cut_off: datetime


@dataclass(frozen=True, slots=True)
class AwardedAmount:
    """The award's whole current amount of a component; of merit the yearly increase."""

    component: Component
    kind: Kind
    amount: Money
    new_annual: Money | None


@dataclass(frozen=True, slots=True)
class ReleasedAward:
    """`version` is that of the release in the award's stream, `pay_version` that of the pay fact
    in the person's stream which the award used."""

    award: AwardId
    person: PersonId
    cycle: CycleId
    entity: str
    revision: int
    version: int
    effective_on: date
    released_at: datetime
    pay_version: int
    suspended: bool
    amounts: tuple[AwardedAmount, ...]


@dataclass(frozen=True, slots=True)
class Payee:
    payroll_id: str
    entity: str
    pay_group: str
    cost_centre: str


@dataclass(frozen=True, slots=True)
class Employment:
    """`pay_version`: the newest pay fact heard; `left_on` the last day, unless they came back."""

    pay_version: int
    left_on: date | None = None
    returned_on: date | None = None


@dataclass(frozen=True, slots=True)
class Issued:
    """The latest issue of a line that some sealed batch holds."""

    line: LineId
    revision: int
    issue: int
    amount: Money
    status: Literal["sealed", "paid", "rejected"]


Key = tuple[AwardId, Component]


@dataclass(frozen=True, slots=True)
class Facts:
    """All that lines depend on, as of one moment.

    ledger: what sealed batches hold per award and component; replaced lines are not in it.
    claimed: what other open batches hold.  entries: how many entries of the entity's register
    these facts know.
    """

    awards: tuple[ReleasedAward, ...] = ()
    payees: Mapping[PersonId, Payee] = field(default_factory=dict)
    wage_types: Mapping[Component, str] = field(default_factory=dict)
    people: Mapping[PersonId, Employment] = field(default_factory=dict)
    ledger: Mapping[Key, tuple[Issued, ...]] = field(default_factory=dict)
    claimed: frozenset[Key] = frozenset()
    entries: int = 0


@dataclass(frozen=True, slots=True)
class LeftOut:
    person: PersonId
    award: AwardId
    component: Component
    amount: Money
    reason: Reason


@dataclass(frozen=True, slots=True)
class Worked:
    lines: tuple[Line, ...]
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True)
class HeldAward:
    award: AwardId
    version: int
    amounts: tuple[Money, ...]


@dataclass(frozen=True, slots=True)
class Announcement:
    """What compensation says that it has released for the entity in a cycle so far."""

    number: int
    count: int
    totals: tuple[Money, ...]
    versions: Mapping[AwardId, int]


@dataclass(frozen=True, slots=True)
class Release:
    """One cycle: what was announced, None if nothing was, and what payroll holds."""

    cycle: CycleId
    announced: Announcement | None
    held: tuple[HeldAward, ...]
