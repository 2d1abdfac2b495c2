"""Many callers, one call: what is asked at the same time is asked of the database together.

Nobody waits for others to come: whatever arrived while the last call ran is the next one.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from chassis import logs
from chassis.problems import DATABASE_AWAY, unavailable
from chassis.store import Connection, Store

QUEUE, QUEUE_BYTES = 1_000, 32 << 20  # what may wait in one process
MOST = 250  # in one call
_log = logs.get("together")

Asked = TypeVar("Asked")
Answered = TypeVar("Answered")


@dataclass(frozen=True, slots=True)
class _Waiting(Generic[Asked, Answered]):
    asked: Asked
    size: int
    answer: asyncio.Future[Answered | None]


class Together(Generic[Asked, Answered]):
    """What callers of one process ask; `work` answers each, None for what is to be done alone.

    It has one connection, as long as somebody asks.
    """

    def __init__(
        self,
        work: Callable[[Store, Connection, Sequence[Asked]], Awaitable[Sequence[Answered | None]]],
    ) -> None:
        self._work = work
        self._queue: deque[_Waiting[Asked, Answered]] = deque()
        self._bytes = 0
        self._working: asyncio.Task[None] | None = None

    async def ask(self, store: Store, asked: Asked, size: int = 0) -> Answered | None:
        """The answer; None when the caller has to go alone.

        Who is cancelled takes nothing along: what is being worked on by then is done.
        """
        if len(self._queue) >= QUEUE or self._bytes + size > QUEUE_BYTES:
            raise unavailable("Too many at once", "Send the request again.")
        answer: asyncio.Future[Answered | None] = asyncio.get_running_loop().create_future()
        self._queue.append(_Waiting(asked, size, answer))
        self._bytes += size
        if self._working is None:
            self._working = asyncio.create_task(self._work_all(store), name="together")
        return await answer

    async def _work_all(self, store: Store) -> None:
        try:
            while self._queue:
                try:
                    async with store.pool.acquire() as connection:
                        while self._queue and not connection.is_closed():
                            if group := self._next():
                                await self._answer(store, connection, group)
                except Exception as error:  # there is no connection: nobody may be left waiting
                    while self._queue:
                        _refuse(self._next(), error)
        finally:
            self._working = None

    def _next(self) -> list[_Waiting[Asked, Answered]]:
        """What waits, without those whose caller is gone."""
        taken = [self._queue.popleft() for _ in range(min(MOST, len(self._queue)))]
        self._bytes -= sum(waiting.size for waiting in taken)
        return [waiting for waiting in taken if not waiting.answer.done()]

    async def _answer(
        self, store: Store, connection: Connection, group: Sequence[_Waiting[Asked, Answered]]
    ) -> None:
        answers: Sequence[Answered | None] = [None] * len(group)
        try:
            found = await self._work(store, connection, [waiting.asked for waiting in group])
            if len(found) != len(group):
                raise ValueError(f"{len(found)} answers to {len(group)} callers")
            answers = found
        except DATABASE_AWAY as error:
            _refuse(group, error)
        except Exception as error:
            # It is the fault of one of them: each goes alone.
            _log.warning("group refused", error=type(error).__name__, count=len(group))
        for waiting, answer in zip(group, answers, strict=True):
            if not waiting.answer.done():
                waiting.answer.set_result(answer)


def _refuse(group: Sequence[_Waiting[Any, Any]], error: Exception) -> None:
    """Away is away for all."""
    for waiting in group:
        if not waiting.answer.done():
            waiting.answer.set_exception(error)
