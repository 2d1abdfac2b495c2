"""Every route of every service, with every role and relation: the policy's answer, no other."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import httpx2
import pytest
import pytest_asyncio
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from chassis.auth import issue_token
from chassis.calls import Permit
from chassis.policy import ROLES, Rule
from chassis.service import Service, application, open_store
from chassis.settings import Settings
from chassis.store import Store
from chassis.web import permit_of
from cli.contracts.files import load_service, service_names
from cli.platform.servers import Servers

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]

SUBJECT, MANAGER, SECOND, FORMER, COLLEAGUE = "subject", "manager", "second", "former", "colleague"
STREAM = UUID("00000000-0000-5000-8000-000000000001")
PLACES = {"all": "all", "here": "entity:HERE", "unit": "unit:OURS", "away": "entity:AWAY"}


@dataclass(frozen=True)
class Actor:
    """Somebody, and what they are to the subject."""

    name: str
    relations: frozenset[str]
    role: str | None = None
    covers: bool = False


LINE = [
    Actor(SUBJECT, frozenset({"own", "anyone"})),
    Actor(MANAGER, frozenset({"report", "subtree", "anyone"})),
    Actor(SECOND, frozenset({"subtree", "anyone"})),
    Actor(FORMER, frozenset({"anyone"})),
    Actor(COLLEAGUE, frozenset({"anyone"})),
    Actor("stranger", frozenset()),
]
HOLDERS = [
    Actor(f"{role}-{place}", frozenset({"anyone"}), role, place != "away")
    for role in sorted(ROLES - {"system"})
    for place in PLACES
]


@dataclass(frozen=True)
class Walked:
    """A route as it is asked, and the rule that decides."""

    path: str
    method: str
    permit: Permit
    rule: Rule


def routes_of(app: FastAPI) -> list[Walked]:
    found = []
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        permit = permit_of(route)
        if permit is not None:
            methods = route.methods if isinstance(route, APIRoute) else {"POST"}
            for method in sorted((methods or set()) - {"HEAD"}):
                rule = app.state.policy[permit.action]
                found.append(Walked(context.path or "", method, permit, rule))
    return found


def subject_kind(permit: Permit) -> str:
    """Which of the subject functions of `chassis.calls` names the person."""
    return str(getattr(permit.subject, "__qualname__", "")).split(".", 1)[0]


def allowed(walked: Walked, actor: Actor) -> bool:
    """The policy read by hand: relations count towards a subject, roles where they reach."""
    if not actor.relations:
        return False
    if subject_kind(walked.permit) == "nobody":
        held = {"anyone"} | ({actor.role} if actor.role else set())
    else:
        held = set(actor.relations) | ({actor.role} if actor.role and actor.covers else set())
    return not walked.rule.allowed.isdisjoint(held)


async def prepare(store: Store) -> None:
    """The line above the subject, with a manager who was theirs until yesterday; the roles."""
    now = store.clock()
    today, long_ago = now.date(), now.date() - timedelta(days=400)
    people = [
        (SUBJECT, 1, FORMER, long_ago),
        (SUBJECT, 2, MANAGER, today),
        (MANAGER, 1, SECOND, long_ago),
        (SECOND, 1, None, long_ago),
        (FORMER, 1, None, long_ago),
        (COLLEAGUE, 1, MANAGER, long_ago),
    ]
    await store.pool.executemany(
        "INSERT INTO person_fact VALUES ($1, $2, 'assigned', $3, 'OURS', 'HERE', $4, $5)",
        [(p, v, m, since, now - timedelta(hours=1)) for p, v, m, since in people],
    )
    await store.pool.executemany(
        "INSERT INTO grant_fact VALUES ($1, 1, $1, $2, $3, $4, NULL, $5)",
        [grant(actor, long_ago, now) for actor in HOLDERS],
    )
    await store.pool.execute("INSERT INTO stream VALUES ($1, 'walked', $2, 1, '')", STREAM, SUBJECT)


def grant(actor: Actor, since: date, now: datetime) -> tuple[Any, ...]:
    place = PLACES[actor.name.rsplit("-", 1)[1]]
    return (actor.name, actor.role, place, since, now - timedelta(hours=1))


@pytest_asyncio.fixture(scope="module", params=service_names())
async def app(
    request: pytest.FixtureRequest, servers: Servers, prefix: str, tmp_path_factory: Any
) -> AsyncIterator[tuple[FastAPI, Path]]:
    service: Service = load_service(request.param)
    home = tmp_path_factory.mktemp("home")
    settings = Settings(
        postgres=servers.postgres, kafka=servers.kafka, prefix=prefix, home=home, pool_size=4
    )
    async with open_store(service, settings) as store:
        await prepare(store)
        made = application(service, settings)
        made.state.store = store
        yield made, home


def asked(walked: Walked, number: int) -> dict[str, Any]:
    """The request: the subject wherever a person is named, a stream of theirs elsewhere."""
    path = walked.path
    for name in [part[1:-1] for part in path.split("/") if part.startswith("{")]:
        person = subject_kind(walked.permit) == "in_path" and named(walked.permit) == name
        path = path.replace("{" + name + "}", SUBJECT if person else str(STREAM))
    body: dict[str, Any] = {}
    if subject_kind(walked.permit) == "in_body":
        body[named(walked.permit)] = SUBJECT
    if subject_kind(walked.permit) == "in_query":
        path += f"?{named(walked.permit)}={SUBJECT}"
    key = str(uuid5(STREAM, f"{walked.path} {number}"))
    return {"url": path, "json": body, "headers": {"Idempotency-Key": key}}


def named(permit: Permit) -> str:
    """The parameter or field that a subject function was made for."""
    closure = getattr(permit.subject, "__closure__", None) or ()
    return next((str(c.cell_contents) for c in closure if isinstance(c.cell_contents, str)), "")


async def test_every_route_answers_as_the_policy_says(app: tuple[FastAPI, Path]) -> None:
    made, home = app
    store: Store = made.state.store
    walked, wrong, calls = routes_of(made), [], 0
    transport = httpx2.ASGITransport(app=made, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://walk") as client:
        for actor in [*LINE, *HOLDERS]:
            token = issue_token(home, actor.name, store.clock())
            client.headers["Authorization"] = f"Bearer {token}"
            for route in walked:
                calls += 1
                answer = await client.request(route.method, **asked(route, calls))
                refused = answer.status_code == 403
                if refused == allowed(route, actor):
                    wrong.append(f"{actor.name} {route.method} {route.path} {answer.status_code}")
                if refused:
                    assert answer.json()["rule"] == route.permit.action
                assert answer.status_code != 500, f"{route.method} {route.path}: {answer.text}"
    assert walked, "a service without routes"
    assert not wrong, f"{len(wrong)} of {calls}: {wrong[:20]}"


async def test_no_route_answers_without_a_token(app: tuple[FastAPI, Path]) -> None:
    made, _ = app
    transport = httpx2.ASGITransport(app=made, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://walk") as client:
        for number, route in enumerate(routes_of(made)):
            answer = await client.request(route.method, **asked(route, number))
            assert answer.status_code == 401, f"{route.method} {route.path}"
