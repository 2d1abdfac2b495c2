"""HTTP in: check-ins, feedback and private notes; parse, execute, answer."""

from datetime import date, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from chassis.calls import Call, in_body, in_path, in_query, nobody, owner_of, permits
from chassis.capture import CaptureRoute
from chassis.ids import stream_id
from chassis.problems import not_found
from chassis.store import Ref
from chassis.tokens import Page, fresh, paging
from feedback.domain import checkin as checkin_module
from feedback.domain import feedback as feedback_module
from feedback.domain import note as note_module
from feedback.domain.commands import (
    CorrectCheckIn,
    GiveFeedback,
    LogCheckIn,
    RemoveNote,
    WithdrawFeedback,
    WriteNote,
)
from feedback.domain.events import CheckInId, FeedbackId, GoalRemark, NoteId, PersonId
from feedback.projections.checkins import CHECK_INS, check_ins_of, last_check_in
from feedback.projections.given import GIVEN, given_by, received
from feedback.projections.notes import NOTES, notes_by

router = APIRouter()
capture = APIRouter(route_class=CaptureRoute)
"""What comes in bursts, each of it new: committed in groups."""
CHECK_IN_EVERY = timedelta(days=30)

Id = Annotated[str, Field(min_length=1, max_length=100)]
Words = Annotated[str, Field(max_length=4000)]
Tag = Annotated[str, Field(min_length=1, max_length=40)]
Reason = Annotated[str, Field(min_length=1, max_length=1000)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RemarkBody(Strict):
    goal: Id
    status: Literal["on_track", "at_risk", "off_track"]
    note: Words = ""


class SaidBody(Strict):
    """`confidence` runs from 1 (will miss the goals) to 5 (will reach them)."""

    held_on: date
    note: Words = ""
    confidence: Annotated[int, Field(ge=1, le=5)] | None = None
    goals: Annotated[tuple[RemarkBody, ...], Field(max_length=50)] = ()


class CheckInBody(SaidBody):
    person: Id


class CorrectionBody(SaidBody):
    reason: Reason


class FeedbackBody(Strict):
    person: Id
    text: Annotated[str, Field(min_length=1, max_length=4000)]
    visibility: Literal["receiver", "receiver_and_manager"] = "receiver"
    tags: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=40)], ...], Field(max_length=10)
    ] = ()
    goal: Id | None = None


class WithdrawBody(Strict):
    reason: Reason


class NoteBody(Strict):
    person: Id
    text: Annotated[str, Field(min_length=1, max_length=4000)]


@capture.post("/checkins", tags=["check-ins"])
async def log_check_in(
    body: CheckInBody, call: Annotated[Call, Depends(permits("log_check_in", in_body("person")))]
) -> dict[str, Any]:
    """Log a talk about the goals, by the person or their manager."""
    ref = new_stream(call, "checkin", body.person)
    command = LogCheckIn(
        checkin=CheckInId(str(ref.id)),
        person=PersonId(body.person),
        held_on=body.held_on,
        note=body.note,
        confidence=body.confidence,
        goals=remarks(body),
        by=call.actor,
        at=call.at,
    )
    return {"checkin": command.checkin, **await call.begin(checkin_module, ref, command)}


@router.post("/checkins/{checkin}/correct", tags=["check-ins"])
async def correct_check_in(
    checkin: str,
    body: CorrectionBody,
    call: Annotated[Call, Depends(permits("correct_check_in", owner_of("checkin")))],
) -> dict[str, Any]:
    """Say it as it should read, with a reason; the earlier wording stays."""
    command = CorrectCheckIn(
        checkin=CheckInId(checkin),
        held_on=body.held_on,
        note=body.note,
        confidence=body.confidence,
        goals=remarks(body),
        reason=body.reason,
        by=call.actor,
        at=call.at,
    )
    return await call.execute(checkin_module, await existing(call, "checkin", checkin), command)


@router.get("/checkins/{person}", tags=["check-ins"], dependencies=[Depends(fresh(CHECK_INS))])
async def list_check_ins(
    person: str,
    call: Annotated[Call, Depends(permits("read_check_ins", in_path("person")))],
    page: Annotated[Page, Depends(paging)],
) -> dict[str, Any]:
    """The person's check-ins, last logged first, each with its earlier wordings."""
    (before,) = page.start(1)
    async with call.store.pool.acquire() as connection:
        rows = await check_ins_of(connection, person, before, page.limit + 1)
    return await call.opened(page.answer(rows, "position"))


@capture.post("/feedback", tags=["feedback"])
async def give_feedback(
    body: FeedbackBody,
    call: Annotated[Call, Depends(permits("give_feedback", in_body("person")))],
) -> dict[str, Any]:
    """Give somebody feedback, for them alone or for them and their manager."""
    ref = new_stream(call, "feedback", body.person)
    command = GiveFeedback(
        feedback=FeedbackId(str(ref.id)),
        person=PersonId(body.person),
        visibility=body.visibility,
        text=body.text,
        tags=body.tags,
        goal=body.goal,
        by=PersonId(call.actor),
        at=call.at,
    )
    return {"feedback": command.feedback, **await call.begin(feedback_module, ref, command)}


