"""appraisal on real servers, with stand-ins for the services that it hears."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
from fastapi import FastAPI

from appraisal.app import SERVICE
from chassis.auth import issue_token
from chassis.ids import new_id, stream_id
from chassis.service import application, open_store, working
from chassis.settings import Settings
from chassis.store import Store
from cli.platform import clock
from cli.platform.servers import Servers
from tests.appraisal.others import (
    GOALS,
    PEOPLE,
    AssignmentChanged,
    CompetencyLine,
    ContractAmended,
    ContractIssued,
    GoalLine,
    Link,
    PersonLeft,
    PersonRegistered,
    PlanContent,
    ProgressCorrected,
    ProgressRecorded,
    RoleGranted,
    publish,
)

LIMIT_S = 30.0
ROLES = {"hal": "hrbp", "helga": "hrbp", "aud": "aud", "adm": "admin"}
START, END = date(2026, 1, 1), date(2026, 12, 31)
SIGNED = datetime(2026, 1, 10, 9, tzinfo=UTC)


@dataclass
class World:
    """The service, its neighbours, and a client for whoever asks."""

    store: Store
    people: Store
    goals: Store
    app: FastAPI
    home: Path

    async def ask(
        self, actor: str, method: str, path: str, body: object = None, key: str = ""
    ) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {issue_token(self.home, actor, self.store.clock())}"}
        headers["Idempotency-Key"] = key or str(new_id())
        transport = httpx2.ASGITransport(app=self.app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://a") as client:
            return await client.request(method, path, json=body, headers=headers, timeout=60)

    async def done(
        self, actor: str, method: str, path: str, body: object = None, key: str = ""
    ) -> Any:
        """The answer of a request that must succeed."""
        response = await self.ask(actor, method, path, body, key)
        assert response.status_code == 200, (path, response.text)
        return response.json()

    async def refused(self, actor: str, path: str, body: object = None) -> str:
        """The rule that the request breaks."""
        response = await self.ask(actor, "POST", path, body)
        assert response.status_code == 409, (path, response.status_code, response.text)
        return str(response.json()["type"]).removeprefix("urn:merit:rule:")

    async def until(self, look: Callable[[], Awaitable[Any]], wanted: Callable[[Any], bool]) -> Any:
        """Look again until it is as wanted; the last look when time is up."""
        deadline = time.monotonic() + LIMIT_S
        while True:
            found = await look()
            if wanted(found):
                return found
            assert time.monotonic() < deadline, f"still {found}"
            await asyncio.sleep(0.05)

    def forward(self, **by: int) -> None:
        """Move the one clock of the platform."""
        clock.advance(self.home, int(timedelta(**by).total_seconds()))

    async def manager(self, person: str) -> str | None:
        """Who manages the person as far as access has heard."""
        found: str | None = await self.store.pool.fetchval(
            "SELECT manager FROM assignment_at($1, $2)", person, self.store.clock()
        )
        return found

    async def standing(self, cycle: str, person: str) -> tuple[str, str | None] | None:
        """Status and manager of the person's appraisal."""
        row = await self.store.pool.fetchrow(
            "SELECT status, manager FROM appraisal WHERE cycle = $1 AND person = $2", cycle, person
        )
        return None if row is None else (row["status"], row["manager"])

    async def wait_for(self, status: str, cycle: str, *persons: str) -> None:
        for person in persons:
            await self.until(
                lambda who=person: self.standing(cycle, who),  # type: ignore[misc]  # mypy cannot infer the default's type
                lambda found: found is not None and found[0] == status,
            )

    async def hire(self, person: str, manager: str | None = "max", entity: str = "DE01") -> None:
        hired = PersonRegistered(person, person, person.title(), date(2020, 1, 1))
        await publish(self.people, "importer", "person", [person], person, hired)
        await self.assign(person, manager, entity)

    async def assign(
        self,
        person: str,
        manager: str | None = "max",
        entity: str = "DE01",
        since: date = date(2020, 1, 1),
    ) -> None:
        assigned = AssignmentChanged(person, since, manager, "sales", entity)
        await publish(self.people, "importer", "person", [person], person, assigned)

    async def leave(self, person: str, last_day: date) -> None:
        left = PersonLeft(person, last_day, "resigned")
        await publish(self.people, "importer", "person", [person], person, left)

    async def agree(
        self, person: str, content: PlanContent | None = None, hash_of: str = "hash-1"
    ) -> None:
        issued = ContractIssued(
            plan=plan_of(person),
            person=person,
            manager="max",
            period="2026",
            period_start=START,
            period_end=END,
            job="seller",
            job_version=1,
            revision=1,
            content=content or CONTENT,
            content_hash=hash_of,
            employee_signed_at=SIGNED,
            manager_signed_at=SIGNED,
        )
        await publish(self.goals, "max", "plan", [person, "2026"], person, issued)

    async def amend(self, person: str, since: date, content: PlanContent, revision: int) -> None:
        amended = ContractAmended(
            plan=plan_of(person),
            person=person,
            manager="max",
            period="2026",
            effective_on=since,
            period_start=START,
            period_end=END,
            job="seller",
            job_version=1,
            revision=revision,
            content=content,
            content_hash=f"hash-{revision}",
            previous_hash=f"hash-{revision - 1}",
            reason="the market changed",
            employee_signed_at=SIGNED,
            manager_signed_at=SIGNED,
        )
        await publish(self.goals, "max", "plan", [person, "2026"], person, amended)

    async def read(
        self, person: str, value: str, as_of: date = date(2026, 6, 30), corrects: str = ""
    ) -> str:
        """Publish a reading of the revenue goal, or a correction of an earlier one; its id."""
        reading, plan = str(new_id()), plan_of(person)
        recorded: ProgressRecorded | ProgressCorrected = ProgressRecorded(
            reading, plan, person, "revenue", Decimal(value), as_of, "crm", person, ""
        )
        if corrects:
            recorded = ProgressCorrected(
                reading, corrects, plan, person, "revenue", Decimal(value), as_of, person, "a typo"
            )
        await publish(self.goals, person, "progress", [plan], person, recorded)
        await self.until(lambda: self.heard(reading), bool)
        return reading

    async def heard(self, reading: str) -> bool:
        found: bool = await self.store.pool.fetchval(
            "SELECT EXISTS (SELECT FROM reading WHERE reading = $1::uuid)", reading
        )
        return found

    async def define(self, scheme: str = "standard", **terms: object) -> Any:
        return await self.done("hal", "PUT", f"/schemes/{scheme}", SCHEME | terms)

    async def join(self, cycle: str, *persons: str, manager: str = "max") -> None:
        """Hire them where only this cycle looks, with a contract; access has heard of them."""
        for person in persons:
            await self.hire(person, manager, entity=cycle)
            await self.agree(person)
        for person in persons:
            await self.until(lambda who=person: self.manager(who), lambda m: bool(m == manager))  # type: ignore[misc]  # mypy cannot infer the default's type

    async def open(self, cycle: str, **terms: object) -> Any:
        population = {"population": f"entity:{cycle}"}
        return await self.done("hal", "PUT", f"/cycles/{cycle}", cycle_terms() | population | terms)

    async def tell(
        self, actor: str, cycle: str, person: str, command: str, body: object = None
    ) -> str:
        """A command to the person's appraisal; the token of the answer."""
        path = f"/appraisals/{appraisal_of(cycle, person)}/{command}"
        answer = await self.done(actor, "POST", path, body)
        return str(answer["after"])

    async def rated(self, cycle: str, person: str, value: str = "4") -> None:
        """Up to the manager's rating."""
        await self.wait_for("open", cycle, person)
        await self.tell(person, cycle, person, "rate-self", {"comment": "a good year"})
        await self.tell("max", cycle, person, "rate", rating(value))

    async def interviewed(self, cycle: str, person: str) -> str:
        await self.tell("max", cycle, person, "share")
        return await self.tell("max", cycle, person, "hold-interview", {"agreed_points": "on"})

    async def names(self, cycle: str, person: str) -> list[str]:
        """The events of the person's appraisal, without the service's name."""
        rows = await self.store.pool.fetch(
            "SELECT type FROM event WHERE stream = $1::uuid ORDER BY version",
            appraisal_of(cycle, person),
        )
        return [row["type"].removeprefix("appraisal.") for row in rows]


