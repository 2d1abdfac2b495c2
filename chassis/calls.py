"""One request: who asks, about whom, whether the policy lets them, and what it then works with."""

import hashlib
import hmac
import json
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from fastapi import Request, Response

from chassis import access, keys, metrics
from chassis.auth import TokenRefused
from chassis.decider import Decider
from chassis.execute import (
    DecideTogether,
    StaleVersion,
    Target,
    TooManyConflicts,
    execute_together,
)
from chassis.group import begin
from chassis.ids import new_id
from chassis.policy import Rule, decide
from chassis.problems import Problem, denied, invalid, not_found, unavailable
from chassis.store import Answer, Context, Ref, Store
from chassis.tokens import after_token

T = TypeVar("T")
Subject = Callable[[Request, Store], Awaitable[str | None]]

_CHANGES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_KEY = re.compile(r"[\x21-\x7e]{1,200}")
# U+0001 marks sealed text, PostgreSQL stores no U+0000, and a lone surrogate is no text at all.
_FORBIDDEN = re.compile("[\x00\x01\ud800-\udfff]")


@dataclass(frozen=True)
class Call:
    """What a route's handler works with; it exists only where the policy let the actor through."""

    store: Store
    request: Request
    response: Response
    action: str
    actor: str
    at: datetime
    subject: str | None
    held: frozenset[str]
    context: Context

    async def execute(
        self,
        decider: Decider[Any, Any, Any],
        ref: Ref,
        command: object,
        expected: int | None = None,
    ) -> dict[str, Any]:
        """One command on one stream; answers `after`, `streams` and `events`, and sets the ETag.

        expected: `self.expected_version()` where the caller must say which version they looked at.
        """
        return await self.execute_together(
            [(decider, ref)], lambda states: [decider.decide(states[0], command)], expected
        )

    async def execute_together(
        self, targets: Sequence[Target], decide_all: DecideTogether, expected: int | None = None
    ) -> dict[str, Any]:
        """One decision over several streams; the ETag is the version of the first."""
        return await self._counted(
            execute_together(self.store, targets, decide_all, self.context, expected)
        )

    async def begin(
        self, decider: Decider[Any, Any, Any], ref: Ref, command: object
    ) -> dict[str, Any]:
        """One command that begins a stream, committed with others that come at the same time."""
        group = self.request.app.state.group
        return await self._counted(begin(self.store, group, decider, ref, command, self.context))

    async def _counted(self, execution: Awaitable[Answer]) -> dict[str, Any]:
        outcome = "failed"
        try:
            answer = await execution
            outcome = "accepted" if answer.events else "unchanged"
        except (TooManyConflicts, StaleVersion):
            outcome = "conflict"
            raise
        except self.request.app.state.rule_broken:
            outcome = "refused"
            raise
        finally:
            metrics.command(self.store.service, self.action, outcome)
        return self.answered(answer)

    def answered(self, answer: Answer) -> dict[str, Any]:
        """A command's answer as the caller reads it."""
        self.response.headers["ETag"] = f'"{answer.streams[0].version}"'
        return {
            "after": after_token(self.store.service, answer),
            "streams": [{"stream": str(s.stream), "version": s.version} for s in answer.streams],
            "events": answer.events,
        }

    async def fetch(self, query: str, *args: object) -> list[dict[str, Any]]:
        """Rows of a read model."""
        return [dict(row) for row in await self.store.pool.fetch(query, *args)]

    async def fetchrow(self, query: str, *args: object) -> dict[str, Any] | None:
        row = await self.store.pool.fetchrow(query, *args)
        return None if row is None else dict(row)

    async def opened(self, value: T) -> T:
        """The value with its sealed texts in plain."""
        return await keys.opened(self.store.keys, value)

    async def visible(self, action: str | None = None) -> list[str]:
        """Everybody towards whom the actor meets the rule (this route's, unless named) now."""
        rule = self.request.app.state.policy[action or self.action]
        async with self.store.pool.acquire() as connection:
            return await access.visible(connection, self.actor, rule, self.at)

    def expected_version(self) -> int:
        """The version that the caller looked at, from If-Match; 428 without it."""
        given = self.request.headers.get("if-match")
        if given is None:
            raise Problem(428, "urn:merit:if-match-required", "If-Match is required here")
        if not (found := re.fullmatch(r'"(\d{1,9})"', given)):
            raise Problem(412, "urn:merit:stale", "If-Match does not name a version")
        return int(found[1])


