"""What a year brings: a newer extract in mid-cycle, another manager, a correction after sealing."""

import asyncio
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cli.demo import appraising, coaching, paying, plans, setup
from cli.demo.setup import Person, Staff
from cli.demo.world import ADMIN, Unexpected, World, local_world
from cli.imports.company import newer
from cli.platform import clock
from cli.platform.servers import Servers
from tests.journeys.platform import COMPANY, platform
from tests.journeys.sabotage import each_killed_once

pytestmark = pytest.mark.journey
ELEVEN_DAYS = 11 * 86_400
# The ratings of deploy/examples/schemes.toml.
BANDS = (("1.0", "D"), ("1.8", "C"), ("2.6", "B"), ("3.4", "A"), ("4.5", "A+"))


async def to_open_cycle(world: World, home: Path) -> Staff:
    staff = await setup.set_up(world, COMPANY, home)
    await plans.agree_all(world, staff)
    await coaching.coach_all(world, staff)
    await appraising.open_cycle(world, staff, world.now().date())
    return staff


async def to_final(world: World, home: Path, staff: Staff) -> dict[str, str]:
    ids = await appraising.appraise(world, staff)
    await appraising.answer(world, staff, ids)
    clock.advance(home, ELEVEN_DAYS)
    await appraising.finalised(world, staff)
    return ids


def test_a_newer_extract_and_another_manager_in_mid_cycle(
    servers: Servers, run_prefix_text: str, home: Path
) -> None:
    with platform(servers, f"{run_prefix_text}n", home) as running, each_killed_once(running):
        asyncio.run(_newer_extract(home))


async def _newer_extract(home: Path) -> None:
    async with local_world(home) as world:
        staff = await to_open_cycle(world, home)
        today = world.now().date()
        changed = newer(COMPANY, seed=3, on=today)
        before = await _events(world)
        await setup.import_company(world, changed, home, today)
        first = await _events(world)
        await setup.import_company(world, changed, home, today)
        assert await _events(world) == first > before, "only what is new is recorded, once"
        moved = await _moved(world, staff, today)
        assert moved, "the newer extract moves somebody"
        await _moved_appraisals_follow(world, staff, moved)
        current = await setup.staff_of(world, today)
        agreed = {p.id for p in staff.planned}
        still = Staff(tuple(p for p in current.people if p.id in agreed or not p.manager))
        ids = await appraising.appraise(world, still)
        await _former_manager_sees_nothing(world, moved, ids)


async def _events(world: World) -> int:
    shown = await world.read(ADMIN, "people", "/positions")
    return int(shown["newest"]["events"])


async def _moved(world: World, staff: Staff, today: date) -> list[tuple[Person, str]]:
    """Who has another manager now, with the former one."""
    former = {p.id: p.manager for p in staff.people}

    async def seen() -> bool:
        people = (await setup.staff_of(world, today)).people
        return any(p.id in former and p.manager != former[p.id] for p in people)

    await world.until("somebody has another manager", seen)
    people = (await setup.staff_of(world, today)).people
    return [(p, str(former[p.id])) for p in people if p.id in former and p.manager != former[p.id]]


async def _moved_appraisals_follow(
    world: World, staff: Staff, moved: list[tuple[Person, str]]
) -> None:
    """The open appraisal is the new manager's task."""
    wanted = {p.id: p.manager for p, _ in moved}

    async def followed() -> bool:
        items = (await appraising.cycle_status(world, staff))["items"]
        found = {i["person"]: i["manager"] for i in items if i["person"] in wanted}
        return found == wanted

    await world.until("the appraisal follows its person", followed)


async def _former_manager_sees_nothing(
    world: World, moved: list[tuple[Person, str]], ids: dict[str, str]
) -> None:
    for person, former in moved:
        path = f"/appraisals/{ids[person.id]}"
        assert await world.read(str(person.manager), "appraisal", path)
        with pytest.raises(Unexpected, match="denied:read_appraisal"):
            await world.read(former, "appraisal", path)


def test_a_correction_after_sealing_pays_the_difference_and_nothing_twice(
    servers: Servers, run_prefix_text: str, home: Path
) -> None:
    with platform(servers, f"{run_prefix_text}c", home) as running, each_killed_once(running):
        asyncio.run(_correction(home))


