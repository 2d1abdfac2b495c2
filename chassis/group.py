"""Group commit: commands that each begin a stream are appended together, with an answer each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis import metrics
from chassis.codec import GENESIS
from chassis.decider import Decider
from chassis.execute import execute
from chassis.store import (
    Answer,
    Connection,
    Context,
    Loaded,
    Ref,
    Store,
    Write,
    event_rows,
    parse_answer,
)
from chassis.together import Together

_DATA = 5  # of an event's row
_NOTHING = Loaded((), 0, GENESIS)
_APPEND = f"SELECT * FROM append_new_streams({', '.join(f'${n}' for n in range(1, 21))})"


@dataclass(frozen=True, slots=True)
class Beginning:
    """A command's new stream, its events made ready."""

    write: Write
    rows: Sequence[tuple[Any, ...]]
    context: Context


Group = Together[Beginning, Answer]


def make_group() -> Group:
    """The commands of one process that wait for the next commit."""
    return Together(commit)


async def begin(
    store: Store,
    group: Group,
    decider: Decider[Any, Any, Any],
    ref: Ref,
    command: object,
    context: Context,
) -> Answer:
    """One command that begins a stream, as `execute` does it, committed with its neighbours.

    What is not plainly new (a repeat, a stream that exists, a refusal) is left to `execute`.
    """
    try:
        events = decider.decide(decider.INITIAL, command)
    except Exception:
        events = []  # it may have been accepted before: `execute` looks first, and refuses then
    if events:
        write = Write(ref, _NOTHING, events)
        rows = await event_rows(store, [write], context)
        size = sum(len(row[_DATA]) for row in rows)
        if answer := await group.ask(store, Beginning(write, rows, context), size):
            return answer
    return await execute(store, decider, ref, command, context)


async def commit(
    store: Store, connection: Connection, group: Sequence[Beginning]
) -> list[Answer | None]:
    """One transaction for all of them; None for what somebody has the stream or the key of."""
    firsts = _firsts(group)
    answers = await _append(connection, list(firsts.values()))
    metrics.group(store.service, len(answers))
    if answers:
        store.appended()
    return [
        answers.get(one.write.ref.id) if firsts.get(one.write.ref.id) is one else None
        for one in group
    ]


def _firsts(group: Sequence[Beginning]) -> dict[UUID, Beginning]:
    """By stream, each stream and each key once: a second one is told after the first."""
    firsts: dict[UUID, Beginning] = {}
    keys: set[tuple[str, str]] = set()
    for one in group:
        stream, key = one.write.ref.id, (one.context.actor, one.context.key)
        if stream not in firsts and key not in keys:
            firsts[stream] = one
            keys.add(key)
    return firsts


async def _append(connection: Connection, group: Sequence[Beginning]) -> dict[UUID, Answer]:
    commands = [
        (
            one.write.ref.id,
            one.write.ref.category,
            one.write.ref.key,
            len(one.rows),
            one.rows[-1][-1],
            one.context.actor,
            one.context.key,
            one.context.fingerprint,
        )
        for one in group
    ]
    events = [row for one in group for row in one.rows]
    columns = [*zip(*commands, strict=True), *zip(*events, strict=True)]
    rows = await connection.fetch(_APPEND, *columns)
    return {row["begun"]: parse_answer(row["reply"]) for row in rows}
