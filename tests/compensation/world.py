"""compensation on real servers, with stand-ins for the services that it hears."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
from fastapi import FastAPI

from chassis.auth import issue_token
from chassis.ids import new_id, stream_id
from chassis.service import application, open_store, working
from chassis.settings import Settings
from chassis.store import Store
from chassis.values import Money
from cli.platform.servers import Servers
from compensation.app import SERVICE
from tests.compensation.others import (
    APPRAISAL,
    PEOPLE,
    AppraisalFinalised,
    AppraisalReopened,
    AssignmentChanged,
    PayRecorded,
    PersonRegistered,
    RoleGranted,
    publish,
)

LIMIT_S = 30.0
ROLES = {"ana": "comp", "cleo": "comp", "fay": "fin", "finn": "fin", "hal": "hrbp", "aud": "aud"}
RATINGS = ("meets", "exceeds")


@dataclass
class World:
    """The service, its neighbours, and a client for whoever asks."""

    store: Store
    people: Store
    appraisal: Store
    app: FastAPI
    home: Path

    async def ask(
        self, actor: str, method: str, path: str, body: object = None, key: str = ""
    ) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {issue_token(self.home, actor, self.store.clock())}"}
        headers["Idempotency-Key"] = key or str(new_id())
        transport = httpx2.ASGITransport(app=self.app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://c") as client:
            return await client.request(method, path, json=body, headers=headers, timeout=60)

    async def done(
        self, actor: str, method: str, path: str, body: object = None, key: str = ""
    ) -> Any:
        """The answer of a request that must succeed."""
        response = await self.ask(actor, method, path, body, key)
        assert response.status_code == 200, (path, response.text)
        return response.json()

    async def until(self, look: Callable[[], Awaitable[Any]], wanted: Callable[[Any], bool]) -> Any:
        """Look again until it is as wanted; the last look when time is up."""
        deadline = time.monotonic() + LIMIT_S
        while True:
            found = await look()
            if wanted(found):
                return found
            assert time.monotonic() < deadline, f"still {found}"
            await asyncio.sleep(0.05)

    async def status(self, person: str, cycle: str) -> str | None:
        row: str | None = await self.store.pool.fetchval(
            "SELECT status FROM award WHERE person = $1 AND cycle = $2", person, cycle
        )
        return row

    async def wait_for(self, status: str, cycle: str, *persons: str) -> None:
        for person in persons:
            await self.until(
                lambda who=person: self.status(who, cycle),  # type: ignore[misc]  # mypy cannot infer the default's type
                lambda found: bool(found == status),
            )

    async def register(self, person: str) -> None:
        hired = PersonRegistered(person, person, person.title(), date(2020, 1, 1))
        await publish(self.people, "importer", "person", person, hired)

    async def assign(
        self, person: str, manager: str | None = "max", entity: str = "DE01", grade: str = "G5"
    ) -> None:
        assigned = AssignmentChanged(
            person=person,
            effective_on=date(2020, 1, 1),
            manager=manager,
            unit="sales",
            entity=entity,
            job="seller",
            grade=grade,
            location="Leipzig",
            fte=Decimal(1),
            country="DE",
        )
        await publish(self.people, "importer", "person", person, assigned)

    async def pay(self, person: str, major: int, since: date = date(2020, 1, 1)) -> None:
        annual = Money(major * 100, "EUR")
        paid = PayRecorded(person, since, annual, Decimal(1), "hris", "import")
        await publish(self.people, "importer", "person", person, paid)

    async def hire(self, person: str, major: int = 50_000, manager: str | None = "max") -> None:
        await self.register(person)
        await self.assign(person, manager)
        await self.pay(person, major)

    async def finalise(
        self, cycle: str, person: str, rating: str = "meets", revision: int = 1
    ) -> None:
        finalised = AppraisalFinalised(
            appraisal=f"appraisal-{person}",
            cycle=cycle,
            person=person,
            manager="max",
            revision=revision,
            score=Decimal("3.1"),
            rating=rating,
            period_start=date(2026, 1, 1),
            period_end=date(2026, 12, 31),
            sheet_hash="sheet",
        )
        await publish(self.appraisal, "max", f"appraisal {cycle}", person, finalised)

    async def reopen(self, cycle: str, person: str, revision: int) -> None:
        reopened = AppraisalReopened(
            f"appraisal-{person}", cycle, person, revision, "hal", "a reading was wrong"
        )
        await publish(self.appraisal, "hal", f"appraisal {cycle}", person, reopened)

    async def set_range(self, low: int = 48_000, middle: int = 60_000, high: int = 72_000) -> Any:
        points = {"minimum": low, "midpoint": middle, "maximum": high}
        body = {"grade": "G5", "country": "DE", "currency": "EUR", "effective_on": "2020-01-01"}
        money = {name: euros(major) for name, major in points.items()}
        return await self.done("cleo", "POST", "/ranges", body | money)

    async def launch(self, cycle: str, merit: int = 10_000, bonus: int = 50_000) -> Any:
        """Matrix, plan, two pools and the cycle; all by cleo."""
        await self.done("cleo", "PUT", f"/matrices/m-{cycle}", MATRIX)
        await self.done("cleo", "PUT", f"/plans/p-{cycle}", PLAN)
        for component, fund in (("merit", merit), ("bonus", bonus)):
            body = {"component": component, "entity": "DE01", "fund": euros(fund)}
            await self.done("fay", "PUT", f"/pools/{component}-{cycle}", body)
        body = {
            "cycle": cycle,
            "period_start": "2026-01-01",
            "period_end": "2026-12-31",
            "increase_on": "2027-01-01",
            "matrix": f"m-{cycle}",
            "plan": f"p-{cycle}",
            "pools": [f"merit-{cycle}", f"bonus-{cycle}"],
        }
        return await self.done("cleo", "POST", "/cycles", body)


def euros(major: int) -> dict[str, object]:
    return {"minor": major * 100, "currency": "EUR"}


def award_of(cycle: str, person: str) -> str:
    return str(stream_id("award", cycle, person))


MATRIX = {
    "bands": [
        {"code": "below", "low": "0", "high": "1"},
        {"code": "above", "low": "1", "high": None},
    ],
    "cells": [
        {"rating": rating, "band": band, "min_pct": "0", "default_pct": pct, "max_pct": "5"}
        for rating, band, pct in (
            ("meets", "below", "2.5"),
            ("meets", "above", "2.0"),
            ("exceeds", "below", "3.5"),
            ("exceeds", "above", "3.0"),
        )
    ],
}
PLAN = {
    "targets": [{"grade": "G5", "target_pct": "10"}],
    "individual": [{"rating": "meets", "factor": "1.0"}, {"rating": "exceeds", "factor": "1.2"}],
    "company_factor": "1.1",
    "min_service_days": 90,
}


@asynccontextmanager
async def running(servers: Servers, prefix: str, home: Path) -> AsyncIterator[World]:
    """compensation with its workers, and the stand-ins with their relays."""
    settings = Settings(
        postgres=servers.postgres, kafka=servers.kafka, prefix=prefix, home=home, pool_size=8
    )
    async with AsyncExitStack() as stack:
        stores = []
        for service in (PEOPLE, APPRAISAL, SERVICE):
            opened = await stack.enter_async_context(open_store(service, settings))
            store, _ = await stack.enter_async_context(working(service, opened, "all"))
            stores.append(store)
        people, appraisal, store = stores
        app = application(SERVICE, settings)
        app.state.store = store
        world = World(store, people, appraisal, app, home)
        for actor, role in ROLES.items():
            granted = RoleGranted(
                grant=f"grant-{actor}",
                actor=actor,
                role=role,
                population="all",
                valid_from=date(2020, 1, 1),
                valid_to=None,
                proposed_by="admin-1",
                granted_by="admin-2",
            )
            await publish(people, "admin-2", "grants", actor, granted)
        await world.until(lambda: _grants(store), lambda count: bool(count == len(ROLES)))
        await world.hire("max", manager=None)
        await world.until(lambda: _known(store, "max"), bool)
        yield world


async def _known(store: Store, person: str) -> bool:
    known: bool = await store.pool.fetchval(
        "SELECT EXISTS (SELECT FROM person_fact WHERE person = $1)", person
    )
    return known


async def _grants(store: Store) -> int:
    count: int = await store.pool.fetchval("SELECT count(*) FROM grant_fact")
    return count
