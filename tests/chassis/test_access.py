"""Who is what to whom, at any instant: facts heard from people, answered in one round trip."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from types import SimpleNamespace
from typing import cast
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
from pydantic import BaseModel

from chassis import access
from chassis.access_feed import (
    ACCESS,
    AssignmentChanged,
    PersonLeft,
    PersonRegistered,
    PersonReturned,
    RoleGranted,
    RoleRevoked,
)
from chassis.migrate import KERNEL, migrate, open_pool
from chassis.policy import allow
from chassis.record import Record
from chassis.settings import SERVICE_ROLE, Settings
from chassis.store import Context, Store
from cli.platform.servers import Servers

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]
MAY = date(2026, 5, 1)
HIRED = date(2020, 1, 1)
DAY = timedelta(days=1)


def at(day: date, hour: int = 12) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


@dataclass
class Company:
    """People's events as a service hears them; everything is recorded on `today`."""

    pool: asyncpg.Pool
    today: datetime = datetime(2020, 1, 1, 12, tzinfo=UTC)
    _versions: Iterator[int] = field(default_factory=lambda: count(1))

    async def hears(self, *events: BaseModel) -> None:
        assert ACCESS.apply is not None
        async with self.pool.acquire() as connection:
            await ACCESS.apply(connection, [self._record(event) for event in events])

    def _record(self, event: BaseModel) -> Record:
        return Record(
            position=1,
            stream=uuid4(),
            version=next(self._versions),
            id=uuid4(),
            type=f"people.{type(event).__name__}",
            schema_version=1,
            source="merit/people",
            subject=None,
            key="",
            actor="hr",
            on_behalf_of=None,
            effective_at=self.today,
            recorded_at=self.today,
            correlation=None,
            causation=None,
            previous_hash=b"",
            hash=b"",
            event=event,
            body=b"",
        )

    async def held(self, actor: str, subject: str | None, when: date = MAY) -> set[str]:
        """What the actor holds at noon of that day, but for `anyone`."""
        async with self.pool.acquire() as connection:
            return set(await access.held(connection, actor, subject, at(when))) - {"anyone"}

    async def visible(self, actor: str, *allowed: str, when: date = MAY) -> list[str]:
        async with self.pool.acquire() as connection:
            return await access.visible(connection, actor, allow(*allowed), at(when))


def works(
    person: str, manager: str | None, unit: str = "sales", since: date = HIRED
) -> AssignmentChanged:
    return AssignmentChanged(
        person=person, effective_on=since, manager=manager, unit=unit, entity=f"{unit}-gmbh"
    )


def grant(actor: str, role: str, population: str = "all", until: date | None = None) -> RoleGranted:
    return RoleGranted(
        grant=f"{actor}-{role}",
        actor=actor,
        role=role,
        population=population,
        valid_from=HIRED,
        valid_to=until,
    )


@pytest_asyncio.fixture(scope="module")
async def pool(servers: Servers, prefix: str) -> AsyncIterator[asyncpg.Pool]:
    settings = Settings(postgres=servers.postgres, prefix=prefix)
    await migrate(settings, settings.database("toy"), [KERNEL])
    async with await open_pool(settings, settings.database("toy"), SERVICE_ROLE) as pool:
        yield pool


@pytest_asyncio.fixture
async def company(pool: asyncpg.Pool) -> Company:
    """The boss, whose report is mia, whose reports are ann and ben; zoe works elsewhere."""
    await pool.execute("DELETE FROM person_fact; DELETE FROM grant_fact")
    company = Company(pool)
    await company.hears(
        works("boss", None),
        works("mia", "boss"),
        works("ann", "mia"),
        works("ben", "mia"),
        works("zoe", None, "labs"),
    )
    return company


@pytest.mark.parametrize(
    ("actor", "subject", "held"),
    [
        ("ann", "ann", {"own"}),
        ("mia", "ann", {"report", "subtree"}),
        ("boss", "ann", {"subtree"}),
        ("boss", "mia", {"report", "subtree"}),
        ("ben", "ann", set()),
        ("ann", "mia", set()),
        ("zoe", "ann", set()),
        ("mia", None, set()),
    ],
)
async def test_the_line_is_read_from_the_assignments(
    company: Company, actor: str, subject: str | None, held: set[str]
) -> None:
    assert await company.held(actor, subject) == held


async def test_a_former_manager_loses_access_when_the_change_takes_effect(company: Company) -> None:
    company.today = at(MAY - 30 * DAY)
    await company.hears(works("ann", "zoe", since=MAY))
    assert await company.held("mia", "ann", MAY - DAY) == {"report", "subtree"}
    assert await company.held("zoe", "ann", MAY - DAY) == set()
    assert await company.held("mia", "ann", MAY) == set()
    assert await company.held("boss", "ann", MAY) == set()
    assert await company.held("zoe", "ann", MAY) == {"report", "subtree"}


