"""What can be asked of people, jobs and roles: who asks, when, and what."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from chassis.values import Money
from people.domain.events import (
    ErasureReason,
    ExpectedCompetency,
    GrantId,
    JobCode,
    PersonId,
    Responsibility,
    Role,
)


@dataclass(frozen=True, slots=True)
class Assignment:
    """Where somebody works, for whom and as what; a fte of 1 is full time."""

    manager: PersonId | None
    unit: str
    entity: str
    job: JobCode
    grade: str
    location: str
    fte: Decimal
    country: str


@dataclass(frozen=True, slots=True)
class Pay:
    """Base pay of a year as contracted at that working time."""

    annual: Money
    fte: Decimal


@dataclass(frozen=True, slots=True)
class Register:
    person: PersonId
    employee_no: str
    name: str
    hired_on: date
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Rename:
    """`known_as` is the name on record, opened at the edge: history holds it sealed."""

    person: PersonId
    name: str
    known_as: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Assign:
    """`chain` are the managers above the proposed manager, nearest first."""

    person: PersonId
    effective_on: date
    assignment: Assignment
    chain: tuple[PersonId, ...]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RecordPay:
    person: PersonId
    effective_on: date
    pay: Pay
    source: str
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Leave:
    """`effective_on` is the last day of employment."""

    person: PersonId
    effective_on: date
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Return:
    person: PersonId
    effective_on: date
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ProposeErasure:
    person: PersonId
    reason: ErasureReason
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ConfirmErasure:
    person: PersonId
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TakeRow:
    """All that an HR extract of the day `as_of` says about one person.

    What differs from the record counts from `assigned_from` or `paid_from` if the extract says so,
    else from `as_of`; what was never known before counts from the start of the employment.
    `known_as` is empty for a person who is not registered.
    """

    person: PersonId
    employee_no: str
    name: str
    known_as: str
    hired_on: date
    left_on: date | None
    leave_reason: str
    assignment: Assignment
    chain: tuple[PersonId, ...]
    pay: Pay | None
    as_of: date
    assigned_from: date | None
    paid_from: date | None
    source: str
    by: str
    at: datetime


PersonCommand = (
    Register
    | Rename
    | Assign
    | RecordPay
    | Leave
    | Return
    | ProposeErasure
    | ConfirmErasure
    | TakeRow
)


@dataclass(frozen=True, slots=True)
class DescribeJob:
    job: JobCode
    title: str
    grade: str
    responsibilities: tuple[Responsibility, ...]
    competencies: tuple[ExpectedCompetency, ...]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ProposeRole:
    grant: GrantId
    actor: str
    role: Role
    population: str
    valid_from: date
    valid_to: date | None
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class GrantRole:
    grant: GrantId
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RevokeRole:
    """`valid_to` is the last day on which the role still holds."""

    grant: GrantId
    valid_to: date
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RecordFirstAdministrator:
    grant: GrantId
    actor: str
    valid_from: date
    by: str
    at: datetime


GrantCommand = ProposeRole | GrantRole | RevokeRole | RecordFirstAdministrator
