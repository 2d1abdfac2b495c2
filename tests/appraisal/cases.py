"""An appraisal as the tests use it: a scheme, a contract, readings, and what has happened."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from appraisal.domain import appraisal, scheme
from appraisal.domain.commands import (
    Acknowledge,
    AppraisalCommand,
    CompetencyTerms,
    ContractTerms,
    DefineScheme,
    Evidence,
    GoalTerms,
    HoldInterview,
    OpenAppraisal,
    Rate,
    RateSelf,
    Reading,
    ShareResult,
)
from appraisal.domain.events import (
    AppraisalEvent,
    AppraisalId,
    CycleId,
    LineRating,
    PercentPoint,
    PersonId,
    RatingBand,
    SchemeContent,
    SchemeId,
)
from chassis.decider import run

D = Decimal
# Bob manages Ann, Eva takes over from him, Hal is the HR partner.
ANN, BOB, EVA, HAL = (PersonId(name) for name in ("ann", "bob", "eva", "hal"))
START, END = date(2026, 1, 1), date(2026, 12, 31)
T = datetime(2027, 1, 15, 9, tzinfo=UTC)
LATER = datetime(2027, 2, 1, 9, tzinfo=UTC)

CONTENT = SchemeContent(
    scale_min=D(1),
    scale_max=D(5),
    kpi_points=tuple(
        PercentPoint(D(pct), D(score))
        for pct, score in ((50, 1), (80, 2), (100, 3), (110, 4), (120, 5))
    ),
    ratings=tuple(
        RatingBand(D(low), code)
        for low, code in (("1", "D"), ("1.8", "C"), ("2.6", "B"), ("3.4", "A"), ("4.5", "A+"))
    ),
    missing="exclude_and_reweight",
    places=2,
    rounding="half_up",
)
(DEFINED,) = scheme.decide(None, DefineScheme(SchemeId("standard"), CONTENT, HAL, T))

REVENUE = GoalTerms(
    goal="revenue",
    measure="higher",
    baseline=None,
    target=D(100),
    floor_pct=D(0),
    cap_pct=D(120),
    rollup="last",
    zero_table=(),
    weight_pct=D(60),
)
DEFECTS = replace(
    REVENUE,
    goal="defects",
    measure="zero_defect",
    target=D(0),
    zero_table=((D(0), D(100)), (D(2), D(80))),
    weight_pct=D(40),
)
LISTEN = CompetencyTerms("listen", D(100))
CONTRACT = ContractTerms(
    plan="plan-ann",
    revision=1,
    content_hash="hash-1",
    effective_on=START,
    goals=(REVENUE, DEFECTS),
    competencies=(LISTEN,),
    goals_weight_pct=D(70),
    competencies_weight_pct=D(30),
)
READINGS = (
    Reading("r1", "revenue", D(110), date(2026, 12, 20)),
    Reading("r2", "defects", D(1), date(2026, 12, 20)),
)
EVIDENCE = Evidence((CONTRACT,), READINGS)
LINES = frozenset({"revenue", "defects", "listen"})

OPEN = OpenAppraisal(
    appraisal=AppraisalId("appraisal-ann"),
    cycle=CycleId("2026"),
    person=ANN,
    manager=BOB,
    period_start=START,
    period_end=END,
    self_due=date(2027, 1, 20),
    manager_due=date(2027, 2, 1),
    interview_due=date(2027, 2, 15),
    acknowledge_days=7,
    scheme_hash=DEFINED.content_hash,
    content=CONTENT,
)


def rated(value: str, line: str = "listen", comment: str = "") -> tuple[LineRating, ...]:
    return (LineRating(line, D(value), comment),)


RATE_SELF = RateSelf(rated("5"), "a good year", LINES, ANN, T)
RATE = Rate(rated("4", comment="hears people out"), "keep going", EVIDENCE, BOB, T)
SHARE = ShareResult(BOB, T)
HOLD = HoldInterview(T.date(), "a course in March", BOB, T)
ACCEPT = Acknowledge("accepted", "", ANN, T)
WAY = (OPEN, RATE_SELF, RATE, SHARE, HOLD, ACCEPT)


def after(*commands: AppraisalCommand) -> list[AppraisalEvent]:
    """The history that these commands make, one after the other."""
    history: list[AppraisalEvent] = []
    for command in commands:
        history += run(appraisal, history, command)
    return history


def until(last: AppraisalCommand, way: Sequence[AppraisalCommand] = WAY) -> list[AppraisalEvent]:
    """The usual history up to and with this command."""
    return after(*way[: way.index(last) + 1])
