"""Execute a command: key first, load, fold, decide, append, again on a conflict."""

import hmac
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import asyncpg

from chassis.decider import Decider
from chassis.store import (
    Answer,
    Conflict,
    Connection,
    Context,
    Loaded,
    Ref,
    Store,
    StreamVersion,
    Write,
    answer_text,
    append,
    load,
    parse_answer,
)

_ATTEMPTS = 8
Target = tuple[Decider[Any, Any, Any], Ref]
DecideTogether = Callable[[Sequence[Any]], Sequence[Sequence[object]]]


class KeyUsedForAnotherRequest(Exception):
    """The idempotency key was used before, with a different request."""


class TooManyConflicts(Exception):
    """Others kept writing to the stream first; the command may be sent again."""


class StaleVersion(Exception):
    """The stream has gone on since the caller looked at it."""


async def execute(
    store: Store,
    decider: Decider[Any, Any, Any],
    ref: Ref,
    command: object,
    context: Context,
    expected: int | None = None,
) -> Answer:
    """One command on one stream; a repeat under the same key gets the first answer."""

    def decide(states: Sequence[Any]) -> Sequence[Sequence[object]]:
        return [decider.decide(states[0], command)]

    return await execute_together(store, [(decider, ref)], decide, context, expected)


async def execute_together(
    store: Store,
    targets: Sequence[Target],
    decide: DecideTogether,
    context: Context,
    expected: int | None = None,
) -> Answer:
    """One decision over several streams: all its events are appended, or none.

    `decide` gets the states in the order of `targets` and answers a list of events for each.
    expected: the version of the first stream that the decision is for, and no other.
    Raises KeyUsedForAnotherRequest, TooManyConflicts, StaleVersion, and whatever rule `decide`
    finds broken.
    """
    async with store.pool.acquire() as connection:
        for _ in range(_ATTEMPTS):
            if repeated := await _answered(connection, context):
                return repeated
            loaded = [await load(store, connection, ref.id) for _, ref in targets]
            try:
                if expected is not None and loaded[0].version != expected:
                    raise StaleVersion(f"it is at version {loaded[0].version}, not {expected}")
                pairs = list(zip(targets, loaded, strict=True))
                decided = decide([_fold(decider, h) for (decider, _), h in pairs])
            except Exception:
                # The original may have committed since: then its answer stands, not the refusal.
                if repeated := await _answered(connection, context):
                    return repeated
                raise
            each = zip(pairs, decided, strict=True)
            writes = [Write(ref, h, events) for ((_, ref), h), events in each if events]
            try:
                answer = await _write(store, connection, writes, targets, loaded, context)
            except asyncpg.UniqueViolationError as error:
                if error.constraint_name != "command_pkey":
                    raise
                continue
            if not isinstance(answer, Conflict):
                store.appended()
                return answer
    raise TooManyConflicts(f"{_ATTEMPTS} attempts met a newer version")


async def load_state(store: Store, decider: Decider[Any, Any, Any], ref: Ref) -> Any:
    """The stream's state now, for an answer that only looks."""
    async with store.pool.acquire() as connection:
        return _fold(decider, await load(store, connection, ref.id))


def _fold(decider: Decider[Any, Any, Any], loaded: Loaded) -> Any:
    return reduce(decider.evolve, loaded.events, decider.INITIAL)


async def _answered(connection: Connection, context: Context) -> Answer | None:
    row = await connection.fetchrow(
        "SELECT fingerprint, answer FROM command WHERE actor = $1 AND key = $2",
        context.actor,
        context.key,
    )
    if row is None:
        return None
    if not hmac.compare_digest(row["fingerprint"], context.fingerprint):
        raise KeyUsedForAnotherRequest(context.key)
    return parse_answer(row["answer"])


async def _write(
    store: Store,
    connection: Connection,
    writes: Sequence[Write],
    targets: Sequence[Target],
    loaded: Sequence[Loaded],
    context: Context,
) -> Answer | Conflict:
    if writes:
        return await append(store, connection, writes, context)
    versions = [StreamVersion(t[1].id, h.version) for t, h in zip(targets, loaded, strict=True)]
    already = Answer(0, 0, tuple(versions))
    done = await connection.execute(
        "INSERT INTO command VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        context.actor,
        context.key,
        context.fingerprint,
        answer_text(already),
    )
    # Otherwise the original has just committed, and it is why this repeat finds nothing to do.
    return already if done == "INSERT 0 1" else Conflict(None, 0)
