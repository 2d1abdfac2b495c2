"""What happened in payroll, and the names and versions it is stored under."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal, NewType

from chassis.values import Money

PersonId = NewType("PersonId", str)
AwardId = NewType("AwardId", str)
CycleId = NewType("CycleId", str)
BatchId = NewType("BatchId", str)
LineId = NewType("LineId", str)
VarianceId = NewType("VarianceId", str)

Component = Literal["merit", "lump_sum", "bonus"]
Kind = Literal["recurring", "one_off"]
Reason = Literal[
    "no_payroll_id",
    "payroll_id_shared",
    "other_entity",
    "no_wage_type",
    "person_not_heard_of",
    "leaver",
    "suspended",
    "newer_pay_fact",
    "released_after_cut_off",
    "in_another_open_batch",
    "currency_changed",
    "line_changed",
]
VarianceKind = Literal["amount", "currency", "answered_differently"]


@dataclass(frozen=True, slots=True)
class PayeeMapped:
    person: PersonId
    payroll_id: str
    entity: str
    pay_group: str
    cost_centre: str
    by: str


@dataclass(frozen=True, slots=True)
class WageType:
    component: Component
    code: str


@dataclass(frozen=True, slots=True)
class WageTypesSet:
    """All wage types of the legal entity from now on."""

    entity: str
    wage_types: tuple[WageType, ...]
    by: str


@dataclass(frozen=True, slots=True)
class BatchEntered:
    """The register of a legal entity knows of a batch that is being prepared."""

    entity: str
    pay_group: str
    batch: BatchId


@dataclass(frozen=True, slots=True)
class BatchStruck:
    """The batch left the register without a number: it was dropped."""

    entity: str
    pay_group: str
    batch: BatchId


@dataclass(frozen=True, slots=True)
class BatchNumbered:
    """The batch is the pay group's next sealed one; numbers have no gap."""

    entity: str
    pay_group: str
    batch: BatchId
    sequence: int


@dataclass(frozen=True, slots=True)
class Line:
    """One payment or recovery: the award's amount less what its earlier lines already bring.

    amount: what this line adds; below zero it is a recovery.  new_annual: the yearly salary after a
    recurring line.  issue: 1, then one more each time the same line is reissued after a rejection.
    replaces: rejected lines of earlier revisions whose amounts are in this one.
    """

    line: LineId
    issue: int
    person: PersonId
    award: AwardId
    cycle: CycleId
    revision: int
    component: Component
    kind: Kind
    amount: Money
    new_annual: Money | None
    effective_on: date
    payroll_id: str
    wage_type: str
    cost_centre: str
    replaces: tuple[LineId, ...]


@dataclass(frozen=True, slots=True)
class LeftOutCount:
    reason: Reason
    lines: int


@dataclass(frozen=True, slots=True)
class BatchPrepared:
    batch: BatchId
    entity: str
    pay_group: str
    period_start: date
    period_end: date
    cut_off: datetime
    lines: int
    employees: int
    totals: tuple[Money, ...]
    left_out: tuple[LeftOutCount, ...]
    by: str


@dataclass(frozen=True, slots=True)
class LinePrepared:
    batch: BatchId
    person: PersonId
    content: Line


@dataclass(frozen=True, slots=True)
class BatchDropped:
    batch: BatchId
    entity: str
    pay_group: str
    by: str
    reason: Annotated[str, "personal:by"]


@dataclass(frozen=True, slots=True)
class LineHeld:
    """A prepared line that was not sealed; it comes back once the reason is gone."""

    batch: BatchId
    line: LineId
    person: PersonId
    award: AwardId
    revision: int
    component: Component
    reason: Reason


@dataclass(frozen=True, slots=True)
class LineReissued:
    """A line that was rejected is in this batch again, under the same id."""

    batch: BatchId
    line: LineId
    issue: int
    person: PersonId
    award: AwardId
    revision: int
    component: Component