def plan_of(person: str) -> str:
    return str(stream_id("plan", person, "2026"))


def appraisal_of(cycle: str, person: str) -> str:
    return str(stream_id("appraisal", cycle, person))


def rating(value: str, line: str = "teamwork") -> dict[str, Any]:
    return {"ratings": [{"line": line, "value": value}], "comment": "well done"}


def revenue(target: str = "100", rollup: str = "last", weight: str = "100") -> GoalLine:
    """Higher is better, without cap."""
    return GoalLine(
        goal="revenue",
        title="Revenue of the north",
        unit="kEUR",
        measure="higher",
        baseline=None,
        threshold=None,
        target=Decimal(target),
        stretch=None,
        floor_pct=None,
        cap_pct=None,
        rollup=rollup,
        zero_table=(),
        weight_pct=Decimal(weight),
        link=Link("objective", "grow"),
    )


TEAMWORK = CompetencyLine(
    competency="teamwork",
    name="Teamwork",
    expected_level=3,
    anchors="helps unasked",
    weight_pct=Decimal(100),
    link=Link("responsibility", "serve"),
)


def content(goals: Sequence[GoalLine] = (), goals_weight_pct: int = 60) -> PlanContent:
    """Goals and teamwork."""
    return PlanContent(
        goals=tuple(goals) or (revenue(),),
        competencies=(TEAMWORK,),
        goals_weight_pct=Decimal(goals_weight_pct),
        competencies_weight_pct=Decimal(100 - goals_weight_pct),
        salt="0f0f",
    )