@router.post("/feedback/{feedback}/withdraw", tags=["feedback"])
async def withdraw_feedback(
    feedback: str,
    body: WithdrawBody,
    call: Annotated[Call, Depends(permits("withdraw_feedback", owner_of("feedback")))],
) -> dict[str, Any]:
    """Take back feedback that one gave, with a reason."""
    giver = PersonId(call.actor)
    command = WithdrawFeedback(FeedbackId(feedback), body.reason, giver, call.at)
    return await call.execute(feedback_module, await existing(call, "feedback", feedback), command)


@router.get("/feedback/{person}", tags=["feedback"], dependencies=[Depends(fresh(GIVEN))])
async def list_feedback(
    person: str,
    call: Annotated[Call, Depends(permits("read_feedback", in_path("person")))],
    page: Annotated[Page, Depends(paging)],
) -> dict[str, Any]:
    """What the person received; others than the person see only what was not for them alone."""
    (before,) = page.start(1)
    own = "own" in call.held
    async with call.store.pool.acquire() as connection:
        rows = await received(connection, person, own, before, page.limit + 1)
    return await call.opened(page.answer(rows, "position"))


@router.get("/feedback/{person}/given", tags=["feedback"], dependencies=[Depends(fresh(GIVEN))])
async def list_given_feedback(
    person: str,
    call: Annotated[Call, Depends(permits("read_given_feedback", in_path("person")))],
    page: Annotated[Page, Depends(paging)],
) -> dict[str, Any]:
    """What the person gave to others, for the giver alone."""
    (before,) = page.start(1)
    async with call.store.pool.acquire() as connection:
        rows = await given_by(connection, person, before, page.limit + 1)
    return await call.opened(page.answer(rows, "position"))


@capture.post("/notes", tags=["notes"])
async def write_note(
    body: NoteBody, call: Annotated[Call, Depends(permits("write_note", in_body("person")))]
) -> dict[str, Any]:
    """Write a private note about a person; nobody else reads it, and it never leaves here."""
    ref = new_stream(call, "note", body.person)
    author = PersonId(call.actor)
    command = WriteNote(NoteId(str(ref.id)), PersonId(body.person), body.text, author, call.at)
    return {"note": command.note, **await call.begin(note_module, ref, command)}


@router.post("/notes/{note}/remove", tags=["notes"])
async def remove_note(
    note: str, call: Annotated[Call, Depends(permits("remove_note", owner_of("note")))]
) -> dict[str, Any]:
    """Remove one's own note."""
    command = RemoveNote(NoteId(note), PersonId(call.actor), call.at)
    return await call.execute(note_module, await existing(call, "note", note), command)


@router.get("/notes", tags=["notes"], dependencies=[Depends(fresh(NOTES))])
async def list_notes(
    call: Annotated[Call, Depends(permits("read_notes", nobody))],
    page: Annotated[Page, Depends(paging)],
) -> dict[str, Any]:
    """One's own notes, newest first."""
    (before,) = page.start(1)
    async with call.store.pool.acquire() as connection:
        rows = await notes_by(connection, call.actor, before, page.limit + 1)
    return await call.opened(page.answer(rows, "position"))


@router.get("/todo", tags=["todo"], dependencies=[Depends(fresh(CHECK_INS))])
async def todo(
    call: Annotated[Call, Depends(permits("read_todo", in_query("person")))],
    person: Annotated[str, Query(min_length=1, max_length=100)],
) -> dict[str, Any]:
    """A check-in, if the last one is too long ago."""
    async with call.store.pool.acquire() as connection:
        last = await last_check_in(connection, person)
        is_employed = await connection.fetchval(
            """SELECT EXISTS (SELECT FROM assignment_at($1, $2)) AND NOT has_left($1, $2)""",
            person,
            call.at,
        )
    due = None if last is None else last + CHECK_IN_EVERY
    if not is_employed or (due is not None and due > call.at.date()):
        return {"items": []}
    item = {
        "person": person,
        "what": "log_check_in",
        "title": "Log a check-in" if last else "Log a first check-in",
        "due": due and due.isoformat(),
        "stream": None,
        "command": "feedback.log_check_in",
        "arguments": {"person": person},
    }
    return {"items": [item]}


def new_stream(call: Call, category: str, person: str) -> Ref:
    """A stream that the same actor and idempotency key open again, never a second one."""
    return Ref(category, stream_id(category, call.actor, call.context.key), person)


async def existing(call: Call, category: str, stream: str) -> Ref:
    """The stream that the path names; another kind of stream is none here."""
    ref = Ref(category, UUID(stream), call.subject or stream)
    row = await call.fetchrow("SELECT category FROM stream WHERE id = $1", ref.id)
    if row is None or row["category"] != category:
        raise not_found(category)
    return ref


def remarks(body: SaidBody) -> tuple[GoalRemark, ...]:
    return tuple(GoalRemark(r.goal, r.status, r.note) for r in body.goals)
