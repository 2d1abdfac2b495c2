"""The read model of feedback: given, and perhaps withdrawn."""

from collections.abc import Sequence
from typing import Any

from chassis.codec import instant_text
from chassis.record import Consumer, Record
from chassis.store import Connection
from feedback.domain.events import FeedbackGiven, FeedbackWithdrawn


async def apply(connection: Connection, records: Sequence[Record]) -> None:
    given: list[tuple[Any, ...]] = []
    withdrawn: list[tuple[Any, ...]] = []
    for record in records:
        match record.event:
            case FeedbackGiven() as e:
                row = (e.feedback, e.person, e.giver, e.visibility, e.text, _tags(e.tags), e.goal)
                given.append((*row, record.recorded_at, record.position))
            case FeedbackWithdrawn() as e:
                withdrawn.append((e.feedback, record.recorded_at, e.reason))
            case _:
                pass
    if given:
        # unnest would flatten arrays, so tags travel as the text of an array each.
        await connection.execute(
            """INSERT INTO feedback
               SELECT f, p, g, v, t, k::text[], o, a, n FROM unnest($1::text[], $2::text[],
                   $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[],
                   $9::bigint[]) AS given (f, p, g, v, t, k, o, a, n)""",
            *zip(*given, strict=True),
        )
    if withdrawn:
        await connection.execute(
            """UPDATE feedback SET withdrawn_at = w.at, reason = w.reason
               FROM unnest($1::text[], $2::timestamptz[], $3::text[]) AS w (feedback, at, reason)
               WHERE feedback.feedback = w.feedback""",
            *zip(*withdrawn, strict=True),
        )


GIVEN = Consumer(name="given", version=1, source="own", apply=apply, tables=("feedback",))

_COLUMNS = "feedback, person, giver, visibility, text, tags, goal, given_at, position"


async def received(
    connection: Connection, person: str, own: bool, before: int | None, limit: int
) -> list[dict[str, Any]]:
    """Feedback to the person that was not withdrawn; for others what is not for them alone."""
    rows = await connection.fetch(
        f"""SELECT {_COLUMNS} FROM feedback
            WHERE person = $1 AND withdrawn_at IS NULL
              AND ($2 OR visibility = 'receiver_and_manager')
              AND ($3::bigint IS NULL OR position < $3)
            ORDER BY position DESC LIMIT $4""",
        person,
        own,
        before,
        limit,
    )
    return [_plain(dict(row)) for row in rows]


async def given_by(
    connection: Connection, giver: str, before: int | None, limit: int
) -> list[dict[str, Any]]:
    """What the person gave to others, withdrawn or not."""
    rows = await connection.fetch(
        f"""SELECT {_COLUMNS}, withdrawn_at FROM feedback
            WHERE giver = $1 AND ($2::bigint IS NULL OR position < $2)
            ORDER BY position DESC LIMIT $3""",
        giver,
        before,
        limit,
    )
    return [_plain(dict(row)) for row in rows]


def _tags(tags: tuple[str, ...]) -> str:
    quoted = (tag.replace("\\", "\\\\").replace('"', '\\"') for tag in tags)
    return "{" + ",".join(f'"{tag}"' for tag in quoted) + "}"


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    for name in ("given_at", "withdrawn_at"):
        if row.get(name):
            row[name] = instant_text(row[name])
    return row
