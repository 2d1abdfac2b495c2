"""Stages 5 and 6: awards from results, approved by a second person; batches to payroll and back."""

from datetime import date, timedelta
from typing import Any

from cli.demo.appraising import CYCLE
from cli.demo.plans import DAYS
from cli.demo.setup import Staff
from cli.demo.world import World

ENTITIES = {"DE01": "EUR", "US01": "USD"}
POOLS = ["merit-us-2026", "merit-de-2026", "bonus-us-2026", "bonus-de-2026"]
PAY_GROUP = "monthly"


async def launch(world: World, staff: Staff) -> None:
    """The pay review of the cycle: matrix, plan, pools and period are frozen with it."""
    body = {
        "cycle": CYCLE,
        **DAYS,
        "increase_on": "2027-01-01",
        "matrix": "merit-2026",
        "plan": "bonus-2026",
        "pools": POOLS,
    }
    comp = staff.office("pay-analyst")
    done = await world.send(comp, "compensation", "/cycles", body)
    await world.read(comp, "compensation", f"/cycles/{CYCLE}", after=done["after"])


async def awards(world: World, staff: Staff) -> dict[str, int]:
    """How many awards are in which status."""
    path = f"/cycles/{CYCLE}"
    shown = await world.read(staff.office("pay-analyst"), "compensation", path)
    found: dict[str, int] = shown["awards"]
    return found


async def award(world: World, staff: Staff, expected: int) -> None:
    """Calculated, charged to the pools, approved by finance, communicated, released."""
    comp, fin = staff.office("pay-analyst"), staff.office("controller")
    second_fin = staff.office("controller", 1)

    async def calculated() -> bool:
        counts = await awards(world, staff)
        return sum(counts.values()) == expected and not counts.get("opened", 0)

    await world.until("every result has its award", calculated)
    done = await every(world, comp, f"/cycles/{CYCLE}/commit", {})
    for approver in (fin, second_fin):
        after = done.get("after")
        done = await every(world, approver, "/awards/approve", {"cycle": CYCLE}, after=after)
    for entity in ENTITIES:
        body = {"entity": entity}
        done = await every(world, comp, f"/cycles/{CYCLE}/release", body, after=done.get("after"))
    await every(world, comp, "/awards/communicate", {"cycle": CYCLE}, after=done.get("after"))


async def every(
    world: World, actor: str, path: str, body: dict[str, Any], after: str | None = None
) -> dict[str, Any]:
    """A bulk command until nothing is left: it works in parts and says where the next begins."""
    start, last = None, {"after": after}
    while True:
        part = body | ({"start_after": start} if start else {})
        done = await world.send(actor, "compensation", path, part, after=after, again=after)
        last = done if done["after"] else last
        after = done["after"] or after
        if not done["remaining"]:
            return last
        start = done["next"]


def pay_period(today: date) -> dict[str, str]:
    """The month in which the awards are paid; the cut-off is the day after today."""
    cut_off = (today + timedelta(days=1)).isoformat()
    return {
        "pay_group": PAY_GROUP,
        "period_start": "2027-01-01",
        "period_end": "2027-01-31",
        "cut_off": cut_off,
    }


async def pay(world: World, staff: Staff) -> dict[str, Any]:
    """One officer prepares a batch for each entity, another seals it; payroll answers each line."""
    officer, second = staff.office("payroll-officer"), staff.office("payroll-officer", 1)
    lines, acknowledged, batches = 0, 0, []
    total: dict[str, int] = {}
    for entity in ENTITIES:
        order = {"entity": entity, **pay_period(world.now().date())}
        await _announced(world, officer, order)
        prepared = await world.send(officer, "payroll", "/batches", order)
        batch = prepared["batch"]
        await world.send(second, "payroll", f"/batches/{batch}/seal", after=prepared["after"])
        shown = await _sealed(world, officer, batch)
        rows = await world.read_all(officer, "payroll", f"/batches/{batch}/lines")
        answers = [answer_to(row) for row in rows]
        path = f"/batches/{batch}/acknowledgements"
        await world.send(officer, "payroll", path, {"answers": answers})
        lines += len(rows)
        acknowledged += len(answers)
        for money in shown["totals"]:
            total[money["currency"]] = total.get(money["currency"], 0) + money["minor"]
        batches.append({"batch": batch, "entity": entity, "lines": len(rows)})
    return {"lines": lines, "total": total, "acknowledged": acknowledged, "batches": batches}


async def _announced(world: World, officer: str, order: dict[str, str]) -> None:
    """Payroll holds exactly what compensation announced."""

    async def holds() -> bool:
        shown = await world.send(
            officer, "payroll", "/batches/preview", order, again=world.now().isoformat()
        )
        return bool(shown["lines"]) and not shown["not_as_announced"]

    await world.until("payroll holds what was announced", holds)


async def _sealed(world: World, officer: str, batch: str) -> Any:
    found: list[Any] = []

    async def sealed() -> bool:
        shown = await world.read(officer, "payroll", f"/batches/{batch}")
        found[:] = [shown]
        return bool(shown["status"] != "prepared")

    await world.until("the batch is sealed", sealed)
    return found[0]


def answer_to(row: dict[str, Any]) -> dict[str, str]:
    """The payroll system paid what the file said, in major units."""
    from chassis.values import Money, to_major

    amount = Money(row["amount"]["minor"], row["amount"]["currency"])
    return {"line": row["line"], "status": "paid", "amount": str(to_major(amount))}
