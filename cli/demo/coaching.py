"""Stage 3: readings against the contracts, check-ins, corrections and feedback."""

import random
from decimal import Decimal

from cli.demo.plans import PERIOD, kpis_of
from cli.demo.setup import Person, Staff
from cli.demo.world import World

DAYS = ("2026-04-15", "2026-10-15")


def reading_of(person: Person, goal: str, typical: list[Decimal | int], day: str) -> Decimal:
    """Where this person's KPI stood on the day; the same in every telling."""
    chance = random.Random(f"{person.employee_no} {goal} {day}")
    low, high = (Decimal(str(bound)) for bound in typical)
    return (low + (high - low) * chance.randint(0, 20) / 20).quantize(Decimal("0.1"))


async def coach(world: World, person: Person, number: int) -> int:
    """Two readings a goal; every ninth person's last one is corrected; one check-in."""
    path = f"/plans/{person.id}/{PERIOD}/readings"
    goals = kpis_of(person.unit)
    count = 0
    for day in DAYS:
        for entry in goals:
            value = reading_of(person, entry["goal"], entry["typical"], day)
            if entry["measure"] == "zero_defect":
                value = value.to_integral_value()
            body = {"goal": entry["goal"], "value": str(value), "as_of": day, "source": "manual"}
            done = await world.send(person.id, "goals", path, body)
            count += 1
    if number % 9 == 0:
        body = {"value": str(value), "as_of": DAYS[1], "reason": "Typed a wrong digit"}
        await world.send(person.id, "goals", f"{path}/{done['reading']}/correct", body)
    remarks = [{"goal": e["goal"], "status": "on_track", "note": "As planned"} for e in goals]
    said = {
        "person": person.id,
        "held_on": DAYS[number % 2],
        "note": "Talked about progress and what stands in the way",
        "confidence": 1 + number % 5,
        "goals": remarks,
    }
    await world.send(person.id, "feedback", "/checkins", said)
    return count


async def give_feedback(world: World, staff: Staff) -> int:
    """Every fourth manager tells a report something."""
    giving = [p for n, p in enumerate(staff.planned) if n % 4 == 0]
    await world.all_of(
        world.send(
            str(p.manager),
            "feedback",
            "/feedback",
            {"person": p.id, "text": "Thank you for stepping in", "tags": ["teamwork"]},
        )
        for p in giving
    )
    return len(giving)


async def coach_all(world: World, staff: Staff) -> dict[str, int]:
    readings = await world.all_of(coach(world, p, n) for n, p in enumerate(staff.planned))
    return {
        "readings": sum(readings),
        "check_ins": len(readings),
        "feedback": await give_feedback(world, staff),
    }
