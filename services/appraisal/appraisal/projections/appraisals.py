"""The read model of appraisals: where each one is, its ratings, sheet and answer."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import orjson

from appraisal.domain.events import (
    Acknowledged,
    AcknowledgementTimedOut,
    AppraisalFinalised,
    AppraisalOpened,
    AppraisalReassigned,
    AppraisalReopened,
    InterviewHeld,
    ManagerRated,
    ResultShared,
    ScoreComputed,
    SelfRated,
    SelfSkipped,
    StepAdvanced,
)
from appraisal.projections.setup import as_text
from chassis.ids import derived_id, stream_id
from chassis.record import Consumer, Record
from chassis.store import Connection, Ref
from chassis.timers import Timer, set_timer

ACKNOWLEDGEMENT = "acknowledgement"

_OPENED = """INSERT INTO appraisal (appraisal, cycle, person, manager, period_start, period_end,
        self_due, manager_due, interview_due, status)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'open')"""
_REOPENED = """UPDATE appraisal SET status = 'rating', revision = $2, shared = false, sheet = NULL,
        score = NULL, rating = NULL, manager_ratings = NULL, manager_comment = NULL,
        agreed_points = NULL, acknowledge_by = NULL, answer = NULL, answer_comment = NULL
    WHERE appraisal = $1"""


async def apply(connection: Connection, records: Sequence[Record]) -> None:
    """An appraisal's events depend on each other: statement by statement, in order."""
    for record in records:
        statement = _statement(record)
        if statement:
            await connection.execute(statement[0], UUID(record.event.appraisal), *statement[1:])
        if isinstance(record.event, StepAdvanced):
            await _keep_step(connection, record, record.event)
        if isinstance(record.event, InterviewHeld | StepAdvanced):
            await _set_deadline(connection, record, record.event)
        if isinstance(record.event, AppraisalFinalised):
            await _keep_result(connection, record, record.event)


APPRAISALS = Consumer(
    name="appraisals",
    version=1,
    source="own",
    apply=apply,
    tables=("appraisal", "result", "advanced"),
)


def appraisal_ref(cycle: str, person: str) -> Ref:
    """One appraisal a cycle and person: its id follows from the two."""
    return Ref("appraisal", stream_id("appraisal", cycle, person), person)


def _statement(record: Record) -> tuple[Any, ...] | None:  # one line an event
    match record.event:
        case AppraisalOpened() as e:
            days = (e.period_start, e.period_end, e.self_due, e.manager_due, e.interview_due)
            return (_OPENED, e.cycle, e.person, e.manager, *days)
        case AppraisalReassigned() as e:
            return (_set("manager = $2"), e.manager)
        case SelfRated() as e:
            fields = "status = 'rating', self_ratings = $2, self_comment = $3"
            return (_set(fields), as_text(e.ratings), e.comment)
        case SelfSkipped():
            return (_set("status = 'rating'"),)
        case ManagerRated() as e:
            fields = "manager_ratings = $2, manager_comment = $3"
            return (_set(fields), as_text(e.ratings), e.comment)
        case ScoreComputed() as e:
            fields = """status = 'rated', sheet = $2, score = $3, rating = $4, computed_event = $5,
                computed_position = $6, computed_at = $7"""
            found = (as_text(e.sheet), e.sheet.score, e.sheet.rating)
            return (_set(fields), *found, record.id, record.position, record.recorded_at)
        case ResultShared():
            return (_set("status = 'shared', shared = true"),)
        case InterviewHeld() as e:
            fields = "status = 'interviewed', agreed_points = $2, acknowledge_by = $3"
            return (_set(fields), e.agreed_points, e.acknowledge_by)
        case Acknowledged() as e:
            return (_set("answer = $2, answer_comment = $3"), e.kind, e.comment)
        case AcknowledgementTimedOut():
            return (_set("answer = 'timed_out'"),)
        case AppraisalFinalised():
            return (_set("status = 'finalised'"),)
        case AppraisalReopened() as e:
            return (_REOPENED, e.revision)
        case StepAdvanced(acknowledge_by=deadline) if deadline is not None:
            return (_set("status = 'interviewed', acknowledge_by = $2"), deadline)
        case _:
            return None


def _set(fields: str) -> str:
    return f"UPDATE appraisal SET {fields} WHERE appraisal = $1"


async def _set_deadline(
    connection: Connection, record: Record, e: InterviewHeld | StepAdvanced
) -> None:
    """Rings when the employee has not answered; the command finds out whether they have."""
    if e.acknowledge_by is not None:
        timer = derived_id(record.id, ACKNOWLEDGEMENT)
        subject = f"{e.cycle}\n{e.person}\n{e.revision}"
        await set_timer(connection, Timer(timer, ACKNOWLEDGEMENT, subject, e.acknowledge_by))


async def _keep_step(connection: Connection, record: Record, e: StepAdvanced) -> None:
    await connection.execute(
        "INSERT INTO advanced VALUES ($1, $2, $3, $4, $5)",
        UUID(e.appraisal),
        e.step,
        e.by,
        e.reason,
        record.recorded_at,
    )


