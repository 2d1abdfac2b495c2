"""payroll on real servers, beside stand-ins that publish what people and compensation publish."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
from fastapi import FastAPI

from chassis.auth import issue_token
from chassis.codec import EventName
from chassis.execute import execute
from chassis.ids import new_id, stream_id
from chassis.service import Service, application, open_store, working
from chassis.settings import Settings
from chassis.store import Context, Ref, Store
from chassis.values import Money
from cli.platform.servers import Servers
from compensation.domain.events import (
    STORED as COMPENSATION_EVENTS,
)
from compensation.domain.events import (
    AwardReleased,
    AwardResumed,
    AwardSuspended,
    ReleaseAnnounced,
)
from compensation.domain.terms import (
    AnnouncedAmount,
    AnnouncedAward,
    AwardId,
    CycleId,
    ReleasedLine,
)
from compensation.domain.terms import PersonId as AwardedPerson
from payroll.app import SERVICE
from people.domain.events import (
    STORED as PEOPLE_EVENTS,
)
from people.domain.events import (
    AssignmentChanged,
    GrantId,
    JobCode,
    PayRecorded,
    PersonId,
    PersonLeft,
    PersonRegistered,
    Role,
    RoleGranted,
)

LIMIT_S = 30.0
CYCLE = CycleId("2026")
PERIOD = {"period_start": "2027-03-01", "period_end": "2027-03-31", "cut_off": "2199-12-31"}
START = date(2020, 1, 1)


class RuleBroken(Exception):
    """The stand-ins have no rules."""


class verbatim:  # noqa: N801  # stands for a domain module
    """Records what it is told; its state is the stream's version."""

    INITIAL = 0

    @staticmethod
    def evolve(state: int, event: object) -> int:
        return state + 1

    @staticmethod
    def decide(state: int, command: Sequence[object]) -> list[object]:
        return list(command)


def stand_in(name: str, events: dict[EventName, type]) -> Service:
    """Only the store and the relay of a service, for events that a test writes by hand."""
    return Service(
        name=name,
        events=events,
        rule_broken=RuleBroken,
        policy={},
        routers=[],
        consumers=[],
        migrations=Path(__file__).with_name("no_migrations"),
    )


async def publish(store: Store, category: str, *parts: str, events: Sequence[object]) -> int:
    """Append to a stream; its version afterwards.  The key is the person, or the stream's id."""
    stream = stream_id(category, *parts)
    person = getattr(events[0], "person", None)
    ref = Ref(category, stream, person or str(stream))
    context = Context("tester", store.clock(), str(new_id()))
    answer = await execute(store, verbatim, ref, events, context)
    return answer.streams[0].version


