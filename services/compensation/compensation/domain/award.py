"""One person's award in one cycle: opened, calculated, charged to pools, approved, released."""

from dataclasses import dataclass, replace
from typing import Literal, assert_never

from chassis.values import Money
from compensation.domain import bonus, merit
from compensation.domain.commands import (
    ApproveAward,
    AwardCommand,
    CommunicateAward,
    ConsiderAward,
    RecalculateAward,
    ReleaseAward,
    ReturnAward,
    SuspendAward,
)
from compensation.domain.errors import CompensationRuleBroken
from compensation.domain.events import (
    AwardApproved,
    AwardCommitted,
    AwardCommunicated,
    AwardEvent,
    AwardOpened,
    AwardReleased,
    AwardResumed,
    AwardReturned,
    AwardSuspended,
    AwardWaiting,
    BonusCalculated,
    MeritCalculated,
    PoolRefused,
    RecalculationOrdered,
)
from compensation.domain.inputs import Inputs, resolve
from compensation.domain.terms import (
    AwardId,
    CycleId,
    PersonId,
    PoolNeed,
    Refusal,
    ReleasedLine,
    WaitingReason,
)


class OwnAwardCannotBeDecided(CompensationRuleBroken):
    """Nobody decides anything about their own award."""


class ApproverMustBeASecondPerson(CompensationRuleBroken):
    """Who launched the cycle or last changed an input of the award cannot approve it."""


class AwardIsNotCalculated(CompensationRuleBroken):
    """There is no amount yet; the award waits for something."""


class AwardIsNotCommitted(CompensationRuleBroken):
    """Only an award that its pools pay for can be approved."""


class AwardIsNotApproved(CompensationRuleBroken):
    """Only an approved award can be communicated or released."""


class AwardHasAnotherRevision(CompensationRuleBroken):
    """The award was calculated again since it was looked at."""


class AwardIsSuspended(CompensationRuleBroken):
    """The appraisal behind the award was reopened; nothing goes on until it is final again."""


class AwardInputsAreMissing(CompensationRuleBroken):
    """The award cannot be calculated again from what is known."""


class ReleasedAwardCannotBeReturned(CompensationRuleBroken):
    """What has been released is corrected by a recalculation, not taken back."""


_NO_AWARD, _NOBODY, _NO_CYCLE = AwardId(""), PersonId(""), CycleId("")

Status = Literal[
    "new",
    "waiting",
    "calculated",
    "refused",
    "committed",
    "approved",
    "returned",
    "released",
    "suspended",
]


