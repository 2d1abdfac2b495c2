"""Group commit: commands that each begin a stream are appended together, with an answer each.

Nobody waits for a group to fill: whatever arrived while the last one was committed is the next one.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis import logs, metrics
from chassis.codec import GENESIS
from chassis.decider import Decider
from chassis.execute import execute
from chassis.problems import DATABASE_AWAY, unavailable
from chassis.store import Answer, Context, Loaded, Ref, Store, Write, event_rows, parse_answer

QUEUE, QUEUE_BYTES = 1_000, 32 << 20  # what may wait in one process
MOST = 250  # commands in one commit
_DATA = 5  # of an event's row
_NOTHING = Loaded((), 0, GENESIS)
_APPEND = f"SELECT * FROM append_new_streams({', '.join(f'${n}' for n in range(1, 21))})"
_log = logs.get("group")


async def begin(
    store: Store,
    group: "Group",
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
    if events and (answer := await group.append(store, Write(ref, _NOTHING, events), context)):
        return answer
    return await execute(store, decider, ref, command, context)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A command in the queue, its events made ready; `answer` None: not by this group."""

    write: Write
    rows: Sequence[tuple[Any, ...]]
    context: Context
    size: int
    answer: asyncio.Future[Answer | None]


class Group:
    """The commands of one process that wait for the next commit."""

    def __init__(self) -> None:
        self._queue: deque[_Waiting] = deque()
        self._bytes = 0
        self._committing: asyncio.Task[None] | None = None

    async def append(self, store: Store, write: Write, context: Context) -> Answer | None:
        """The answer once it is durable; None when somebody has the stream or the key already.

        Who is cancelled while waiting takes nothing along: what was sent by then is committed.
        """
        rows = await event_rows(store, [write], context)
        size = sum(len(row[_DATA]) for row in rows)
        if len(self._queue) >= QUEUE or self._bytes + size > QUEUE_BYTES:
            raise unavailable("Too many at once", "Send the request again.")
        waiting = _Waiting(write, rows, context, size, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        self._bytes += size
        if self._committing is None:
            self._committing = asyncio.create_task(self._commit_all(store), name="group commit")
        return await waiting.answer

    async def _commit_all(self, store: Store) -> None:
        try:
            while group := self._next():
                await _commit(store, group)
        finally:
            self._committing = None

    def _next(self) -> list[_Waiting]:
        """What waits, without those whose caller is gone."""
        taken = [self._queue.popleft() for _ in range(min(MOST, len(self._queue)))]
        self._bytes -= sum(waiting.size for waiting in taken)
        if left := [waiting for waiting in taken if not waiting.answer.done()]:
            return left
        return self._next() if self._queue else []


async def _commit(store: Store, group: Sequence[_Waiting]) -> None:
    """One transaction for all of them; each learns what became of its own."""
    answers: dict[UUID, Answer] = {}
    failure: Exception | None = None
    firsts = _firsts(group)
    try:
        answers = await _append(store, firsts)
    except Exception as error:
        # Away is away for all.  Anything else is one command's fault: each goes on alone.
        if isinstance(error, DATABASE_AWAY):
            failure = error
        else:
            _log.warning("group refused", error=type(error).__name__, commands=len(firsts))
    metrics.group(store.service, len(answers))
    for waiting in group:
        if waiting.answer.done():
            continue
        if failure:
            waiting.answer.set_exception(failure)
        else:
            mine = firsts.get(waiting.write.ref.id) is waiting
            waiting.answer.set_result(answers.get(waiting.write.ref.id) if mine else None)
    if answers:
        store.appended()


def _firsts(group: Sequence[_Waiting]) -> dict[UUID, _Waiting]:
    """By stream, each stream and each key once: a second one is told after the first."""
    firsts: dict[UUID, _Waiting] = {}
    keys: set[tuple[str, str]] = set()
    for waiting in group:
        stream, key = waiting.write.ref.id, (waiting.context.actor, waiting.context.key)
        if stream not in firsts and key not in keys:
            firsts[stream] = waiting
            keys.add(key)
    return firsts


async def _append(store: Store, firsts: dict[UUID, _Waiting]) -> dict[UUID, Answer]:
    group = firsts.values()
    commands = [
        (
            waiting.write.ref.id,
            waiting.write.ref.category,
            waiting.write.ref.key,
            len(waiting.rows),
            waiting.rows[-1][-1],
            waiting.context.actor,
            waiting.context.key,
            waiting.context.fingerprint,
        )
        for waiting in group
    ]
    events = [row for waiting in group for row in waiting.rows]
    columns = [*zip(*commands, strict=True), *zip(*events, strict=True)]
    async with store.pool.acquire() as connection:
        rows = await connection.fetch(_APPEND, *columns)
    return {row["begun"]: parse_answer(row["reply"]) for row in rows}