@dataclass(frozen=True)
class Permit:
    """A dependency: the call, if the policy's rule for `action` lets the actor do it."""

    action: str
    subject: Subject

    async def __call__(self, request: Request, response: Response) -> Call:
        store: Store = request.app.state.store
        at = store.clock()
        actor = _actor(request, at)
        context = await _context(request, store, actor, at)
        subject = await self.subject(request, store)
        held = await self._let_through(request, store, context, subject)
        return Call(store, request, response, self.action, actor, at, subject, held, context)

    async def _let_through(
        self, request: Request, store: Store, context: Context, subject: str | None
    ) -> frozenset[str]:
        rule: Rule = request.app.state.policy[self.action]
        found = await access.standing_beside(
            request.app.state.standings, store, context.actor, subject, context.at
        )
        if found.actor_known and not found.subject_known:
            raise unavailable("Not heard of yet", "This service does not know the person yet.")
        if not decide(rule, found.held) and not request.app.state.ready():
            # Who may do what was not heard yet: this is no "no".
            raise unavailable("Not ready", "This service is still hearing who may do what.")
        if not found.actor_known or not decide(rule, found.held):
            metrics.denied(store.service, self.action)
            raise denied(self.action)
        if rule.logged and subject is not None and subject != context.actor:
            async with store.pool.acquire() as connection:
                await access.log_access(connection, context, subject, self.action)
        return found.held


def permits(action: str, subject: Subject) -> Permit:
    """The permit that a route depends on: `Annotated[Call, Depends(permits("…", nobody))]`."""
    return Permit(action, subject)


async def nobody(request: Request, store: Store) -> str | None:
    """The action concerns no person whom this service must know: any grant of a role counts."""
    return None


def in_path(name: str) -> Subject:
    """The person whom a path parameter names."""

    async def subject(request: Request, store: Store) -> str | None:
        return str(request.path_params[name])

    return subject


def in_query(name: str) -> Subject:
    """The person whom a query parameter names."""

    async def subject(request: Request, store: Store) -> str | None:
        person = request.query_params.get(name)
        if not person:
            raise invalid([{"field": name, "in": "query", "found": "no id", "allowed": "a person"}])
        return person

    return subject


def in_body(name: str) -> Subject:
    """The person whom a top-level field of the JSON body names."""

    async def subject(request: Request, store: Store) -> str | None:
        body = _json(await request.body())
        person = body.get(name) if isinstance(body, dict) else None
        if not isinstance(person, str) or not person:
            raise invalid([{"field": name, "in": "body", "found": "no id", "allowed": "a person"}])
        return person

    return subject


def owner_of(name: str) -> Subject:
    """Whose stream a path parameter names: its key; a stream of no person concerns nobody."""

    async def subject(request: Request, store: Store) -> str | None:
        try:
            stream = UUID(request.path_params[name])
        except ValueError:
            raise not_found(name) from None
        key: str | None = await store.pool.fetchval("SELECT key FROM stream WHERE id = $1", stream)
        if key is None:
            raise not_found(name)
        return None if key == str(stream) else key

    return subject


def _actor(request: Request, at: datetime) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    try:
        if scheme.lower() != "bearer" or not token:
            raise TokenRefused("a bearer token is required")
        actor: str = request.app.state.verify(token.strip(), at)
    except TokenRefused as error:
        raise Problem(
            401,
            "urn:merit:not-authenticated",
            "Not authenticated",
            str(error),
            {"WWW-Authenticate": "Bearer"},
        ) from error
    return actor


async def _context(request: Request, store: Store, actor: str, at: datetime) -> Context:
    body = await request.body()
    _refuse_forbidden_text(request, body)
    key = request.headers.get("idempotency-key", "")
    if request.method in _CHANGES and not _KEY.fullmatch(key):
        raise Problem(
            400,
            "urn:merit:idempotency-key-required",
            "An Idempotency-Key header is required",
            "It is 1 to 200 visible ASCII characters, new for each thing that is asked for.",
        )
    target = f"{request.method}\n{request.url.path}\n{request.url.query}\n".encode()
    fingerprint = hmac.new(request.app.state.secret, target + body, hashlib.sha256).digest()
    return Context(actor, at, key, fingerprint, correlation=new_id())


def _refuse_forbidden_text(request: Request, body: bytes) -> None:
    """Refuse text that could pass as sealed or that cannot be stored, before anybody reads it."""
    texts = [*request.path_params.values(), *request.query_params.values()]
    if b"\\u" in body:
        texts += _texts(_json(body))
    if b"\x00" in body or b"\x01" in body or any(_FORBIDDEN.search(str(text)) for text in texts):
        allowed = "text without U+0000, U+0001 and lone surrogates"
        raise invalid([{"field": "request", "found": "other text", "allowed": allowed}])


def _json(body: bytes) -> Any:
    """The body's JSON, or None: a body that is not JSON is refused where the route reads it."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _texts(value: object) -> Sequence[str]:
    """Every text in a JSON value, names of fields included."""
    found, waiting = [], [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, str):
            found.append(part)
        elif isinstance(part, dict):
            found.extend(part)
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
    return found
