"""Stage 2: every employee and their manager agree a plan; some counter, one amends."""

from decimal import Decimal
from typing import Any

from cli.demo.setup import EXAMPLES, Person, Staff
from cli.demo.world import World
from cli.imports.documents import read_document

PERIOD = "2026"
AMENDED_EACH = 40
DAYS = {"period_start": "2026-01-01", "period_end": "2026-12-31"}
_TEXT = ("threshold", "target", "stretch", "baseline", "cap_pct", "floor_pct")


def kpis_of(unit: str) -> list[dict[str, Any]]:
    """The KPIs that the example file has for the unit; heads of units have those of theirs."""
    entries: Any = read_document(EXAMPLES / "kpis.toml")["kpi"]
    return [entry for entry in entries if entry["unit"] == unit]


def job_of(job: str) -> dict[str, Any]:
    entries: Any = read_document(EXAMPLES / "jobs.toml")["job"]
    return next(entry for entry in entries if entry["job"] == job)


def content_for(person: Person) -> dict[str, Any]:
    """A plan: the unit's KPIs at 70 %, the competencies that the job expects at 30 %."""
    job = job_of(person.job)
    competencies = job["competencies"]
    share = Decimal(100) / len(competencies)
    weights = [share.quantize(Decimal("0.01"))] * (len(competencies) - 1)
    weights.append(Decimal(100) - sum(weights))
    first = job["responsibilities"][0]["code"]
    return {
        **DAYS,
        "goals": [_goal(entry) for entry in kpis_of(person.unit)],
        "goals_weight_pct": "70",
        "competencies": [
            {
                "competency": c["code"],
                "name": c["name"],
                "expected_level": c["expected_level"],
                "weight_pct": str(weight),
                "anchors": f"Shows {c['name'].lower()} in daily work",
                "link": {"kind": "responsibility", "code": first},
            }
            for c, weight in zip(competencies, weights, strict=True)
        ],
        "competencies_weight_pct": "30",
    }


def _goal(entry: dict[str, Any]) -> dict[str, Any]:
    table = [{"up_to": str(s["up_to"]), "pct": str(s["pct"])} for s in entry.get("zero_table", ())]
    return {
        "goal": entry["goal"],
        "title": entry["title"],
        "unit": entry["measure_unit"],
        "measure": entry["measure"],
        **{name: str(entry[name]) for name in _TEXT if name in entry},
        "zero_table": table,
        "weight_pct": str(entry["weight_pct"]),
        "link": {"kind": "objective", "code": entry["objective"]},
    }


async def agree(world: World, person: Person, number: int) -> None:
    """Proposed by the manager, countered by every fifth employee, signed by both over one hash."""
    path = f"/plans/{person.id}/{PERIOD}"
    content = content_for(person)
    done = await world.send(str(person.manager), "goals", f"{path}/propose", content)
    if number % 5 == 0:
        goals = [{**goal, "title": f"{goal['title']} (as discussed)"} for goal in content["goals"]]
        countered = {**content, "goals": goals}
        done = await world.send(person.id, "goals", f"{path}/counter", countered)
    await _both_sign(world, person, f"{path}/sign", done["content_hash"])
    if number % AMENDED_EACH == 1:
        await amend(world, person, path)


async def amend(world: World, person: Person, path: str) -> None:
    """From July on the first two goals change their weights, by a reason and two signatures."""
    content = {k: v for k, v in content_for(person).items() if k not in DAYS}
    first, second, *others = content["goals"]
    swapped = [
        {**first, "weight_pct": second["weight_pct"]},
        {**second, "weight_pct": first["weight_pct"]},
    ]
    body = {
        **content,
        "goals": [*swapped, *others],
        "effective_on": "2026-07-01",
        "reason": "The second half of the year is about the other one",
    }
    done = await world.send(person.id, "goals", f"{path}/amend", body)
    await _both_sign(world, person, f"{path}/sign-amendment", done["content_hash"])


async def _both_sign(world: World, person: Person, path: str, content_hash: str) -> None:
    for signer in (person.id, str(person.manager)):
        await world.send(signer, "goals", path, {"content_hash": content_hash})


async def agree_all(world: World, staff: Staff) -> dict[str, int]:
    """How many contracts are in force at the end, and how many of them were amended."""
    await world.all_of(agree(world, p, n) for n, p in enumerate(staff.planned))
    count = len(staff.planned)
    return {"contracts": count, "amended": len(range(1, count, AMENDED_EACH))}
