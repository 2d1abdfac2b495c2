"""A small company in people, and goals that has heard of it over Kafka."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from chassis.ids import person_id
from chassis.settings import Settings
from goals.app import SERVICE as GOALS
from people.app import SERVICE as PEOPLE
from tests.people.served import Served, eventually, serving

ADMIN = "admin-1"
# Eva manages Bob and Sue; Bob manages everybody else.
EVA, BOB, SUE = (person_id(number) for number in ("1", "2", "3"))
ANN, CLEO, DAN, FAY, GUS, HAL, IDA, JIM = (person_id(str(number)) for number in range(10, 18))

SALES = {
    "title": "Seller",
    "grade": "G3",
    "responsibilities": [{"code": "customers", "text": "Customers stay and come back"}],
    "competencies": [{"code": "listening", "name": "Listening", "expected_level": 3}],
}
REVENUE = {
    "goal": "revenue",
    "title": "Win the north",
    "unit": "thousand",
    "measure": "higher",
    "threshold": "80",
    "target": "100",
    "stretch": "120",
    "cap_pct": "120",
    "rollup": "sum",
    "weight_pct": "60",
    "link": {"kind": "objective", "code": "grow"},
}
ACCIDENTS = {
    "goal": "accidents",
    "title": "Nobody gets hurt",
    "unit": "count",
    "measure": "zero_defect",
    "target": "0",
    "zero_table": [{"up_to": "0", "pct": "100"}, {"up_to": "2", "pct": "40"}],
    "weight_pct": "40",
    "link": {"kind": "responsibility", "code": "customers"},
}
LISTENING = {
    "competency": "listening",
    "name": "Listening",
    "expected_level": 3,
    "weight_pct": "100",
    "anchors": "Says back what was meant",
    "link": {"kind": "responsibility", "code": "customers"},
}
CONTENT: dict[str, Any] = {
    "goals": [REVENUE, ACCIDENTS],
    "goals_weight_pct": "70",
    "competencies": [LISTENING],
    "competencies_weight_pct": "30",
}


@dataclass
class World:
    people: Served
    goals: Served

    @property
    def year(self) -> int:
        return self.goals.store.clock().year

    @property
    def days(self) -> dict[str, str]:
        return {"period_start": f"{self.year}-01-01", "period_end": f"{self.year}-12-31"}

    @property
    def plan(self) -> dict[str, Any]:
        """A plan for the whole year, as it is sent."""
        return {**self.days, **CONTENT}

    async def reports_to(self, number: int, manager: str) -> None:
        """Somebody has a manager from today on."""
        body = {
            "as_of": self.goals.store.clock().date().isoformat(),
            "source": "test",
            "rows": [row(number, manager)],
        }
        (answer,) = (await self.people.told(ADMIN, "/people/import", body))["rows"]
        assert answer["outcome"] == "recorded"

    async def agreed(self, person: str, period: str = "main") -> str:
        """A contract of the person with Bob, to be seen; answers its hash."""
        path = f"/plans/{person}/{period}"
        digest = str((await self.goals.told(BOB, f"{path}/propose", self.plan))["content_hash"])
        for signer in (person, BOB):
            done = await self.goals.told(signer, f"{path}/sign", {"content_hash": digest})
        assert done["events"] == 4, "a signature, two goals, the contract"
        await self.shown(person, f"/contracts/{person}", done["after"])
        return digest

    async def shown(self, actor: str, path: str, after: str | None = None, **query: Any) -> Any:
        """The answer to a question that must be answered."""
        asked = {**query, "after": after} if after else query
        response = await self.goals.get(actor, path, **asked)
        assert response.status_code == 200, response.text
        return response.json()


def row(number: int, manager: str | None) -> dict[str, object]:
    return {
        "employee_no": str(number),
        "name": f"Person {number}",
        "hired_on": "2020-01-01",
        "unit": "sales",
        "entity": "US01",
        "job": "seller",
        "grade": "G3",
        "country": "US",
        "manager": manager,
        "annual": {"minor": 6_000_000, "currency": "USD"},
    }


@asynccontextmanager
async def a_world(settings: Settings) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        people = await stack.enter_async_context(serving(PEOPLE, settings))
        goals = await stack.enter_async_context(serving(GOALS, settings))
        world = World(people, goals)
        await _found(world)
        yield world


async def _found(world: World) -> None:
    """The company is imported, goals hears of it, and the organisation has an objective."""

    async def admins_are_known() -> bool:
        return (await world.people.get(ADMIN, "/roles")).status_code == 200

    await eventually(admins_are_known)
    rows = [row(1, None), row(2, "1"), row(3, "1"), *(row(number, "2") for number in range(10, 18))]
    body = {"as_of": "2026-01-01", "source": "test", "rows": rows}
    answer = await world.people.told(ADMIN, "/people/import", body)
    assert {each["outcome"] for each in answer["rows"]} == {"recorded"}
    await world.people.send("PUT", ADMIN, "/jobs/seller", SALES)
    objective = {"title": "Grow by a tenth", "theme": "growth", "unit": "sales", **world.days}

    async def objective_is_set() -> bool:
        done = await world.goals.send("PUT", ADMIN, "/objectives/grow", objective)
        return done.status_code == 200

    async def all_is_heard() -> bool:
        facts = await world.goals.store.pool.fetchrow(
            """SELECT (SELECT count(*) FROM employment) AS employments,
                      (SELECT count(*) FROM person_fact WHERE kind = 'assigned') AS assigned,
                      (SELECT count(*) FROM job) AS jobs,
                      (SELECT count(*) FROM objective) AS objectives"""
        )
        return bool(facts and tuple(facts) == (len(rows), len(rows), 1, 1))

    await eventually(objective_is_set)
    await eventually(all_is_heard)
