"""Opaque texts of the HTTP edge: `after`, so that one sees what one just did, and cursors."""

import asyncio
import hashlib
import hmac
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import Query, Request

from chassis.problems import Problem, unavailable
from chassis.record import Consumer
from chassis.store import Answer, Store

WAIT_S = 2.0
_POLL_S = 0.02


@dataclass(frozen=True, slots=True)
class After:
    """The end of one command: a reader that has applied this much has seen it."""

    service: str
    stream: UUID
    version: int
    position: int


def pack(value: object) -> str:
    """A JSON value as text for a URL."""
    return urlsafe_b64encode(orjson.dumps(value)).decode().rstrip("=")


def unpack(text: str) -> Any:
    """The JSON value; ValueError if the text was not made by `pack`."""
    return orjson.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def after_token(service: str, answer: Answer) -> str:
    """The token of a command's answer; its last stream stands for all, they commit together."""
    end = answer.streams[-1]
    return pack([service, str(end.stream), end.version, answer.position])


def parse_after(token: str) -> After:
    """Raises a 400 Problem when the token is not one of ours."""
    try:
        service, stream, version, position = unpack(token)
        return After(str(service), UUID(stream), int(version), int(position))
    except (ValueError, TypeError, AttributeError) as error:
        raise Problem(400, "urn:merit:bad-after-token", "The after token is not valid") from error


async def applied(store: Store, consumer: Consumer, after: After) -> bool:
    """Whether the consumer's tables hold what the token stands for.

    A consumer that does not hear the token's service has nothing to wait for.
    """
    if after.version == 0:
        return True
    if consumer.source == "own" and after.service == store.service:
        reached = await store.pool.fetchval(
            "SELECT position >= $2 FROM checkpoint WHERE consumer = $1 AND shard = 0",
            consumer.id,
            after.position,
        )
    elif consumer.source == after.service:
        reached = await store.pool.fetchval(
            """SELECT version >= $4 FROM stream_version
               WHERE consumer = $1 AND source = $2 AND stream = $3""",
            consumer.id,
            after.service,
            after.stream,
            after.version,
        )
    else:
        return True
    return bool(reached)


@dataclass(frozen=True, slots=True)
class Page:
    """Keyset paging: a query orders by `keys`, starts after `start`, and asks for `limit` + 1."""

    limit: int
    cursor: tuple[Any, ...]
    _secret: bytes = field(repr=False)

    def start(self, count: int) -> tuple[Any, ...]:
        """Where the page begins, a value per key of the order; all None on the first page."""
        if self.cursor and len(self.cursor) != count:
            raise Problem(400, "urn:merit:bad-cursor", "The cursor is not valid")
        return self.cursor or (None,) * count

    def answer(self, rows: Sequence[Mapping[str, Any]], *keys: str) -> dict[str, Any]:
        """`items`, and as `next` the cursor of the page that follows, None on the last."""
        items = list(rows[: self.limit])
        more = len(rows) > self.limit
        cursor = self._signed([items[-1][key] for key in keys]) if more else None
        return {"items": items, "next": cursor}

    def _signed(self, values: Sequence[object]) -> str:
        text = pack(values)
        return f"{text}.{_mac(self._secret, text)}"


def read_cursor(secret: bytes, cursor: str) -> tuple[Any, ...]:
    """The values of a cursor that we made; any other is a 400 Problem."""
    text, _, mac = cursor.partition(".")
    if not hmac.compare_digest(mac.encode(), _mac(secret, text).encode()):
        raise Problem(400, "urn:merit:bad-cursor", "The cursor is not valid")
    return tuple(unpack(text))


def _mac(secret: bytes, text: str) -> str:
    return hmac.new(secret, b"cursor\0" + text.encode(), hashlib.sha256).hexdigest()[:32]


def paging(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=1000)] = None,
) -> Page:
    """A dependency for lists: `?limit=` and the `?cursor=` that the page before gave as `next`."""
    secret: bytes = request.app.state.secret
    return Page(limit, read_cursor(secret, cursor) if cursor else (), secret)


Fresh = Callable[[Request, str | None], Awaitable[None]]


def fresh(*consumers: Consumer) -> Fresh:
    """A dependency for reads: `?after=<token>` waits up to 2 s until the read model has that."""

    async def wait(
        request: Request, after: Annotated[str | None, Query(max_length=400)] = None
    ) -> None:
        if after is None:
            return
        target, store = parse_after(after), request.app.state.store
        deadline = time.monotonic() + WAIT_S
        for consumer in consumers:
            while not await applied(store, consumer, target):
                if time.monotonic() >= deadline:
                    raise unavailable("Not there yet", "This view has not caught up with it.")
                await asyncio.sleep(_POLL_S)

    return wait