@dataclass
class World:
    """The service, its neighbours, and a client for whoever asks."""

    store: Store
    people: Store
    compensation: Store
    app: FastAPI
    home: Path
    pay_versions: dict[str, int] = field(default_factory=dict)
    announced: dict[str, dict[str, tuple[int, Money]]] = field(default_factory=dict)

    async def ask(
        self, actor: str, method: str, path: str, body: object = None, key: str = ""
    ) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {issue_token(self.home, actor, self.store.clock())}"}
        headers["Idempotency-Key"] = key or str(new_id())
        transport = httpx2.ASGITransport(app=self.app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://p") as client:
            return await client.request(method, path, json=body, headers=headers, timeout=60)

    async def done(
        self, actor: str, method: str, path: str, body: object = None, key: str = ""
    ) -> Any:
        """The answer of a request that must succeed."""
        response = await self.ask(actor, method, path, body, key)
        assert response.status_code == 200, (path, response.text)
        return response.json()

    async def refused(
        self, actor: str, method: str, path: str, body: object = None
    ) -> tuple[int, str]:
        response = await self.ask(actor, method, path, body)
        return response.status_code, response.json()["type"]

    async def until(self, look: Callable[[], Awaitable[Any]], wanted: Callable[[Any], bool]) -> Any:
        """Look again until it is as wanted; a test that waits has a limit."""
        deadline = time.monotonic() + LIMIT_S
        while not wanted(found := await look()):
            assert time.monotonic() < deadline, f"still {found}"
            await asyncio.sleep(0.02)
        return found

    async def grant(self, actor: str, role: Role, population: str = "all") -> None:
        grant = GrantId(f"{actor} {role} {population}")
        event = RoleGranted(grant, actor, role, population, START, None, "admin-1", "admin-2")
        await publish(self.people, "grants", actor, events=[event])
        await self.until(
            lambda: self.store.pool.fetchval(
                "SELECT count(*) FROM grant_fact WHERE grant_id = $1", grant
            ),
            bool,
        )

    async def hire(self, person: str, entity: str) -> None:
        who = PersonId(person)
        assigned = AssignmentChanged(
            person=who,
            effective_on=START,
            manager=None,
            unit="sales",
            entity=entity,
            job=JobCode("seller"),
            grade="G5",
            location="Graz",
            fte=Decimal(1),
            country="AT",
        )
        registered = PersonRegistered(who, person.upper(), person.title(), START)
        await publish(self.people, "person", person, events=[registered, assigned])
        await self.pay(person)
        await self.until(
            lambda: self.store.pool.fetchval(
                "SELECT count(*) FROM person_fact WHERE person = $1", person
            ),
            bool,
        )

    async def pay(self, person: str, major: int = 40_000) -> None:
        """A new pay fact, heard by payroll."""
        annual = Money(major * 100, "EUR")
        fact = PayRecorded(PersonId(person), START, annual, Decimal(1), "hris", "import")
        version = await publish(self.people, "person", person, events=[fact])
        self.pay_versions[person] = version
        await self.until(
            lambda: self.store.pool.fetchval(
                "SELECT version FROM newest_pay WHERE person = $1", person
            ),
            lambda found: bool(found == version),
        )

    async def leave(self, person: str, last_day: date) -> None:
        left = PersonLeft(PersonId(person), last_day, "resigned")
        await publish(self.people, "person", person, events=[left])
        await self.until(
            lambda: self.store.pool.fetchval("SELECT 1 FROM leaver WHERE person = $1", person), bool
        )

    async def set_up(self, entity: str, *persons: str) -> None:
        """Persons who are employed, paid and mapped in the entity, and its wage types."""
        for number, person in enumerate(persons, start=1):
            await self.hire(person, entity)
            await self.map(person, entity, f"P{number:04d}")
        wage_types = {"merit": "1000", "lump_sum": "2100", "bonus": "2200"}
        await self.done("pia", "PUT", f"/wage-types/{entity}", wage_types)

    async def map(self, person: str, entity: str, number: str) -> Any:
        body = {
            "payroll_id": number,
            "entity": entity,
            "pay_group": "monthly",
            "cost_centre": "CC10",
        }
        return await self.done("pia", "PUT", f"/payees/{person}", body)

    async def release(
        self, entity: str, person: str, bonus: int, merit: int = 0, revision: int = 1
    ) -> str:
        """The award of the person, released in a revision; heard by payroll."""
        award = AwardId(str(stream_id("award", CYCLE, person)))
        annual = Money(4_000_000 + merit, "EUR")
        lines = [ReleasedLine("bonus", "one_off", Money(bonus, "EUR"), None)]
        if merit:
            lines.append(ReleasedLine("merit", "recurring", Money(merit, "EUR"), annual))
        event = AwardReleased(
            award=award,
            person=AwardedPerson(person),
            cycle=CYCLE,
            revision=revision,
            entity=entity,
            effective_on=date(2027, 4, 1),
            lines=tuple(lines),
            pay_effective_on=START,
            pay_version=self.pay_versions[person],
            approved_by="fay",
            by="ana",
        )
        version = await publish(self.compensation, "award", CYCLE, person, events=[event])
        total = Money(bonus + merit, "EUR")
        self.announced.setdefault(entity, {})[award] = (version, total)
        await self.until(
            lambda: self.store.pool.fetchval("SELECT version FROM award WHERE award = $1", award),
            lambda found: bool(found == version),
        )
        return award

    async def suspend(self, person: str, resume: bool = False) -> None:
        award = AwardId(str(stream_id("award", CYCLE, person)))
        who = AwardedPerson(person)
        event: object = AwardSuspended(award, who, CYCLE, 1, "appraisal_reopened", 2)
        if resume:
            event = AwardResumed(award, who, CYCLE, 1)
        await publish(self.compensation, "award", CYCLE, person, events=[event])
        await self.until(
            lambda: self.store.pool.fetchval(
                "SELECT count(*) FROM suspension WHERE award = $1", award
            ),
            lambda found: bool(found) is not resume,
        )

    async def announce(self, entity: str) -> None:
        """Compensation announces all that it has released for the entity."""
        awards = self.announced[entity]
        ref = stream_id("release", CYCLE, entity)
        number = 1 + await self.compensation.pool.fetchval(
            "SELECT coalesce(max(version), 0) FROM event WHERE stream = $1", ref
        )
        total = Money(sum(money.minor for _, money in awards.values()), "EUR")
        event = ReleaseAnnounced(
            release=str(ref),
            cycle=CYCLE,
            entity=entity,
            number=number,
            count=len(awards),
            totals=(total,),
            awards=tuple(AnnouncedAward(AwardId(a), v) for a, (v, _) in awards.items()),
            newly=tuple(AnnouncedAmount(AwardId(a), v, m) for a, (v, m) in awards.items()),
            by="ana",
        )
        await publish(self.compensation, "release", CYCLE, entity, events=[event])
        await self.until(
            lambda: self.store.pool.fetchval(
                "SELECT number FROM announcement WHERE entity = $1", entity
            ),
            lambda found: bool(found == number),
        )

    async def preview(self, entity: str, actor: str = "pia") -> Any:
        return await self.done(actor, "POST", "/batches/preview", order(entity))

    async def prepare(self, entity: str, actor: str = "pia") -> str:
        batch: str = (await self.done(actor, "POST", "/batches", order(entity)))["batch"]
        return batch

    async def seal(self, batch: str, actor: str = "paul") -> Any:
        return await self.done(actor, "POST", f"/batches/{batch}/seal")

    async def sealed(self, entity: str) -> str:
        """Announced, prepared by pia and sealed by paul."""
        await self.announce(entity)
        batch = await self.prepare(entity)
        await self.seal(batch)
        return batch

    async def lines(self, batch: str) -> list[dict[str, Any]]:
        """The batch's lines in the order of their payroll ids, once the read model has them."""
        newest = await self.store.pool.fetchval("SELECT max(position) FROM event")
        await self.until(
            lambda: self.store.pool.fetchval(
                "SELECT position FROM checkpoint WHERE consumer = 'batches.v1'"
            ),
            lambda found: bool(found >= newest),
        )
        found = await self.done("pia", "GET", f"/batches/{batch}/lines")
        items: list[dict[str, Any]] = found["items"]
        return sorted(items, key=lambda x: (x["payroll_id"], x["wage_type"]))

    async def answer(self, batch: str, *answers: tuple[str, str, str]) -> Any:
        """Take in an acknowledgement file of (line, status, amount)."""
        rows = ["line,status,amount", *(",".join(answer) for answer in answers)]
        path = f"/batches/{batch}/acknowledgements"
        return await self.done("pia", "POST", path, {"file": "\r\n".join(rows)})

    def outbox(self, entity: str) -> Path:
        return self.home / "outbox" / "payroll" / entity


def order(entity: str) -> dict[str, str]:
    return {"entity": entity, "pay_group": "monthly", **PERIOD}


def minors(lines: Sequence[dict[str, Any]]) -> list[int]:
    return [line["amount"]["minor"] for line in lines]


@asynccontextmanager
async def running(servers: Servers, prefix: str, home: Path) -> AsyncIterator[World]:
    """payroll with all its workers, and the relays of its neighbours."""
    settings = Settings(
        postgres=servers.postgres, kafka=servers.kafka, prefix=prefix, home=home, pool_size=8
    )
    async with AsyncExitStack() as stack:

        async def start(service: Service) -> Store:
            opened = await stack.enter_async_context(open_store(service, settings))
            store, _ = await stack.enter_async_context(working(service, opened, "all"))
            return store

        people = await start(stand_in("people", PEOPLE_EVENTS))
        compensation = await start(stand_in("compensation", COMPENSATION_EVENTS))
        store = await start(SERVICE)
        app = application(SERVICE, settings)
        app.state.store = store
        world = World(store, people, compensation, app, home)
        for actor in ("pia", "paul"):
            await world.grant(actor, "pay")
        await world.grant("odo", "aud")
        yield world
