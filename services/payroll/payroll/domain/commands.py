"""What can be asked of payroll."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from payroll.domain.events import BatchId, LineId, PersonId, VarianceId, WageType
from payroll.domain.terms import Facts, Order, Release


@dataclass(frozen=True, slots=True)
class MapPayee:
    """`holder`: whom the payroll system of the entity knows by this id so far."""

    person: PersonId
    payroll_id: str
    entity: str
    pay_group: str
    cost_centre: str
    holder: PersonId | None
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SetWageTypes:
    entity: str
    wage_types: tuple[WageType, ...]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PrepareBatch:
    batch: BatchId
    order: Order
    facts: Facts
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SealBatch:
    """`facts` and `releases` as of now; `sequence` is the number that the register gives."""

    batch: BatchId
    facts: Facts
    releases: tuple[Release, ...]
    by: str
    at: datetime
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class DropBatch:
    batch: BatchId
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LineAnswer:
    """What the payroll system says of a line; amount in major units, of a paid line only."""

    line: LineId
    status: Literal["paid", "rejected"]
    amount: Decimal | None = None
    currency: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Acknowledge:
    batch: BatchId
    answers: tuple[LineAnswer, ...]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ResolveVariance:
    batch: BatchId
    variance: VarianceId
    reason: str
    by: str
    at: datetime


BatchCommand = PrepareBatch | SealBatch | DropBatch | Acknowledge | ResolveVariance


@dataclass(frozen=True, slots=True)
class EnterBatch:
    """`known`: how many entries of the register the batch's lines were worked out with."""

    entity: str
    pay_group: str
    batch: BatchId
    known: int


@dataclass(frozen=True, slots=True)
class StrikeBatch:
    entity: str
    pay_group: str
    batch: BatchId


@dataclass(frozen=True, slots=True)
class NumberBatch:
    entity: str
    pay_group: str
    batch: BatchId


RegisterCommand = EnterBatch | StrikeBatch | NumberBatch
