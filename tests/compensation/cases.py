"""Facts and terms that the tests of compensation start from."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from chassis.values import Money
from compensation.domain.facts import (
    AppraisalFact,
    AssignmentFact,
    AwardFacts,
    CycleFact,
    EmploymentFact,
    PayFact,
    RangeFact,
)
from compensation.domain.terms import (
    AwardId,
    Band,
    BonusPlanContent,
    Cell,
    CycleId,
    CycleTerms,
    GradeTarget,
    MatrixContent,
    PersonId,
    PoolId,
    PoolUse,
    RatingFactor,
    Source,
    SourceKind,
    content_hash,
)

T = datetime(2027, 1, 15, 9, 0, tzinfo=UTC)
AWARD, PERSON, CYCLE = AwardId("award-1"), PersonId("person-1"), CycleId("2026")
MERIT_POOL, BONUS_POOL = PoolId("merit"), PoolId("bonus")
IMPORTER, LAUNCHER, ANALYST, APPROVER = "importer", "launcher", "analyst", "approver"


def d(text: str) -> Decimal:
    return Decimal(text)


def eur(major: int) -> Money:
    return Money(major * 100, "EUR")


def source(kind: SourceKind, by: str = IMPORTER, version: int = 1, event: str = "") -> Source:
    return Source(kind, "people", event or f"{kind}-{version}", kind, version, "00", by)


def band(
    code: str, low: str | None, high: str | None, *, low_in: bool = True, high_in: bool = False
) -> Band:
    return Band(code, None if low is None else d(low), low_in, (high and d(high)) or None, high_in)


BELOW_ABOVE = (band("below", "0", "1"), band("above", "1", None))
MATRIX = MatrixContent(
    key="compa_ratio",
    bands=BELOW_ABOVE,
    cells=(
        Cell("meets", "below", d("2"), d("2.5"), d("3")),
        Cell("meets", "above", d("1"), d("2.0"), d("2")),
        Cell("exceeds", "below", d("3"), d("3.5"), d("4")),
        Cell("exceeds", "above", d("2"), d("3.0"), d("4")),
    ),
)
PLAN = BonusPlanContent(
    targets=(GradeTarget("G5", d("10")), GradeTarget("G6", d("15"))),
    individual=(RatingFactor("meets", d("1.0")), RatingFactor("exceeds", d("1.2"))),
    company_factor=d("1.1"),
    min_service_days=90,
)
TERMS = CycleTerms(
    period_start=date(2026, 1, 1),
    period_end=date(2026, 12, 31),
    increase_on=date(2027, 1, 1),
    matrix="standard",
    matrix_version=1,
    matrix_hash=content_hash(MATRIX),
    matrix_by=ANALYST,
    matrix_content=MATRIX,
    plan="yearly",
    plan_version=1,
    plan_hash=content_hash(PLAN),
    plan_by=ANALYST,
    plan_content=PLAN,
    pools=(
        PoolUse(MERIT_POOL, "merit", "EUR", None),
        PoolUse(BONUS_POOL, "bonus", "EUR", None),
    ),
)


def cycle(terms: CycleTerms = TERMS) -> CycleFact:
    return CycleFact(terms, content_hash(terms), LAUNCHER, source("cycle", LAUNCHER))


def appraised(rating: str = "meets", revision: int = 1) -> AppraisalFact:
    found = source("appraisal", "the-manager", revision)
    return AppraisalFact(revision, d("3.1"), rating, "sheet", found)


def hired(on: date = date(2020, 1, 1)) -> EmploymentFact:
    return EmploymentFact("hired", on, source("employment"))


def left(on: date) -> EmploymentFact:
    return EmploymentFact("left", on, source("employment", version=9))


def pay(
    major: int, since: date = date(2020, 1, 1), fte: str = "1", version: int = 2, by: str = IMPORTER
) -> PayFact:
    return PayFact(since, eur(major), d(fte), source("pay", by, version))


def assigned(
    grade: str = "G5",
    since: date = date(2020, 1, 1),
    manager: str | None = "the-manager",
    version: int = 3,
) -> AssignmentFact:
    found = source("assignment", version=version)
    return AssignmentFact(since, manager, "MT-DE", grade, "DE", found)


def salary_range(low: int, middle: int, high: int, by: str = ANALYST) -> RangeFact:
    return RangeFact(
        effective_on=date(2020, 1, 1),
        grade="G5",
        country="DE",
        currency="EUR",
        minimum=eur(low),
        midpoint=eur(middle),
        maximum=eur(high),
        source=source("range", by),
    )


FACTS = AwardFacts(
    appraisal=appraised(),
    cycle=cycle(),
    employment=(hired(),),
    assignments=(assigned(),),
    pay=(pay(50_000),),
    ranges=(salary_range(48_000, 60_000, 72_000),),
)


def with_terms(facts: AwardFacts, terms: CycleTerms) -> AwardFacts:
    return replace(facts, cycle=cycle(terms))
