"""Stage 1: the company comes out of files, and people get their roles."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from cli.demo.world import ADMIN, SECOND_ADMIN, World
from cli.imports.company import Company, write_extract, write_payroll_map
from cli.imports.files import READERS
from cli.imports.mapping import read_mapping
from cli.imports.people import read_people
from cli.imports.report import Request
from cli.platform.services import known

EXAMPLES = Path(__file__).parents[2] / "deploy" / "examples"
# Who gets which role: the first two of each office, so that a second person is always there.
ROLES = {
    "hr-partner": "hrbp",
    "pay-analyst": "comp",
    "payroll-officer": "pay",
    "controller": "fin",
    "auditor": "aud",
}


@dataclass(frozen=True)
class Person:
    """Somebody of the company as the directory shows them."""

    id: str
    employee_no: str
    name: str
    manager: str | None
    unit: str
    entity: str
    job: str
    left: bool


@dataclass(frozen=True)
class Staff:
    """Everybody, and who holds which office."""

    people: tuple[Person, ...]

    @property
    def active(self) -> list[Person]:
        return [p for p in self.people if not p.left]

    @property
    def planned(self) -> list[Person]:
        """Those who agree a plan: employed, and with a manager to agree it with."""
        return [p for p in self.active if p.manager]

    def office(self, job: str, number: int = 0) -> str:
        return [p.id for p in self.active if p.job == job][number]


async def import_file(world: World, kind: str, path: Path, actor: str) -> None:
    """The file's requests, as `merit import` would send them."""
    read = READERS[kind](path)
    assert not read.refused, f"{path.name}: {read.refused[:3]}"
    await world.all_of(_sent(world, actor, request) for request in read.requests)


async def _sent(world: World, actor: str, request: Request) -> Any:
    return await world.send(
        actor, request.service, request.path, request.body, method=request.method
    )


async def import_company(world: World, company: Company, folder: Path, as_of: date) -> None:
    """Write the HR extract and import it; a newer extract of the company records the changes."""
    extract = folder / "company.csv"
    write_extract(company, extract)
    plan = read_people(extract, read_mapping(EXAMPLES / "company.mapping.toml"))
    assert not plan.refused, f"company.csv: {plan.refused[:3]}"
    for request in plan.requests(as_of):
        answer = await _sent(world, ADMIN, request)
        assert all(r["outcome"] != "refused" for r in answer["rows"]), answer["rows"][:3]


async def staff_of(world: World, today: date) -> Staff:
    rows = await world.read_all(ADMIN, "people", "/people")
    people = tuple(
        Person(
            row["person"],
            row["employee_no"],
            row["name"],
            row["manager"],
            row["unit"],
            row["entity"],
            row["job"],
            row["left_on"] is not None and row["left_on"] < today.isoformat(),
        )
        for row in rows
    )
    return Staff(people)


async def give_roles(world: World, staff: Staff) -> None:
    """One administrator proposes, the other grants."""
    for person in staff.active:
        if role := ROLES.get(person.job):
            proposed = await world.send(
                ADMIN, "people", "/roles/propose", {"actor": person.id, "role": role}
            )
            body = {"actor": person.id, "grant": proposed["grant"]}
            await world.send(SECOND_ADMIN, "people", "/roles/grant", body)


async def heard_of(world: World, source: str) -> None:
    """Wait until all that the source has recorded by now is known to every service."""

    async def level() -> bool:
        told = await world.read(ADMIN, source, "/status")
        if told["relay"]["events"] != 0:
            return False
        shown = await world.all_of(world.read(ADMIN, name, "/status") for name in known())
        behind = [one for status in shown for one in status["consumers"]]
        return all(one["events"] == 0 for one in behind if one["source"] == source)

    await world.until(f"every service has heard what {source} tells", level)


async def set_up(world: World, company: Company, folder: Path) -> Staff:
    """Jobs, people, roles, objectives; then what appraisal, pay and payroll need."""
    today = world.now().date()
    await import_file(world, "jobs", EXAMPLES / "jobs.toml", ADMIN)
    await import_company(world, company, folder, date(company.year, 1, 1))

    numbers = {employee.employee_no for employee in company.employees}

    async def listed() -> bool:
        rows = await world.read_all(ADMIN, "people", "/people")
        return numbers <= {row["employee_no"] for row in rows}

    await world.until("everybody is in the directory", listed)
    staff = await staff_of(world, today)
    await give_roles(world, staff)
    await heard_of(world, "people")  # a role that has not been heard of is refused, not waited for
    write_payroll_map(company, folder / "payroll-map.csv")
    hr, comp = staff.office("hr-partner"), staff.office("pay-analyst")
    fin, pay = staff.office("controller"), staff.office("payroll-officer")
    await import_file(world, "objectives", EXAMPLES / "objectives.toml", ADMIN)
    for kind, file, actor in (
        ("schemes", "schemes.toml", hr),
        ("ranges", "ranges.csv", comp),
        ("matrix", "matrix.toml", comp),
        ("plans", "plans.toml", comp),
        ("pools", "pools.toml", fin),
    ):
        if (EXAMPLES / file).exists():
            await import_file(world, kind, EXAMPLES / file, actor)
    await import_file(world, "payroll-map", folder / "payroll-map.csv", pay)
    return staff
