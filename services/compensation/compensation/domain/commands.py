"""What can be asked of compensation: who asks, when, and the facts that the answer needs."""

from dataclasses import dataclass
from datetime import date, datetime

from chassis.values import Money
from compensation.domain.facts import AwardFacts
from compensation.domain.terms import (
    AwardId,
    BonusPlanContent,
    Commitment,
    CycleId,
    CycleTerms,
    MatrixContent,
    PersonId,
    PoolComponent,
    PoolId,
)


@dataclass(frozen=True, slots=True)
class SetRange:
    range: str
    grade: str
    country: str
    currency: str
    effective_on: date
    minimum: Money
    midpoint: Money
    maximum: Money
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DefineMatrix:
    matrix: str
    content: MatrixContent
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DefineBonusPlan:
    plan: str
    content: BonusPlanContent
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class FundPool:
    """`fund` is what the pool holds from now on; `entity` None pays for every entity."""

    pool: PoolId
    component: PoolComponent
    entity: str | None
    fund: Money
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CommitToPool:
    pool: PoolId
    cycle: CycleId
    items: tuple[Commitment, ...]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LaunchCycle:
    """`cycle` is the id of the appraisal cycle whose results are to be paid for."""

    cycle: CycleId
    terms: CycleTerms
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ConsiderAward:
    """Calculate the award if all facts are there, else say what it waits for."""

    award: AwardId
    person: PersonId
    cycle: CycleId
    facts: AwardFacts
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RecalculateAward:
    """Calculate once more from what is known now, as the next revision."""

    award: AwardId
    person: PersonId
    cycle: CycleId
    facts: AwardFacts
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SuspendAward:
    """The appraisal behind the award was reopened as `appraisal_revision`."""

    award: AwardId
    person: PersonId
    cycle: CycleId
    appraisal_revision: int
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CommitAwards:
    """Charge awards to their pools, in the order given; one that does not fit is refused whole."""

    cycle: CycleId
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ApproveAward:
    """`revision` is the one that was looked at; None takes whatever is current."""

    award: AwardId
    revision: int | None
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReturnAward:
    award: AwardId
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CommunicateAward:
    award: AwardId
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReleaseAward:
    award: AwardId
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReleasedFact:
    """An award as last released: where in its stream, and the sum of its lines."""

    award: AwardId
    version: int
    total: Money


@dataclass(frozen=True, slots=True)
class AnnounceRelease:
    release: str
    cycle: CycleId
    entity: str
    released: tuple[ReleasedFact, ...]
    by: str
    at: datetime


AwardCommand = (
    ConsiderAward
    | RecalculateAward
    | SuspendAward
    | ApproveAward
    | ReturnAward
    | CommunicateAward
    | ReleaseAward
)
