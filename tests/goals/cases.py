"""A plan as the tests of goals use it: who agrees it, what it says, and what has happened."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from goals.domain.commands import Job, Offer, ProposePlan
from goals.domain.content import Terms, content_hash
from goals.domain.events import (
    CompetencyLine,
    ContractIssued,
    GoalAgreed,
    GoalId,
    GoalLine,
    Link,
    PersonId,
    PlanContent,
    PlanEvent,
    PlanId,
    PlanProposed,
    PlanSigned,
    ZeroStep,
)

PLAN = PlanId("plan-ann-2026")
# Bob manages Ann, Eva takes over from him, Sue is a colleague.
ANN, BOB, EVA, SUE = (PersonId(name) for name in ("ann", "bob", "eva", "sue"))
START, END = date(2026, 1, 1), date(2026, 12, 31)
T = datetime(2026, 1, 20, 9, tzinfo=UTC)
LATER = datetime(2026, 1, 22, 15, tzinfo=UTC)

SELLS = Link("responsibility", "sell")
SELLER = Job("seller", 3, frozenset({"sell"}), frozenset({("listen", 3)}))
OBJECTIVES = frozenset({"grow"})

REVENUE = GoalLine(
    goal=GoalId("revenue"),
    title="Win customers in the north",
    unit="kEUR",
    measure="higher",
    baseline=None,
    threshold=Decimal(80),
    target=Decimal(100),
    stretch=Decimal(120),
    floor_pct=Decimal(0),
    cap_pct=Decimal(120),
    rollup="sum",
    zero_table=(),
    weight_pct=Decimal(60),
    link=Link("objective", "grow"),
)
DEFECTS = replace(
    REVENUE,
    goal=GoalId("defects"),
    title="No wrong quotes",
    unit="count",
    measure="zero_defect",
    threshold=None,
    target=Decimal(0),
    stretch=None,
    zero_table=(ZeroStep(Decimal(0), Decimal(100)), ZeroStep(Decimal(3), Decimal(50))),
    weight_pct=Decimal(40),
    link=SELLS,
)
LISTENS = CompetencyLine(
    competency="listen",
    name="Listening",
    expected_level=3,
    anchors="Asks before answering",
    weight_pct=Decimal(100),
    link=SELLS,
)
CONTENT = PlanContent((REVENUE, DEFECTS), (LISTENS,), Decimal(70), Decimal(30), salt="5a17")
OTHER = replace(CONTENT, goals=(replace(REVENUE, target=Decimal(110)), DEFECTS), salt="5a18")
TERMS = Terms(ANN, START, END, "seller", 3)
HASH, OTHER_HASH = content_hash(CONTENT, TERMS), content_hash(OTHER, TERMS)


def offering(content: PlanContent, by: PersonId = ANN, manager: PersonId | None = BOB) -> Offer:
    return Offer(ANN, manager, SELLER, OBJECTIVES, content, by, T)


PROPOSE = ProposePlan(PLAN, "2026", START, END, offering(CONTENT))
PROPOSED = PlanProposed(PLAN, ANN, BOB, "2026", START, END, "seller", 3, CONTENT, HASH, by=ANN)
ANN_SIGNED = PlanSigned(PLAN, ANN, ANN, "employee", HASH, T)
BOB_SIGNED = PlanSigned(PLAN, ANN, BOB, "manager", HASH, LATER)
AGREED = tuple(GoalAgreed(PLAN, ANN, line.goal, line.weight_pct, 1) for line in CONTENT.goals)
ISSUED = ContractIssued(
    plan=PLAN,
    person=ANN,
    manager=BOB,
    period="2026",
    period_start=START,
    period_end=END,
    job="seller",
    job_version=3,
    revision=1,
    content=CONTENT,
    content_hash=HASH,
    employee_signed_at=T,
    manager_signed_at=LATER,
)
IN_FORCE: tuple[PlanEvent, ...] = (PROPOSED, ANN_SIGNED, BOB_SIGNED, *AGREED, ISSUED)