async def _correction(home: Path) -> None:
    async with local_world(home) as world:
        staff = await to_open_cycle(world, home)
        ids = await to_final(world, home, staff)
        await paying.launch(world, staff)
        await paying.award(world, staff, len(staff.planned))
        await paying.pay(world, staff)
        person = await _who_would_gain(world, staff, ids)
        before = await _award(world, staff, person)
        paid_before = await _sealed_for(world, staff, person)
        await _correct(world, staff, person, ids[person.id])
        after = await _award(world, staff, person)
        assert after["revision"] == before["revision"] + 1
        assert after["bonus"] != before["bonus"], "another rating pays another bonus"
        await _pay_again(world, staff)
        lines = await _sealed_for(world, staff, person)
        assert len(lines) > len(paid_before)
        for component in ("merit", "lump_sum", "bonus"):
            total = sum(r["amount"]["minor"] for r in lines if r["component"] == component)
            assert total == after[component]["minor"], f"{component} adds up to the award"
        assert len({r["line"] for r in lines}) == len(lines)


async def _who_would_gain(world: World, staff: Staff, ids: dict[str, str]) -> Person:
    """Somebody whose rating would rise if every competency were rated at the top."""
    hr = staff.office("hr-partner")
    for person in staff.planned:
        if person.entity == "US01" and person.unit == "production":
            shown = await world.read(hr, "appraisal", f"/appraisals/{ids[person.id]}")
            segment = shown["sheet"]["segments"][0]
            could_be = (Decimal(segment["goals_score"]) * 70 + Decimal(5) * 30) / 100
            reached = [r for low, r in BANDS if Decimal(low) <= round(could_be, 2)][-1]
            if reached != shown["rating"]:
                return person
    raise AssertionError("nobody would gain")


async def _award(world: World, staff: Staff, person: Person) -> Any:
    comp = staff.office("pay-analyst")
    rows = await world.read_all(comp, "compensation", "/awards", cycle=appraising.CYCLE)
    return next(row for row in rows if row["person"] == person.id)


async def _sealed_for(world: World, staff: Staff, person: Person) -> list[dict[str, Any]]:
    officer = staff.office("payroll-officer")
    return await world.read_all(officer, "payroll", "/lines", person=person.id)


async def _correct(world: World, staff: Staff, person: Person, appraisal: str) -> None:
    """HR reopens; the manager rates the top of the scale; the employee accepts; pay follows."""
    hr, comp = staff.office("hr-partner"), staff.office("pay-analyst")
    path, manager = f"/appraisals/{appraisal}", str(person.manager)
    reason = {"reason": "The project of the summer was left out"}
    await world.send(hr, "appraisal", f"{path}/reopen", reason)

    async def on_hold() -> bool:
        return bool((await _award(world, staff, person))["on_hold"])

    await world.until("the award is on hold while the result is open", on_hold)
    best = [{**r, "value": "5"} for r in appraising.ratings_of(person, "manager")]
    body = {"ratings": best, "comment": "With the project of the summer"}
    await world.send(manager, "appraisal", f"{path}/rate", body)
    for step, content in (("share", None), ("hold-interview", {"agreed_points": "Again"})):
        await world.send(manager, "appraisal", f"{path}/{step}", content, again=2)
    accepted = {"kind": "accepted", "comment": ""}
    await world.send(person.id, "appraisal", f"{path}/acknowledge", accepted, again=2)

    async def recalculated() -> bool:
        return bool((await _award(world, staff, person))["status"] == "calculated")

    await world.until("the award is calculated anew", recalculated)
    done = await paying.every(world, comp, f"/cycles/{appraising.CYCLE}/commit", {})
    for office, number in (("controller", 0), ("controller", 1)):
        body = {"cycle": appraising.CYCLE}
        approver = staff.office(office, number)
        done = await paying.every(world, approver, "/awards/approve", body, after=done["after"])
    body = {"entity": person.entity}
    release = f"/cycles/{appraising.CYCLE}/release"
    await paying.every(world, comp, release, body, after=done["after"])


async def _pay_again(world: World, staff: Staff) -> None:
    """A later batch brings the difference."""
    officer, second = staff.office("payroll-officer"), staff.office("payroll-officer", 1)
    period = paying.pay_period(world.now().date())
    order = {"entity": "US01", **period, "period_start": "2027-02-01", "period_end": "2027-02-28"}

    async def ready() -> bool:
        shown = await world.send(
            officer, "payroll", "/batches/preview", order, again=world.now().isoformat()
        )
        return bool(shown["lines"]) and not shown["not_as_announced"]

    await world.until("payroll holds the corrected award", ready)
    prepared = await world.send(officer, "payroll", "/batches", order)
    path = f"/batches/{prepared['batch']}/seal"
    sealed = await world.send(second, "payroll", path, after=prepared["after"])
    await world.read(officer, "payroll", "/batches", after=sealed["after"])