CONTENT = content()
# 50 % earns 1, 100 % earns 3, 150 % earns 5, and the line in between.
SCHEME = {
    "scale_min": "1",
    "scale_max": "5",
    "kpi_points": [
        {"pct": "50", "score": "1"},
        {"pct": "100", "score": "3"},
        {"pct": "150", "score": "5"},
    ],
    "ratings": [
        {"from_score": "1", "rating": "C"},
        {"from_score": "2.5", "rating": "B"},
        {"from_score": "4", "rating": "A"},
    ],
    "missing": "exclude_and_reweight",
    "places": 2,
    "rounding": "half_up",
}


def cycle_terms() -> dict[str, Any]:
    """Due days around the year's end; the clock of the tests lies wherever it lies."""
    return {
        "title": "The year 2026",
        "period_start": START.isoformat(),
        "period_end": END.isoformat(),
        "scheme": "standard",
        "population": "all",
        "self_due": "2030-01-10",
        "manager_due": "2030-01-20",
        "interview_due": "2030-01-31",
        "acknowledge_days": 10,
    }


@asynccontextmanager
async def running(servers: Servers, prefix: str, home: Path) -> AsyncIterator[World]:
    """appraisal with its workers, and the stand-ins with their relays."""
    settings = Settings(
        postgres=servers.postgres, kafka=servers.kafka, prefix=prefix, home=home, pool_size=8
    )
    async with AsyncExitStack() as stack:
        stores = []
        for service in (PEOPLE, GOALS, SERVICE):
            opened = await stack.enter_async_context(open_store(service, settings))
            store, _ = await stack.enter_async_context(working(service, opened, "all"))
            stores.append(store)
        people, goals, store = stores
        app = application(SERVICE, settings)
        app.state.store = store
        world = World(store, people, goals, app, home)
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
            await publish(people, "admin-2", "grants", [actor], actor, granted)
        for manager in ("max", "mia"):
            await world.hire(manager, manager=None)
        await world.until(lambda: _grants(store), lambda count: bool(count == len(ROLES)))
        await world.until(lambda: _known(store), lambda count: bool(count >= 2))
        await world.define()
        yield world


async def _known(store: Store) -> int:
    count: int = await store.pool.fetchval("SELECT count(DISTINCT person) FROM employment")
    return count


async def _grants(store: Store) -> int:
    count: int = await store.pool.fetchval("SELECT count(*) FROM grant_fact")
    return count
