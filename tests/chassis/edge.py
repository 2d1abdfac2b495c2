"""A small service and a store made by hand, for tests of the edge that need no server."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx2
from fastapi import APIRouter, FastAPI

from chassis.auth import issue_token
from chassis.policy import Policy
from chassis.settings import Settings
from chassis.store import Store
from chassis.web import create_app

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class ToyRuleBroken(Exception):
    """The toy's rules."""


@dataclass(frozen=True)
class Toy:
    """A service with the routers and rules of one test."""

    routers: Sequence[APIRouter] = ()
    policy: Policy = field(default_factory=dict)
    rule_broken: type[Exception] = ToyRuleBroken
    name: str = "toy"


@dataclass
class Pool:
    """Answers the questions of the edge; `standing` is what every actor holds."""

    held: tuple[str, ...] = ()
    actor_known: bool = True
    subject_known: bool = True
    value: object = None
    executed: list[tuple[Any, ...]] = field(default_factory=list)

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator["Pool"]:
        yield self

    def is_closed(self) -> bool:
        return False

    async def fetch(self, query: str, actors: Sequence[str], *args: object) -> list[dict[str, Any]]:
        assert "standing" in query
        known = {"actor_known": self.actor_known, "subject_known": self.subject_known}
        return [{**known, "held": list(self.held)} for _ in actors]

    async def fetchval(self, query: str, *args: object) -> object:
        return self.value

    def get_size(self) -> int:
        return 3

    def get_idle_size(self) -> int:
        return 1

    def get_max_size(self) -> int:
        return 12

    async def execute(self, query: str, *args: object) -> None:
        self.executed.append((query, *args))


def app_of(toy: Toy, home: Path, pool: Pool) -> FastAPI:
    """The application over a store that is only a pool and a clock."""
    app = create_app(toy, Settings(home=home))
    store = SimpleNamespace(service=toy.name, pool=pool, clock=lambda: NOON)
    app.state.store = cast(Store, store)
    return app


def client(app: FastAPI, home: Path, actor: str = "ann", at: datetime = NOON) -> httpx2.AsyncClient:
    """A client that carries the actor's token, made an hour ago."""
    token = issue_token(home, actor, at - timedelta(hours=1))
    return httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=app, raise_app_exceptions=False),
        base_url="http://toy",
        headers={"Authorization": f"Bearer {token}"},
    )
