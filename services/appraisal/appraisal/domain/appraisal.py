"""An appraisal: self rating, the manager's rating with its score, sharing, interview, answer.

Nothing moves the score after the manager has rated; a final result changes only by reopening it
as the next revision.  Texts in the state are sealed, and no rule reads them.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal, assert_never

from appraisal.domain.commands import (
    Acknowledge,
    AdvanceStep,
    AppraisalCommand,
    HoldInterview,
    OpenAppraisal,
    Rate,
    RateSelf,
    Reassign,
    Reopen,
    ShareResult,
    TimeOut,
)
from appraisal.domain.errors import (
    AppraisalIsNotAtThisStep,
    AppraisalIsNotFinalised,
    ContractIsMissing,
    DeadlineIsOver,
    InterviewLiesInTheFuture,
    LineIsUnknown,
    NobodyDecidesOnThemself,
    NobodyRatesThemselfAsManager,
    OnlyTheEmployeeMayDoThis,
    OnlyTheManagerMayDoThis,
    RatingIsMissing,
    RatingLiesOutsideTheScale,
    ReasonIsRequired,
)
from appraisal.domain.events import (
    Acknowledged,
    AcknowledgementTimedOut,
    AppraisalEvent,
    AppraisalFinalised,
    AppraisalOpened,
    AppraisalReassigned,
    AppraisalReopened,
    InterviewHeld,
    LineRating,
    ManagerRated,
    PersonId,
    ResultShared,
    ScoreComputed,
    ScoreSheet,
    SelfRated,
    SelfSkipped,
    StepAdvanced,
)
from appraisal.domain.hashing import digest
from appraisal.domain.sheet import compute
from chassis.values import Period

Given = tuple[tuple[str, Decimal], ...]
Status = Literal["none", "open", "rating", "rated", "shared", "interviewed", "finalised"]


@dataclass(frozen=True, slots=True)
class Appraisal:
    """Where the appraisal is.  `rating` waits for the manager, `interviewed` for the employee.

    `self_given`, `given`, `held_on`, `answer` and `reopened_by` tell a command that is told again
    from another one.
    """

    status: Status = "none"
    opened: AppraisalOpened | None = None
    manager: PersonId | None = None
    revision: int = 1
    sheet: ScoreSheet | None = None
    acknowledge_by: datetime | None = None
    self_given: Given | None = None
    given: Given | None = None
    held_on: date | None = None
    answer: str | None = None
    reopened_by: str = ""


INITIAL = Appraisal()


def evolve(state: Appraisal, event: AppraisalEvent) -> Appraisal:
    match event:
        case AppraisalOpened():
            return Appraisal("open", event, event.manager)
        case AppraisalReassigned():
            return replace(state, manager=event.manager)
        case SelfRated():
            return replace(state, status="rating", self_given=_given(event.ratings))
        case SelfSkipped():
            return replace(state, status="rating")
        case ManagerRated():
            return replace(state, given=_given(event.ratings))
        case ScoreComputed():
            return replace(state, status="rated", sheet=event.sheet)
        case ResultShared():
            return replace(state, status="shared")
        case InterviewHeld():
            return replace(
                state,
                status="interviewed",
                acknowledge_by=event.acknowledge_by,
                held_on=event.held_on,
            )
        case StepAdvanced():
            if event.step != "interview":
                return state
            return replace(state, status="interviewed", acknowledge_by=event.acknowledge_by)
        case Acknowledged():
            return replace(state, answer=event.kind)
        case AcknowledgementTimedOut():
            return replace(state, answer="timed_out")
        case AppraisalFinalised():
            return replace(state, status="finalised")
        case AppraisalReopened():
            return replace(
                state,
                status="rating",
                revision=event.revision,
                acknowledge_by=None,
                given=None,
                held_on=None,
                answer=None,
                reopened_by=event.by,
            )
        case _:
            assert_never(event)


def decide(state: Appraisal, command: AppraisalCommand) -> list[AppraisalEvent]:
    match command:
        case OpenAppraisal():
            return open_appraisal(state, command)
        case Reassign():
            return reassign(state, command)
        case RateSelf():
            return rate_self(state, command)
        case AdvanceStep():
            return advance(state, command)
        case Rate():
            return rate(state, command)
        case ShareResult():
            return share(state, command)
        case HoldInterview():
            return hold_interview(state, command)
        case Acknowledge():
            return acknowledge(state, command)
        case TimeOut():
            return time_out(state, command)
        case Reopen():
            return reopen(state, command)
        case _:
            assert_never(command)


def open_appraisal(state: Appraisal, c: OpenAppraisal) -> list[AppraisalEvent]:
    if state.opened:
        return []
    return [
        AppraisalOpened(
            c.appraisal,
            c.cycle,
            c.person,
            None if c.manager == c.person else c.manager,
            c.period_start,
            c.period_end,
            c.self_due,
            c.manager_due,
            c.interview_due,
            c.acknowledge_days,
            c.scheme_hash,
            c.content,
        )
    ]


def reassign(state: Appraisal, c: Reassign) -> list[AppraisalEvent]:
    """The manager of record stays until there is another, who is not the person themself."""
    if state.opened is None or state.status == "finalised":
        return []
    o = state.opened
    if c.manager in (None, state.manager, o.person):
        return []
    return [AppraisalReassigned(o.appraisal, o.cycle, o.person, c.manager, state.manager)]


def rate_self(state: Appraisal, c: RateSelf) -> list[AppraisalEvent]:
    o = _opened(state)
    if c.by != o.person:
        raise OnlyTheEmployeeMayDoThis("a self rating is given by oneself")
    if state.self_given is not None and state.self_given == _given(c.ratings):
        return []
    _at(state, "open")
    _check_ratings(c.ratings, c.lines, state)
    return [SelfRated(o.appraisal, o.cycle, o.person, c.ratings, c.comment)]


def advance(state: Appraisal, c: AdvanceStep) -> list[AppraisalEvent]:
    """Act for somebody who is late: skip the self rating, or the interview."""
    o = _opened(state)
    if not c.reason.strip():
        raise ReasonIsRequired("found none, acting for somebody says why")
    if c.by == o.person:
        raise NobodyDecidesOnThemself("advancing is for somebody else's appraisal")
    done = StepAdvanced(o.appraisal, o.cycle, o.person, c.step, c.by, c.reason)
    match c.step:
        case "self":
            if state.status != "open":
                return []
            return [done, SelfSkipped(o.appraisal, o.cycle, o.person)]
        case "share":
            if state.status in ("shared", "interviewed", "finalised"):
                return []
            _at(state, "rated")
            return [
                done,
                ResultShared(o.appraisal, o.cycle, o.person, state.revision, c.by),
            ]
        case "interview":
            if state.status in ("interviewed", "finalised"):
                return []
            _at(state, "shared")
            until = _acknowledge_by(state, c.at)
            return [replace(done, revision=state.revision, acknowledge_by=until)]
        case "manager" | "acknowledge":
            raise AppraisalIsNotAtThisStep(f"{c.step} is nobody else's to do")
        case _:
            assert_never(c.step)


def rate(state: Appraisal, c: Rate) -> list[AppraisalEvent]:
    o = _opened(state)
    _by_manager(state, c.by)
    if state.given is not None and state.given == _given(c.ratings):
        return []
    _at(state, "rating")
    if not c.evidence.contracts:
        raise ContractIsMissing("no contract for the period is in force")
    newest = max(c.evidence.contracts, key=lambda k: (k.effective_on, k.plan, k.revision))
    wanted = {
        line.competency for contract in c.evidence.contracts for line in contract.competencies
    }
    _check_ratings(c.ratings, frozenset(wanted), state)
    given = {rating.line: rating.value for rating in c.ratings}
    current = {line.competency for line in newest.competencies}
    if lacking := sorted(current - given.keys()):
        raise RatingIsMissing(f"not rated: {', '.join(lacking)}")
    period = Period(o.period_start, o.period_end)
    sheet = compute(o.content, o.scheme_hash, period, c.evidence, given)
    rated = ManagerRated(o.appraisal, o.cycle, o.person, state.revision, c.by, c.ratings, c.comment)
    return [rated, ScoreComputed(o.appraisal, o.cycle, o.person, state.revision, sheet)]


def share(state: Appraisal, c: ShareResult) -> list[AppraisalEvent]:
    o = _opened(state)
    _by_manager(state, c.by)
    if state.status in ("shared", "interviewed", "finalised"):
        return []
    _at(state, "rated")
    return [ResultShared(o.appraisal, o.cycle, o.person, state.revision, c.by)]


def hold_interview(state: Appraisal, c: HoldInterview) -> list[AppraisalEvent]:
    _by_manager(state, c.by)
    if state.held_on == c.held_on:
        return []
    _at(state, "shared")
    if c.held_on > c.at.date():
        raise InterviewLiesInTheFuture(f"held on {c.held_on}, today is {c.at.date()}")
    return [_held(state, c.at, c)]


def acknowledge(state: Appraisal, c: Acknowledge) -> list[AppraisalEvent]:
    o = _opened(state)
    if c.by != o.person:
        raise OnlyTheEmployeeMayDoThis("an acknowledgement is given by oneself")
    if state.answer == c.kind:
        return []
    deadline = state.acknowledge_by
    over = state.status == "interviewed" and deadline is not None and c.at >= deadline
    if over or state.answer == "timed_out":
        raise DeadlineIsOver(f"it was {deadline.isoformat() if deadline else 'before'}")
    _at(state, "interviewed")
    if c.kind != "accepted" and not c.comment.strip():
        raise ReasonIsRequired("found none, disagreeing or refusing says why")
    answered = Acknowledged(o.appraisal, o.cycle, o.person, state.revision, c.kind, c.comment)
    return [answered, _final(state)]


def time_out(state: Appraisal, c: TimeOut) -> list[AppraisalEvent]:
    """Nothing when the employee answered in time, or the result was reopened since."""
    o = _opened(state)
    deadline = state.acknowledge_by
    if state.status != "interviewed" or state.revision != c.revision or deadline is None:
        return []
    if c.at < deadline:
        return []
    silent = AcknowledgementTimedOut(o.appraisal, o.cycle, o.person, state.revision, deadline)
    return [silent, _final(state)]


def reopen(state: Appraisal, c: Reopen) -> list[AppraisalEvent]:
    o = _opened(state)
    if c.by == o.person:
        raise NobodyDecidesOnThemself("reopening is for somebody else's appraisal")
    if state.status == "rating" and state.reopened_by == c.by:
        return []
    if state.status != "finalised":
        raise AppraisalIsNotFinalised(f"the appraisal is {state.status}")
    if not c.reason.strip():
        raise ReasonIsRequired("found none, reopening says why")
    following = state.revision + 1
    return [AppraisalReopened(o.appraisal, o.cycle, o.person, following, c.by, c.reason)]


def _opened(state: Appraisal) -> AppraisalOpened:
    if state.opened is None:
        raise AppraisalIsNotAtThisStep("the appraisal was not opened")
    return state.opened


def _at(state: Appraisal, wanted: Status) -> None:
    if state.status != wanted:
        raise AppraisalIsNotAtThisStep(f"the appraisal is {state.status}, allowed is {wanted}")


def _by_manager(state: Appraisal, by: PersonId) -> None:
    o = _opened(state)
    if by == o.person:
        raise NobodyRatesThemselfAsManager("the manager of record is somebody else")
    if by != state.manager:
        raise OnlyTheManagerMayDoThis("the manager of record does this")


def _check_ratings(
    ratings: tuple[LineRating, ...], lines: frozenset[str], state: Appraisal
) -> None:
    content = _opened(state).content
    for rating in ratings:
        if rating.line not in lines:
            raise LineIsUnknown(f"{rating.line} is no line that is rated here")
        if not content.scale_min <= rating.value <= content.scale_max:
            allowed = f"{content.scale_min} to {content.scale_max}"
            raise RatingLiesOutsideTheScale(f"{rating.line}: allowed is {allowed}")
    if len({rating.line for rating in ratings}) != len(ratings):
        raise LineIsUnknown("a line is rated twice")


def _held(state: Appraisal, at: datetime, c: HoldInterview) -> InterviewHeld:
    o = _opened(state)
    return InterviewHeld(
        o.appraisal,
        o.cycle,
        o.person,
        state.revision,
        c.held_on,
        c.agreed_points,
        _acknowledge_by(state, at),
        c.by,
    )


def _acknowledge_by(state: Appraisal, at: datetime) -> datetime:
    return at + timedelta(days=_opened(state).acknowledge_days)


def _given(ratings: tuple[LineRating, ...]) -> Given:
    return tuple(sorted((rating.line, rating.value) for rating in ratings))


def _final(state: Appraisal) -> AppraisalFinalised:
    o, sheet = _opened(state), state.sheet
    assert sheet is not None, "an interview is held on a computed score"
    return AppraisalFinalised(
        o.appraisal,
        o.cycle,
        o.person,
        state.manager,
        state.revision,
        sheet.score,
        sheet.rating,
        o.period_start,
        o.period_end,
        digest(sheet),
    )
