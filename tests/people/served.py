"""A service as a test talks to it: its application over a real store, workers going."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx2
from fastapi import FastAPI

from chassis.auth import issue_token
from chassis.ids import new_id
from chassis.service import Service, application, open_store, working
from chassis.settings import Settings
from chassis.store import Store

PATIENCE_S = 10.0


@dataclass
class Served:
    app: FastAPI
    store: Store
    settings: Settings

    async def get(self, actor: str, path: str, **query: object) -> httpx2.Response:
        async with self._client(actor) as client:
            return await client.get(path, params={k: str(v) for k, v in query.items()})

    async def send(
        self, method: str, actor: str, path: str, body: object, key: str | None = None
    ) -> httpx2.Response:
        headers = {"Idempotency-Key": key or str(new_id())}
        async with self._client(actor) as client:
            return await client.request(method, path, json=body, headers=headers)

    async def post(
        self, actor: str, path: str, body: object, key: str | None = None
    ) -> httpx2.Response:
        return await self.send("POST", actor, path, body, key)

    async def told(self, actor: str, path: str, body: object) -> dict[str, Any]:
        """The answer to a command that must be accepted."""
        response = await self.post(actor, path, body)
        assert response.status_code == 200, response.text
        return dict(response.json())

    async def events(self) -> int:
        return int(await self.store.pool.fetchval("SELECT count(*) FROM event"))

    def _client(self, actor: str) -> httpx2.AsyncClient:
        token = issue_token(self.settings.home, actor, self.store.clock() - timedelta(hours=1))
        return httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=self.app, raise_app_exceptions=False),
            base_url="http://service",
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
        )


@asynccontextmanager
async def serving(service: Service, settings: Settings) -> AsyncIterator[Served]:
    async with open_store(service, settings) as opened:
        if service.start:
            await service.start(opened)
        async with working(service, opened, "all") as (store, _):
            app = application(service, settings)
            app.state.store = store
            yield Served(app, store, settings)


async def eventually(is_so: Callable[[], Awaitable[bool]]) -> None:
    """Polls until it is so, within a limit."""
    deadline = time.monotonic() + PATIENCE_S
    while not await is_so():
        assert time.monotonic() < deadline, f"not so after {PATIENCE_S} s"
        await asyncio.sleep(0.02)
