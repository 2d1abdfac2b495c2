"""What happens to people, jobs and roles, as it is stored and published."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, NewType

from chassis.values import Money

PersonId = NewType("PersonId", str)
JobCode = NewType("JobCode", str)
GrantId = NewType("GrantId", str)

ErasureReason = Literal["requested_by_person", "retention_ended", "ordered_by_authority"]
Role = Literal["admin", "hrbp", "cal", "comp", "fin", "pay", "aud", "rep", "feed", "system"]


@dataclass(frozen=True, slots=True)
class PersonRegistered:
    person: PersonId
    employee_no: str
    name: Annotated[str, "personal:person"]
    hired_on: date


@dataclass(frozen=True, slots=True)
class PersonRenamed:
    person: PersonId
    name: Annotated[str, "personal:person"]


@dataclass(frozen=True, slots=True)
class AssignmentChanged:
    """The whole assignment, in force from `effective_on` until the next one."""

    person: PersonId
    effective_on: date
    manager: PersonId | None
    unit: str
    entity: str
    job: JobCode
    grade: str
    location: str
    fte: Decimal
    country: str


@dataclass(frozen=True, slots=True)
class PayRecorded:
    """Base pay of a year as contracted at `fte`; the full-time equivalent is annual / fte."""

    person: PersonId
    effective_on: date
    annual: Money
    fte: Decimal
    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class PersonLeft:
    """`effective_on` is the last day of employment."""

    person: PersonId
    effective_on: date
    reason: Annotated[str, "personal:person"]


@dataclass(frozen=True, slots=True)
class PersonReturned:
    """`effective_on` is the first day back."""

    person: PersonId
    effective_on: date


@dataclass(frozen=True, slots=True)
class ErasureProposed:
    """Nothing is destroyed before somebody else confirms; a later proposal stands in for it."""

    person: PersonId
    proposed_by: str
    reason: ErasureReason


@dataclass(frozen=True, slots=True)
class PersonErased:
    """Confirmed `by` a second person; the person's texts can be read nowhere from here on."""

    person: PersonId
    by: str
    reason: ErasureReason


@dataclass(frozen=True, slots=True)
class Responsibility:
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class ExpectedCompetency:
    code: str
    name: str
    expected_level: int


@dataclass(frozen=True, slots=True)
class JobDescribed:
    job: JobCode
    job_version: int
    title: str
    grade: str
    responsibilities: tuple[Responsibility, ...]
    competencies: tuple[ExpectedCompetency, ...]


@dataclass(frozen=True, slots=True)
class RoleProposed:
    grant: GrantId
    actor: str
    role: Role
    population: str
    valid_from: date
    valid_to: date | None
    proposed_by: str


@dataclass(frozen=True, slots=True)
class RoleGranted:
    """From `valid_from` to `valid_to`, both included, the actor acts in this role."""

    grant: GrantId
    actor: str
    role: Role
    population: str
    valid_from: date
    valid_to: date | None
    proposed_by: str
    granted_by: str


@dataclass(frozen=True, slots=True)
class RoleRevoked:
    """`valid_to` is the last day on which the role still holds."""

    grant: GrantId
    actor: str
    role: Role
    population: str
    valid_to: date
    revoked_by: str
    reason: Annotated[str, "personal:actor"]


PersonEvent = (
    PersonRegistered
    | PersonRenamed
    | AssignmentChanged
    | PayRecorded
    | PersonLeft
    | PersonReturned
    | ErasureProposed
    | PersonErased
)
GrantEvent = RoleProposed | RoleGranted | RoleRevoked
Event = PersonEvent | JobDescribed | GrantEvent

STORED: dict[tuple[str, int], type] = {
    ("people.PersonRegistered", 1): PersonRegistered,
    ("people.PersonRenamed", 1): PersonRenamed,
    ("people.AssignmentChanged", 1): AssignmentChanged,
    ("people.PayRecorded", 1): PayRecorded,
    ("people.PersonLeft", 1): PersonLeft,
    ("people.PersonReturned", 1): PersonReturned,
    ("people.ErasureProposed", 1): ErasureProposed,
    ("people.PersonErased", 1): PersonErased,
    ("people.JobDescribed", 1): JobDescribed,
    ("people.RoleProposed", 1): RoleProposed,
    ("people.RoleGranted", 1): RoleGranted,
    ("people.RoleRevoked", 1): RoleRevoked,
}
