"""The read model of private notes: read by their author alone."""

from collections.abc import Sequence
from typing import Any

from chassis.codec import instant_text
from chassis.record import Consumer, Record
from chassis.store import Connection
from feedback.domain.events import NoteRemoved, NoteWritten


async def apply(connection: Connection, records: Sequence[Record]) -> None:
    written = [
        (e.note, e.person, e.author, e.text, record.recorded_at, record.position)
        for record in records
        if isinstance(e := record.event, NoteWritten)
    ]
    removed = [r.event.note for r in records if isinstance(r.event, NoteRemoved)]
    if written:
        await connection.execute(
            """INSERT INTO note SELECT * FROM unnest($1::text[], $2::text[], $3::text[],
                   $4::text[], $5::timestamptz[], $6::bigint[])""",
            *zip(*written, strict=True),
        )
    if removed:
        await connection.execute("DELETE FROM note WHERE note = ANY ($1)", removed)


NOTES = Consumer(name="notes", version=1, source="own", apply=apply, tables=("note",))


async def notes_by(
    connection: Connection, author: str, before: int | None, limit: int
) -> list[dict[str, Any]]:
    """The author's notes, newest first; texts are sealed."""
    rows = await connection.fetch(
        """SELECT note, person, text, written_at, position FROM note
           WHERE author = $1 AND ($2::bigint IS NULL OR position < $2)
           ORDER BY position DESC LIMIT $3""",
        author,
        before,
        limit,
    )
    return [{**dict(row), "written_at": instant_text(row["written_at"])} for row in rows]
