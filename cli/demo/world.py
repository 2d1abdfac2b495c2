"""The services as the demo's people reach them: many at a time, patient, each act under one key."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import NAMESPACE_URL, uuid5

import httpx2

from chassis.auth import issue_token
from chassis.clock import local_clock
from cli.client import local

T = TypeVar("T")
PATIENCE_S = 180.0
AT_ONCE = 12
ADMIN, SECOND_ADMIN = "admin-1", "admin-2"


class Unexpected(Exception):
    """A service gave an answer that the demo's story does not have."""


@dataclass
class World:
    """Where the services are, and how somebody acts on them.

    Each act has an idempotency key of its own that follows from what is asked, so the whole
    story can be told again: what has happened stays as it is.
    """

    home: Path
    http: httpx2.AsyncClient
    bases: Callable[[], Mapping[str, str]]
    gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    tokens: dict[str, tuple[str, datetime]] = field(default_factory=dict)

    def now(self) -> datetime:
        return local_clock(self.home)()

    async def read(self, actor: str, service: str, path: str, **params: object) -> Any:
        return await self._ask(actor, service, "GET", path, None, "", params)

    async def send(
        self,
        actor: str,
        service: str,
        path: str,
        body: object = None,
        *,
        method: str = "POST",
        again: object = "",
        **params: object,
    ) -> Any:
        """A command; `again` tells apart acts that ask for the same thing twice on purpose."""
        key = str(uuid5(NAMESPACE_URL, f"{actor} {method} {service} {path} {body} {again}"))
        return await self._ask(actor, service, method, path, body, key, params)

    async def read_all(
        self, actor: str, service: str, path: str, **params: object
    ) -> list[dict[str, Any]]:
        """The items of every page."""
        items: list[dict[str, Any]] = []
        cursor = None
        while True:
            page = await self.read(actor, service, path, **params, limit=200, cursor=cursor)
            items += page["items"]
            cursor = page["next"]
            if cursor is None:
                return items

    async def all_of(self, acts: Iterable[Awaitable[T]]) -> list[T]:
        """Many acts at a time; the gate keeps them from overrunning the services."""
        return list(await asyncio.gather(*acts))

    async def until(
        self, what: str, check: Callable[[], Awaitable[bool]], patience_s: float = PATIENCE_S
    ) -> None:
        """Poll until it is so: services hear of each other when they hear of each other."""
        deadline = time.monotonic() + patience_s
        while not await check():
            if time.monotonic() > deadline:
                raise Unexpected(f"after {patience_s:.0f} s it is still not so that {what}")
            await asyncio.sleep(0.1)

    async def _ask(
        self,
        actor: str,
        service: str,
        method: str,
        path: str,
        body: object,
        key: str,
        params: Mapping[str, object],
    ) -> Any:
        deadline = time.monotonic() + PATIENCE_S
        given = {name: str(value) for name, value in params.items() if value is not None}
        headers = {"Authorization": f"Bearer {self._token(actor)}"}
        if key:
            headers["Idempotency-Key"] = key
        while True:
            try:
                async with self.gate:
                    url = self.bases()[service] + path
                    answer = await self.http.request(
                        method, url, params=given, headers=headers, json=body
                    )
            except (httpx2.TransportError, KeyError) as error:
                # A service that was killed comes back; what it had answered stays answered.
                if time.monotonic() > deadline:
                    raise Unexpected(f"{service} is not there ({type(error).__name__})") from error
                await asyncio.sleep(0.2)
                continue
            if answer.status_code == 503 and time.monotonic() < deadline:
                await asyncio.sleep(0.2)
                continue
            if answer.status_code >= 400:
                raise Unexpected(f"{actor} {method} {service}{path}: {answer.text[:600]}")
            return answer.json() if answer.content else None

    def _token(self, actor: str) -> str:
        now = self.now()
        token, made = self.tokens.get(actor, ("", now))
        if not token or (now - made).total_seconds() > 3600:
            token = issue_token(self.home, actor, now)
            self.tokens[actor] = (token, now)
        return token


@asynccontextmanager
async def local_world(home: Path) -> AsyncIterator[World]:
    """The services of the platform that runs in this home."""
    async with httpx2.AsyncClient(timeout=60, limits=httpx2.Limits(max_connections=24)) as http:
        yield World(home, http, cached(lambda: local(home)))


def cached(find: Callable[[], Mapping[str, str]]) -> Callable[[], Mapping[str, str]]:
    """Look for the services at most once a second: they seldom move."""
    found: Mapping[str, str] = {}
    looked = 0.0

    def bases() -> Mapping[str, str]:
        nonlocal found, looked
        if time.monotonic() - looked > 1:
            found, looked = find(), time.monotonic()
        return found

    return bases


def parts(items: Sequence[T], size: int) -> list[Sequence[T]]:
    return [items[start : start + size] for start in range(0, len(items), size)]
