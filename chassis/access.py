"""What an actor is to a person at an instant, as it was known then; and the trace of looking."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis.auth import SYSTEM
from chassis.policy import Rule
from chassis.store import Connection, Context, Store
from chassis.together import Together

_STANDINGS = """
SELECT s.* FROM unnest($1::text[], $2::text[], $3::timestamptz[]) WITH ORDINALITY
    AS q (actor, subject, at, number), LATERAL standing(q.actor, q.subject, q.at) AS s
ORDER BY q.number
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """Relations and roles that count towards the subject, and who of the two has been heard of."""

    actor_known: bool
    subject_known: bool
    held: frozenset[str]


async def standing(
    connection: Connection, actor: str, subject: str | None, at: datetime
) -> Standing:
    """One round trip.  `subject` None: on nobody in particular, any grant of a role counts."""
    if actor.startswith(SYSTEM):
        return Standing(True, True, frozenset({"system", "anyone"}))
    row = await connection.fetchrow("SELECT * FROM standing($1, $2, $3)", actor, subject, at)
    assert row is not None, "a function without a set answers one row"
    return Standing(row["actor_known"], row["subject_known"], frozenset(row["held"]))


@dataclass(frozen=True, slots=True)
class Question:
    """Who does something to whom, when; `subject` None: to nobody in particular."""

    actor: str
    subject: str | None
    at: datetime


Standings = Together[Question, Standing]


def make_standings() -> Standings:
    """What the callers of one process are to others, asked together."""
    return Together(_standings)


async def standing_beside(
    standings: Standings, store: Store, actor: str, subject: str | None, at: datetime
) -> Standing:
    """As `standing`, in one round trip with what others ask at the same time."""
    if found := await standings.ask(store, Question(actor, subject, at)):
        return found
    async with store.pool.acquire() as connection:
        return await standing(connection, actor, subject, at)


async def _standings(
    store: Store, connection: Connection, asked: Sequence[Question]
) -> list[Standing | None]:
    columns = [[q.actor for q in asked], [q.subject for q in asked], [q.at for q in asked]]
    rows = await connection.fetch(_STANDINGS, *columns)
    return [Standing(r["actor_known"], r["subject_known"], frozenset(r["held"])) for r in rows]


async def held(
    connection: Connection, actor: str, subject: str | None, at: datetime
) -> frozenset[str]:
    """The relations and roles that the actor holds towards the subject at that instant."""
    return (await standing(connection, actor, subject, at)).held


async def visible(connection: Connection, actor: str, rule: Rule, at: datetime) -> list[str]:
    """Everybody to whom the actor meets the rule at that instant, by one query for a list page."""
    rows = await connection.fetch(
        "SELECT person FROM visible_to($1, $2, $3) ORDER BY person", actor, sorted(rule.allowed), at
    )
    return [row["person"] for row in rows]


async def log_access(connection: Connection, context: Context, person: str, action: str) -> None:
    """Keep that the actor was let through to the person's data, before the answer is made."""
    await connection.execute(
        """INSERT INTO access_log (person, actor, action, at, correlation)
           VALUES ($1, $2, $3, $4, $5)""",
        person,
        context.actor,
        action,
        context.at,
        context.correlation,
    )


async def looks_at(
    connection: Connection, person: str, before: int | None, limit: int
) -> list[dict[str, Any]]:
    """Who looked at the person's data, newest first; `before` is the id that a page ended with."""
    rows = await connection.fetch(
        """SELECT id, person, actor, action, at FROM access_log
           WHERE person = $1 AND ($2::bigint IS NULL OR id < $2) ORDER BY id DESC LIMIT $3""",
        person,
        before,
        limit,
    )
    return [dict(row) for row in rows]