async def test_what_was_not_known_then_did_not_count_then(company: Company) -> None:
    company.today = at(MAY)
    await company.hears(works("ann", "zoe", since=MAY - 30 * DAY))
    assert await company.held("mia", "ann", MAY - DAY) == {"report", "subtree"}
    assert await company.held("zoe", "ann", MAY - DAY) == set()
    assert await company.held("zoe", "ann", MAY) == {"report", "subtree"}


async def test_of_two_facts_for_one_day_the_later_recorded_counts(company: Company) -> None:
    await company.hears(works("ann", "boss", since=MAY), works("ann", "zoe", since=MAY))
    assert await company.held("zoe", "ann") == {"report", "subtree"}
    company.today = at(MAY, 1)
    await company.hears(works("ann", "boss", since=MAY))
    assert await company.held("boss", "ann") == {"report", "subtree"}


@pytest.mark.parametrize(
    ("population", "covers"),
    [
        ("all", True),
        ("unit:sales", True),
        ("entity:sales-gmbh", True),
        ("unit:labs", False),
        ("entity:sales", False),
        ("unit:", False),
    ],
)
async def test_a_role_covers_its_population(
    company: Company, population: str, covers: bool
) -> None:
    await company.hears(grant("hr", "hrbp", population))
    assert await company.held("hr", "ann") == ({"hrbp"} if covers else set())
    assert await company.held("hr", None) == {"hrbp"}


async def test_a_population_follows_the_person(company: Company) -> None:
    await company.hears(grant("hr", "hrbp", "unit:labs"), works("ann", "zoe", "labs", since=MAY))
    assert await company.held("hr", "ann", MAY - DAY) == set()
    assert await company.held("hr", "ann", MAY) == {"hrbp"}


async def test_a_grant_lasts_through_its_last_day(company: Company) -> None:
    await company.hears(grant("hr", "hrbp", until=MAY))
    assert await company.held("hr", "ann", MAY) == {"hrbp"}
    assert await company.held("hr", "ann", MAY + DAY) == set()
    assert await company.held("hr", "ann", HIRED - DAY) == set()


async def test_a_revoked_grant_ends_when_that_is_known_and_a_new_one_begins(
    company: Company,
) -> None:
    await company.hears(grant("hr", "hrbp"), grant("hr", "pay"))
    company.today = at(MAY, 1)
    revoked = RoleRevoked(
        grant="hr-hrbp", actor="hr", role="hrbp", population="all", valid_to=MAY - 9 * DAY
    )
    await company.hears(revoked)
    assert await company.held("hr", "ann", MAY - DAY) == {"hrbp", "pay"}
    assert await company.held("hr", "ann", MAY) == {"pay"}
    await company.hears(grant("hr", "hrbp").model_copy(update={"grant": "another"}))
    assert await company.held("hr", "ann", MAY) == {"hrbp", "pay"}


async def test_who_has_left_holds_nothing_over_others(company: Company) -> None:
    await company.hears(grant("mia", "hrbp"), PersonLeft(person="mia", effective_on=MAY))
    assert await company.held("mia", "ann", MAY) == {"report", "subtree", "hrbp"}
    assert await company.held("mia", "ann", MAY + DAY) == set()
    assert await company.held("mia", "mia", MAY + DAY) == {"own"}
    assert await company.held("boss", "ann", MAY + DAY) == {"subtree"}


async def test_a_leaver_is_of_the_roles_and_not_of_the_line(company: Company) -> None:
    await company.hears(
        grant("hr", "hrbp", "unit:sales"), PersonLeft(person="ann", effective_on=MAY)
    )
    assert await company.held("mia", "ann", MAY + DAY) == set()
    assert await company.held("hr", "ann", MAY + DAY) == {"hrbp"}


async def test_who_returns_stands_where_the_new_assignment_says(company: Company) -> None:
    back = MAY + 60 * DAY
    await company.hears(
        PersonLeft(person="ann", effective_on=MAY),
        PersonReturned(person="ann", effective_on=back),
        works("ann", "zoe", since=back),
    )
    assert await company.held("zoe", "ann", back - DAY) == set()
    assert await company.held("zoe", "ann", back) == {"report", "subtree"}
    assert await company.held("mia", "ann", back) == set()


async def test_a_circle_of_managers_ends(company: Company) -> None:
    await company.hears(works("boss", "ann", since=MAY), works("zoe", "zoe", since=MAY))
    assert await company.held("ann", "mia") == {"subtree"}
    assert await company.held("mia", "ann") == {"report", "subtree"}
    assert await company.held("boss", "boss") == {"own"}
    assert await company.held("zoe", "zoe") == {"own"}
    assert await company.visible("ann", "subtree") == ["ann", "ben", "boss", "mia"]


