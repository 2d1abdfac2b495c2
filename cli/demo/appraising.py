"""Stage 4: the appraisal cycle, from self rating to an answer, or to a deadline that passes."""

import random
from datetime import date, timedelta
from typing import Any

from cli.demo.plans import DAYS, job_of
from cli.demo.setup import Person, Staff
from cli.demo.world import World

CYCLE = "review-2026"
ACKNOWLEDGE_DAYS = 10
ANSWERS = {
    3: ("accepted_with_disagreement", "The closing project is not in it"),
    7: ("refused", "The readings of the spring are not mine"),
}


async def open_cycle(world: World, staff: Staff, today: date) -> None:
    """HR opens the cycle; everybody with a contract gets an appraisal."""
    hr = staff.office("hr-partner")
    due = [today + timedelta(days=n) for n in (7, 14, 21)]
    body = {
        "title": "Performance review 2026",
        **DAYS,
        "scheme": "standard-2026",
        "self_due": due[0].isoformat(),
        "manager_due": due[1].isoformat(),
        "interview_due": due[2].isoformat(),
        "acknowledge_days": ACKNOWLEDGE_DAYS,
    }
    done = await world.send(hr, "appraisal", f"/cycles/{CYCLE}", body, method="PUT")
    await world.read(hr, "appraisal", f"/cycles/{CYCLE}/status", after=done["after"])

    async def opened() -> bool:
        status = await cycle_status(world, staff)
        return len(status["items"]) == len(staff.planned)

    await world.until("everybody with a contract has an appraisal", opened)


async def cycle_status(world: World, staff: Staff) -> Any:
    return await world.read(staff.office("hr-partner"), "appraisal", f"/cycles/{CYCLE}/status")


async def appraise(world: World, staff: Staff) -> dict[str, str]:
    """Rated, shared and talked about; the appraisal of each person by their id.

    Every tenth is late with the self rating, and HR goes on for them.
    """
    hr = staff.office("hr-partner")
    status = await cycle_status(world, staff)
    ids = {item["person"]: item["appraisal"] for item in status["items"]}
    people = staff.planned
    await world.all_of(
        world.send(
            p.id,
            "appraisal",
            f"/appraisals/{ids[p.id]}/rate-self",
            {"ratings": ratings_of(p, "self"), "comment": "A good year"},
        )
        for n, p in enumerate(people)
        if n % 10
    )
    late = [ids[p.id] for n, p in enumerate(people) if n % 10 == 0]
    reason = "On leave for the whole of the step"
    body = {"step": "self", "reason": reason, "appraisals": late}
    await world.send(hr, "appraisal", f"/cycles/{CYCLE}/advance", body)
    await world.all_of(_manage(world, p, ids[p.id]) for p in people)
    return ids


async def _manage(world: World, person: Person, appraisal: str) -> None:
    """What the manager does: rate, share, hold the interview."""
    path, manager = f"/appraisals/{appraisal}", str(person.manager)
    body = {"ratings": ratings_of(person, "manager"), "comment": "Thank you for this year"}
    await world.send(manager, "appraisal", f"{path}/rate", body)
    await world.send(manager, "appraisal", f"{path}/share")
    talked = {"agreed_points": "Two trainings next year"}
    await world.send(manager, "appraisal", f"{path}/hold-interview", talked)


def ratings_of(person: Person, by: str) -> list[dict[str, str]]:
    """Competencies on the scale 1 to 5, in halves; the same in every telling."""
    chance = random.Random(f"{person.employee_no} {by}")
    return [
        {"line": c["code"], "value": str(chance.randint(4, 10) / 2), "comment": "As seen daily"}
        for c in job_of(person.job)["competencies"]
    ]


async def answer(world: World, staff: Staff, ids: dict[str, str]) -> str:
    """Everybody answers but the last, whose deadline passes; who that is."""
    people = staff.planned
    await world.all_of(
        world.send(p.id, "appraisal", f"/appraisals/{ids[p.id]}/acknowledge", _answer(n))
        for n, p in enumerate(people[:-1])
    )
    return people[-1].id


def _answer(number: int) -> dict[str, str]:
    kind, comment = ANSWERS.get(number % 40, ("accepted", ""))
    return {"kind": kind, "comment": comment}


async def finalised(world: World, staff: Staff) -> int:
    """Waits until every appraisal is final; how many there are."""

    async def done() -> bool:
        steps = (await cycle_status(world, staff))["steps"]
        return set(steps) == {"done"}

    await world.until("every appraisal is final", done)
    status = await cycle_status(world, staff)
    return len(status["items"])
