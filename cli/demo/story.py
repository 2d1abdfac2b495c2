"""The demo from its first line to its summary: stage after stage, each with its time."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from cli.demo import appraising, coaching, paying, plans, setup
from cli.demo.setup import Staff
from cli.demo.world import ADMIN, World
from cli.imports.company import Company
from cli.platform import clock

T = TypeVar("T")
Tell = Callable[[str], None]


@dataclass
class Told:
    """What the summary is made from."""

    staff: Staff
    seconds: dict[str, float] = field(default_factory=dict)
    agreed: dict[str, int] = field(default_factory=dict)
    coached: dict[str, int] = field(default_factory=dict)
    finalised: int = 0
    timed_out: str = ""
    payroll: dict[str, Any] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)
    books: dict[str, int] = field(default_factory=dict)


async def tell(world: World, company: Company, folder: Path, say: Tell) -> Told:
    """The whole cycle of the company; every stage ends with its read models caught up."""
    seconds: dict[str, float] = {}

    async def stage(name: str, work: Awaitable[T]) -> T:
        say(f"  {name} …")
        began = time.monotonic()
        result = await work
        seconds[name] = round(time.monotonic() - began, 1)
        return result

    staff = await stage("set up", setup.set_up(world, company, folder))
    told = Told(staff, seconds)
    told.agreed = await stage("agree plans", plans.agree_all(world, staff))
    told.coached = await stage("coach", coaching.coach_all(world, staff))
    await stage("open cycle", appraising.open_cycle(world, staff, world.now().date()))
    ids = await stage("appraise", appraising.appraise(world, staff))
    told.timed_out = await stage("answer", appraising.answer(world, staff, ids))
    clock.advance(world.home, int(timedelta(days=appraising.ACKNOWLEDGE_DAYS + 1).total_seconds()))
    told.finalised = await stage("finalise", appraising.finalised(world, staff))
    await stage("launch pay review", paying.launch(world, staff))
    await stage("award", paying.award(world, staff, told.finalised))
    told.payroll = await stage("pay", paying.pay(world, staff))
    told.figures = await stage("add up", figures(world, staff))
    told.books = await stage("compare books", books(world))
    await stage("seal", seal(world))
    return told


async def figures(world: World, staff: Staff) -> dict[str, Any]:
    """Awards with their totals by currency, in minor units."""
    comp = staff.office("pay-analyst")
    rows = await world.read_all(comp, "compensation", "/awards", cycle=appraising.CYCLE)
    # A person's own award is not in their list: the second analyst looks at the first one's.
    seen = {row["award"] for row in rows}
    second = staff.office("pay-analyst", 1)
    others = await world.read_all(second, "compensation", "/awards", cycle=appraising.CYCLE)
    rows += [row for row in others if row["award"] not in seen]
    totals: dict[str, dict[str, int]] = {"merit": {}, "lump_sum": {}, "bonus": {}}
    for row in rows:
        for component, sums in totals.items():
            if money := row[component]:
                sums[money["currency"]] = sums.get(money["currency"], 0) + money["minor"]
    return {"awards": len(rows), **totals}


async def books(world: World) -> dict[str, int]:
    """Events recorded, and what any consumer of them lacks or has twice."""
    services = sorted(world.bases())
    asked = await world.all_of(world.read(ADMIN, name, "/positions") for name in services)
    found = dict(zip(services, asked, strict=True))
    lost = duplicated = 0
    for shown in found.values():
        for heard in shown["heard"]:
            gap = found[heard["source"]]["newest"]["published"] - heard["events"]
            lost, duplicated = lost + max(gap, 0), duplicated + max(-gap, 0)
    return {
        "events": sum(shown["newest"]["events"] for shown in found.values()),
        "lost": lost,
        "duplicated": duplicated,
        "parked": sum(shown["parked"] for shown in found.values()),
    }


async def seal(world: World) -> None:
    """Not a minute later: the demo's clock went on by days, and its events look as old."""
    moment = world.now().isoformat()
    await world.all_of(world.send(ADMIN, name, "/seals", again=moment) for name in world.bases())


async def has_run_before(world: World) -> bool:
    """Whether somebody is registered already."""
    page = await world.read(ADMIN, "people", "/people", limit=1)
    return bool(page["items"])