@dataclass(frozen=True, slots=True)
class LineSealed:
    """A line of the file, field by field as in `Line`."""

    batch: BatchId
    line: LineId
    issue: int
    person: PersonId
    award: AwardId
    cycle: CycleId
    revision: int
    component: Component
    kind: Kind
    amount: Money
    new_annual: Money | None
    effective_on: date
    payroll_id: str
    wage_type: str
    cost_centre: str
    replaces: tuple[LineId, ...]


@dataclass(frozen=True, slots=True)
class ReleaseHeld:
    """An announcement of compensation that payroll held in full when it sealed."""

    cycle: CycleId
    number: int
    awards: int


@dataclass(frozen=True, slots=True)
class BatchSealed:
    """The manifest.  `sha256` is that of the CSV file's bytes; `hash_total` see csvfile.py."""

    batch: BatchId
    entity: str
    pay_group: str
    period_start: date
    period_end: date
    cut_off: datetime
    sequence: int
    file: str
    lines: int
    employees: int
    totals: tuple[Money, ...]
    hash_total: int
    sha256: str
    held: int
    releases: tuple[ReleaseHeld, ...]
    prepared_by: str
    sealed_by: str
    sealed_at: datetime


@dataclass(frozen=True, slots=True)
class LineAcknowledged:
    """The payroll system says that it paid this much."""

    batch: BatchId
    line: LineId
    issue: int
    person: PersonId
    paid: Money
    by: str


@dataclass(frozen=True, slots=True)
class LineRejected:
    """The payroll system paid nothing of the line; a later batch reissues it."""

    batch: BatchId
    line: LineId
    issue: int
    person: PersonId
    reason: Annotated[str, "personal:person"]
    by: str


@dataclass(frozen=True, slots=True)
class VarianceOpened:
    """What was sealed and what was answered do not agree.  `answered` None: rejected."""

    variance: VarianceId
    batch: BatchId
    line: LineId
    issue: int
    person: PersonId
    kind: VarianceKind
    sealed: Money
    answered: Money | None
    by: str


@dataclass(frozen=True, slots=True)
class VarianceResolved:
    variance: VarianceId
    batch: BatchId
    line: LineId
    person: PersonId
    reason: Annotated[str, "personal:person"]
    by: str


@dataclass(frozen=True, slots=True)
class BatchClosed:
    """Every line has been answered."""

    batch: BatchId
    entity: str
    pay_group: str
    outcome: Literal["accepted", "partially_accepted"]
    paid: int
    rejected: int
    open_variances: int


RegisterEvent = BatchEntered | BatchStruck | BatchNumbered
BatchEvent = (
    BatchPrepared
    | LinePrepared
    | BatchDropped
    | LineHeld
    | LineReissued
    | LineSealed
    | BatchSealed
    | LineAcknowledged
    | LineRejected
    | VarianceOpened
    | VarianceResolved
    | BatchClosed
)
Event = PayeeMapped | WageTypesSet | RegisterEvent | BatchEvent

STORED: dict[tuple[str, int], type] = {
    ("payroll.PayeeMapped", 1): PayeeMapped,
    ("payroll.WageTypesSet", 1): WageTypesSet,
    ("payroll.BatchEntered", 1): BatchEntered,
    ("payroll.BatchStruck", 1): BatchStruck,
    ("payroll.BatchNumbered", 1): BatchNumbered,
    ("payroll.BatchPrepared", 1): BatchPrepared,
    ("payroll.LinePrepared", 1): LinePrepared,
    ("payroll.BatchDropped", 1): BatchDropped,
    ("payroll.LineHeld", 1): LineHeld,
    ("payroll.LineReissued", 1): LineReissued,
    ("payroll.LineSealed", 1): LineSealed,
    ("payroll.BatchSealed", 1): BatchSealed,
    ("payroll.LineAcknowledged", 1): LineAcknowledged,
    ("payroll.LineRejected", 1): LineRejected,
    ("payroll.VarianceOpened", 1): VarianceOpened,
    ("payroll.VarianceResolved", 1): VarianceResolved,
    ("payroll.BatchClosed", 1): BatchClosed,
}