async def test_who_was_never_heard_of_is_unknown(company: Company) -> None:
    async with company.pool.acquire() as connection:
        stranger = await access.standing(connection, "stranger", "ann", at(MAY))
        new = await access.standing(connection, "ann", "new", at(MAY))
        early = await access.standing(connection, "ann", "ann", at(HIRED - DAY))
    assert (stranger.actor_known, stranger.held) == (False, frozenset())
    assert (new.actor_known, new.subject_known) == (True, False)
    assert not early.actor_known


async def test_who_is_registered_is_known_and_nowhere_yet(company: Company) -> None:
    await company.hears(PersonRegistered(person="new", hired_on=MAY), grant("hr", "hrbp"))
    await company.hears(grant("unit-hr", "hrbp", "unit:sales"))
    async with company.pool.acquire() as connection:
        new = await access.standing(connection, "hr", "new", at(MAY - DAY))
    assert new.subject_known
    assert "hrbp" in new.held
    assert await company.held("unit-hr", "new") == set()
    assert await company.held("new", "new") == {"own"}


async def test_what_is_asked_at_once_is_answered_to_each_as_if_alone(company: Company) -> None:
    await company.hears(grant("hr", "hrbp", "unit:sales"))
    everybody = ["boss", "mia", "ann", "ben", "zoe", "hr", "nobody"]
    store = cast(Store, SimpleNamespace(pool=company.pool))
    standings = access.make_standings()
    asked = [(actor, subject, at(MAY)) for actor in everybody for subject in (*everybody, None)] + [
        ("ann", "ann", at(date(2019, 1, 1)))
    ]
    async with company.pool.acquire() as connection:
        alone = [await access.standing(connection, *question) for question in asked]
    bad = access.standing_beside(standings, store, "ann\x00", None, at(MAY))
    together = [access.standing_beside(standings, store, *question) for question in asked]
    refused, *found = await asyncio.gather(bad, *together, return_exceptions=True)
    assert isinstance(refused, asyncpg.CharacterNotInRepertoireError)
    assert found == alone
    assert await asyncio.gather(
        *(access.standing_beside(standings, store, *question) for question in reversed(asked))
    ) == list(reversed(alone))
    assert len(set(alone)) > 5


async def test_a_service_acts_as_itself(company: Company) -> None:
    assert await company.held("system:goals", "ann") == {"system"}


@pytest.mark.parametrize(
    ("actor", "allowed", "seen"),
    [
        ("mia", ["report"], ["ann", "ben"]),
        ("boss", ["report"], ["mia"]),
        ("boss", ["own", "subtree"], ["ann", "ben", "boss", "mia"]),
        ("ann", ["own", "report", "subtree"], ["ann"]),
        ("hr", ["hrbp"], ["zoe"]),
        ("hr", ["pay"], []),
        ("payroll", ["pay"], ["ann", "ben", "boss", "mia", "new", "zoe"]),
        ("ann", ["anyone"], ["ann", "ben", "boss", "mia", "new", "zoe"]),
        ("new", ["own", "report"], ["new"]),
        ("stranger", ["anyone"], []),
    ],
)
async def test_a_list_holds_those_whom_single_answers_allow(
    company: Company, actor: str, allowed: list[str], seen: list[str]
) -> None:
    await company.hears(grant("hr", "hrbp", "unit:labs"), grant("payroll", "pay"))
    await company.hears(
        PersonRegistered(person="new", hired_on=MAY), works("new", "mia", since=MAY + DAY)
    )
    assert await company.visible(actor, *allowed) == seen
    for person in ("ann", "ben", "boss", "mia", "new", "zoe"):
        async with company.pool.acquire() as connection:
            held = await access.held(connection, actor, person, at(MAY))
        assert (person in seen) == bool(held & set(allowed)), person


async def test_looks_are_kept_in_order_and_paged(company: Company) -> None:
    async with company.pool.acquire() as connection:
        for hour in range(5):
            context = Context("hr", at(MAY, hour), "k", correlation=uuid4())
            await access.log_access(connection, context, "ann", "read_pay")
        await access.log_access(connection, Context("hr", at(MAY), "k"), "ben", "read_pay")
        newest = await access.looks_at(connection, "ann", None, 2)
        older = await access.looks_at(connection, "ann", newest[-1]["id"], 10)
    assert [look["at"].hour for look in newest + older] == [4, 3, 2, 1, 0]


@pytest.mark.parametrize(
    "statement", ["UPDATE access_log SET actor = ''", "DELETE FROM access_log"]
)
async def test_a_look_cannot_be_taken_back(company: Company, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await company.pool.execute(statement)