async def _keep_result(connection: Connection, record: Record, e: AppraisalFinalised) -> None:
    await connection.execute(
        """INSERT INTO result SELECT appraisal, $2, person, cycle, $3, $4, answer, $5
           FROM appraisal WHERE appraisal = $1 ON CONFLICT DO NOTHING""",
        UUID(e.appraisal),
        e.revision,
        e.score,
        e.rating,
        record.recorded_at,
    )


_SHOWN = """SELECT appraisal::text, cycle, person, manager, period_start::text, period_end::text,
    self_due::text, manager_due::text, interview_due::text, status, revision, shared, self_ratings,
    self_comment, manager_ratings, manager_comment, sheet, score::text, rating, agreed_points,
    acknowledge_by, answer, answer_comment, computed_event::text, computed_position, computed_at
    FROM appraisal"""
# What the employee sees only once the result is shared.
UNSHARED = ("manager_ratings", "manager_comment", "sheet", "score", "rating", "agreed_points")


async def appraisals_of(connection: Connection, person: str) -> list[dict[str, Any]]:
    rows = await connection.fetch(f"{_SHOWN} WHERE person = $1 ORDER BY period_start DESC", person)
    return [_decoded(row) for row in rows]


async def appraisal_called(connection: Connection, appraisal: UUID) -> dict[str, Any] | None:
    row = await connection.fetchrow(f"{_SHOWN} WHERE appraisal = $1", appraisal)
    return None if row is None else _decoded(row)


async def appraisal_in(connection: Connection, person: str, cycle: str | None) -> Any:
    """The person's appraisal of the cycle, else their latest; None without."""
    rows = await appraisals_of(connection, person)
    return next((row for row in rows if cycle in (None, row["cycle"])), None)


async def computed_in(
    connection: Connection, row: dict[str, Any], newest: int | None, revision: int | None
) -> dict[str, Any] | None:
    """The score that was computed for a revision, else for the newest: its sheet as recorded, and
    where.  newest: no later revision than this."""
    found = await connection.fetchrow(
        """SELECT id::text AS event, stream::text, version, position, recorded_at, data
           FROM event WHERE stream = $1::uuid AND type = 'appraisal.ScoreComputed'
             AND ($2::integer IS NULL OR (data::json ->> 'revision')::integer <= $2)
             AND ($3::integer IS NULL OR (data::json ->> 'revision')::integer = $3)
           ORDER BY version DESC LIMIT 1""",
        row["appraisal"],
        newest,
        revision,
    )
    if found is None:
        return None
    data = orjson.loads(found["data"])
    return {
        **found,
        "service": "appraisal",
        "recorded_at": found["recorded_at"].isoformat(),
        "revision": data["revision"],
        "sheet": data["sheet"],
    }


def _decoded(row: Any) -> dict[str, Any]:
    plain = dict(row)
    for name in ("self_ratings", "manager_ratings", "sheet"):
        plain[name] = orjson.loads(plain[name]) if plain[name] else None
    return plain


async def open_for(connection: Connection, persons: Sequence[str]) -> list[dict[str, Any]]:
    """Appraisals of these persons that are not final."""
    rows = await connection.fetch(
        """SELECT appraisal::text, cycle, person, manager FROM appraisal
           WHERE person = ANY ($1) AND status <> 'finalised'""",
        list(persons),
    )
    return [dict(row) for row in rows]


async def due_from(connection: Connection, person: str) -> list[dict[str, Any]]:
    """What waits for this person, as employee and as manager."""
    rows = await connection.fetch(
        """SELECT appraisal::text, cycle, person, status, self_due::text, manager_due::text,
                  interview_due::text, (acknowledge_by AT TIME ZONE 'UTC')::date::text AS answer_due
           FROM appraisal
           WHERE (person = $1 AND status IN ('open', 'interviewed'))
              OR (manager = $1 AND status IN ('rating', 'rated', 'shared'))
           ORDER BY cycle, person""",
        person,
    )
    return [dict(row) for row in rows]


async def status_of(connection: Connection, cycle: str, today: date) -> list[dict[str, Any]]:
    """Each appraisal of the cycle with its step, whom it waits for, and whether it is late."""
    rows = await connection.fetch(
        """SELECT appraisal::text, person, manager, status, answer, revision,
                  CASE status WHEN 'open' THEN 'self' WHEN 'rating' THEN 'manager'
                      WHEN 'rated' THEN 'share' WHEN 'shared' THEN 'interview'
                      WHEN 'interviewed' THEN 'acknowledge' ELSE 'done' END AS step,
                  CASE WHEN status IN ('open', 'interviewed') THEN person
                      WHEN status = 'finalised' THEN NULL ELSE manager END AS waits_for,
                  (CASE status WHEN 'open' THEN self_due
                      WHEN 'rating' THEN manager_due WHEN 'rated' THEN manager_due
                      WHEN 'shared' THEN interview_due
                      WHEN 'interviewed' THEN (acknowledge_by AT TIME ZONE 'UTC')::date
                      END)::text AS due
           FROM appraisal WHERE cycle = $1 ORDER BY person""",
        cycle,
    )
    text = today.isoformat()
    return [{**row, "late": row["due"] is not None and row["due"] < text} for row in rows]