@dataclass(frozen=True, slots=True)
class AwardState:
    """`version` counts the events, so it is the stream's version; `on_hold` is what payroll was
    told and not yet untold; `reopened_as` is the appraisal revision that is being waited for."""

    version: int = 0
    award: AwardId = _NO_AWARD
    person: PersonId = _NOBODY
    cycle: CycleId = _NO_CYCLE
    status: Status = "new"
    waiting_for: tuple[WaitingReason, ...] = ()
    revision: int = 0
    appraisal_revision: int = 0
    reopened_as: int = 0
    on_hold: bool = False
    merit: MeritCalculated | None = None
    bonus: BonusCalculated | None = None
    ordered_by: str | None = None
    needs: tuple[PoolNeed, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    approved_by: str = ""
    communicated_revision: int = 0
    released_version: int = 0
    released_entity: str | None = None
    released_total: Money | None = None
    released_components: frozenset[str] = frozenset()


INITIAL = AwardState()


def evolve(state: AwardState, event: AwardEvent) -> AwardState:
    return _evolve(replace(state, version=state.version + 1), event)


def _evolve(state: AwardState, event: AwardEvent) -> AwardState:
    match event:
        case AwardOpened():
            return replace(state, award=event.award, person=event.person, cycle=event.cycle)
        case AwardWaiting():
            return replace(state, status="waiting", waiting_for=event.reasons)
        case RecalculationOrdered():
            return replace(state, ordered_by=event.by)
        case MeritCalculated():
            return replace(
                state,
                status="calculated",
                revision=event.revision,
                appraisal_revision=event.appraisal_revision,
                merit=event,
                refusals=(),
            )
        case BonusCalculated():
            return replace(state, bonus=event)
        case AwardCommitted():
            return replace(state, status="committed", needs=event.needs, refusals=())
        case PoolRefused():
            return replace(state, status="refused", refusals=event.refusals)
        case AwardApproved():
            return replace(state, status="approved", approved_by=event.by)
        case AwardReturned():
            return replace(state, status="returned")
        case AwardCommunicated():
            return replace(state, communicated_revision=event.revision)
        case AwardReleased():
            return _released(state, event)
        case AwardSuspended():
            return replace(
                state, status="suspended", on_hold=True, reopened_as=event.appraisal_revision
            )
        case AwardResumed():
            return replace(state, on_hold=False)
        case _:
            assert_never(event)


def decide(state: AwardState, c: AwardCommand) -> list[AwardEvent]:
    match c:
        case ConsiderAward():
            return consider(state, c)
        case RecalculateAward():
            return recalculate(state, c)
        case SuspendAward():
            return suspend(state, c)
        case ApproveAward():
            return approve(state, c)
        case ReturnAward():
            return send_back(state, c)
        case CommunicateAward():
            return communicate(state, c)
        case ReleaseAward():
            return release(state, c)
        case _:
            assert_never(c)


def consider(state: AwardState, c: ConsiderAward) -> list[AwardEvent]:
    """Calculates once per appraisal revision: inputs that come later do not move an award."""
    found = c.facts.appraisal.revision
    if found < state.reopened_as or (state.revision and found <= state.appraisal_revision):
        return []
    opened = _opened(state, c)
    inputs = resolve(c.facts)
    if isinstance(inputs, Inputs):
        return [*opened, *_calculated(state, c, inputs)]
    if state.status == "waiting" and state.waiting_for == inputs:
        return []
    return [*opened, AwardWaiting(c.award, c.person, c.cycle, inputs)]


def recalculate(state: AwardState, c: RecalculateAward) -> list[AwardEvent]:
    """Empty when nothing would change, except for a returned award, which goes on with it."""
    _not_own(state, c.by)
    if not state.revision:
        raise AwardIsNotCalculated(f"award {c.award} is {state.status}")
    if c.facts.appraisal.revision < state.reopened_as:
        raise AwardIsSuspended(f"award {c.award} waits for revision {state.reopened_as}")
    inputs = resolve(c.facts)
    if not isinstance(inputs, Inputs):
        raise AwardInputsAreMissing(f"award {c.award} lacks: {', '.join(inputs)}")
    calculated = _calculated(state, c, inputs)
    if state.status != "returned" and _same_figures(state, *calculated):
        return []
    revision = state.revision + 1
    ordered = RecalculationOrdered(c.award, c.person, c.cycle, revision, c.by, c.reason)
    return [ordered, *calculated]


def suspend(state: AwardState, c: SuspendAward) -> list[AwardEvent]:
    if c.appraisal_revision <= max(state.appraisal_revision, state.reopened_as):
        return []
    suspended = AwardSuspended(
        award=c.award,
        person=c.person,
        cycle=c.cycle,
        revision=state.revision,
        reason="appraisal_reopened",
        appraisal_revision=c.appraisal_revision,
    )
    return [*_opened(state, c), suspended]


def approve(state: AwardState, c: ApproveAward) -> list[AwardEvent]:
    _not_own(state, c.by)
    _goes_on(state)
    if c.revision is not None and c.revision != state.revision:
        raise AwardHasAnotherRevision(f"revision is {state.revision}, found {c.revision}")
    if state.status in ("approved", "released"):
        return []
    if state.status != "committed":
        raise AwardIsNotCommitted(f"award {c.award} is {state.status}")
    if c.by in changed_by(state):
        raise ApproverMustBeASecondPerson(
            f"{c.by} launched or last changed an input of award {c.award}"
        )
    return [AwardApproved(state.award, state.person, state.cycle, state.revision, c.by)]


def send_back(state: AwardState, c: ReturnAward) -> list[AwardEvent]:
    _not_own(state, c.by)
    _goes_on(state)
    if state.status == "returned":
        return []
    if state.status == "released":
        raise ReleasedAwardCannotBeReturned(f"award {c.award} is released")
    if state.status not in ("committed", "approved"):
        raise AwardIsNotCommitted(f"award {c.award} is {state.status}")
    return [AwardReturned(state.award, state.person, state.cycle, state.revision, c.by, c.reason)]


def communicate(state: AwardState, c: CommunicateAward) -> list[AwardEvent]:
    _not_own(state, c.by)
    _goes_on(state)
    if state.status not in ("approved", "released"):
        raise AwardIsNotApproved(f"award {c.award} is {state.status}")
    if state.communicated_revision == state.revision:
        return []
    return [AwardCommunicated(state.award, state.person, state.cycle, state.revision, c.by)]


def release(state: AwardState, c: ReleaseAward) -> list[AwardEvent]:
    """A correction goes out as the next revision, and lifts what payroll had been told to hold."""
    _goes_on(state)
    if state.status == "released":
        return []
    if state.status != "approved" or state.merit is None:
        raise AwardIsNotApproved(f"award {c.award} is {state.status}")
    resumed = AwardResumed(state.award, state.person, state.cycle, state.revision)
    released = AwardReleased(
        award=state.award,
        person=state.person,
        cycle=state.cycle,
        revision=state.revision,
        entity=state.released_entity or state.merit.entity,
        effective_on=state.merit.effective_on,
        lines=_lines(state),
        pay_effective_on=state.merit.pay.effective_on,
        pay_version=state.merit.pay.version,
        approved_by=state.approved_by,
        by=c.by,
    )
    return [resumed, released] if state.on_hold else [released]


def changed_by(state: AwardState) -> frozenset[str]:
    """Who launched the cycle, ordered a recalculation or last changed an input."""
    actors = {state.ordered_by} if state.ordered_by else set()
    for calculated in (state.merit, state.bonus):
        actors |= set(calculated.inputs_changed_by) if calculated else set()
    return frozenset(actors)


def _opened(state: AwardState, c: ConsiderAward | SuspendAward) -> list[AwardEvent]:
    return [] if state.version else [AwardOpened(c.award, c.person, c.cycle, c.by)]


def _calculated(
    state: AwardState, c: ConsiderAward | RecalculateAward, inputs: Inputs
) -> list[MeritCalculated | BonusCalculated]:
    about = merit.About(c.award, c.person, c.cycle, state.revision + 1)
    return [
        merit.calculate(about, inputs, state.merit),
        bonus.calculate(about, inputs, state.bonus),
    ]


def _same_figures(state: AwardState, *calculated: MeritCalculated | BonusCalculated) -> bool:
    before = {MeritCalculated: state.merit, BonusCalculated: state.bonus}

    def same(new: MeritCalculated | BonusCalculated) -> bool:
        old = before[type(new)]
        return old is not None and old == replace(
            new, revision=old.revision, difference=old.difference
        )

    return all(same(new) for new in calculated)


def _not_own(state: AwardState, by: str) -> None:
    if by == state.person:
        raise OwnAwardCannotBeDecided(f"award {state.award} is about {by}")


def _goes_on(state: AwardState) -> None:
    if state.status == "suspended":
        raise AwardIsSuspended(f"award {state.award} waits for revision {state.reopened_as}")


def _lines(state: AwardState) -> tuple[ReleasedLine, ...]:
    """A component with an amount, or one that was released before and must be taken back."""
    assert state.merit is not None, "an approved award is calculated"
    assert state.bonus is not None, "an approved award is calculated"
    lines = (
        ReleasedLine("merit", "recurring", state.merit.amount, state.merit.new_annual),
        ReleasedLine("lump_sum", "one_off", state.merit.lump_sum, None),
        ReleasedLine("bonus", "one_off", state.bonus.amount, None),
    )
    kept = state.released_components
    return tuple(line for line in lines if line.amount.minor or line.component in kept)


def _released(state: AwardState, event: AwardReleased) -> AwardState:
    total = sum(line.amount.minor for line in event.lines)
    currency = state.merit.amount.currency if state.merit else event.lines[0].amount.currency
    return replace(
        state,
        status="released",
        released_version=state.version,
        released_entity=event.entity,
        released_total=Money(total, currency),
        released_components=frozenset(line.component for line in event.lines),
    )
