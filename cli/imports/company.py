"""An invented company as the files that it would import: an HR extract and its payroll map."""

import csv
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import count
from pathlib import Path

FIRST = (
    "Ada Alma Anton Arun Bela Bruno Carla Chen Clara Dario Dina Edith Emil Enzo Fatima Felix Gita "
    "Hana Hugo Ida Imran Ines Jonas Julia Kaito Karim Lara Leon Lina Luca Maia Malik Mara Milan "
    "Mona Nadia Nils Nora Olga Omar Paula Pavel Quinn Rosa Ravi Sami Sara Sofia Stefan Tara Theo "
    "Tomas Ugo Vera Viktor Wanda Xenia Yara Yusuf Zeno"
).split()
LAST = (
    "Abel Acker Adeyemi Arnold Bach Baker Bauer Becker Bianchi Blum Brandt Castro Chandra Conti "
    "Cruz Dahl Danner Diaz Dorn Eder Egger Farah Fischer Fontana Frank Gallo Geiger Gupta Haas "
    "Hansen Hartmann Huber Ito Jansen Kaya Keller Klein Koch Kovacs Kumar Lang Lehner Lindt Lopez "
    "Marin Mayer Meyer Moreau Nagy Novak Okafor Olsen Park Petrov Pohl Quist Rao Reyes Richter "
    "Rossi Roth Sato Schmid Silva Sommer Stein Tanaka Toth Urban Vogel Wagner Weiss Wolf Young "
    "Zeller Ziegler"
).split()

# Job: unit, grade.  A head runs a unit, a lead runs a team, the others are staff.
JOBS = {
    "ceo": ("executive", "G9"),
    "production-head": ("production", "G7"),
    "production-lead": ("production", "G4"),
    "technician-1": ("production", "G1"),
    "technician-2": ("production", "G2"),
    "sales-head": ("sales", "G7"),
    "sales-lead": ("sales", "G5"),
    "area-seller": ("sales", "G3"),
    "it-head": ("it", "G7"),
    "it-lead": ("it", "G6"),
    "developer": ("it", "G4"),
    "systems-analyst": ("it", "G3"),
    "finance-head": ("finance", "G7"),
    "controller": ("finance", "G5"),
    "accountant": ("finance", "G2"),
    "payroll-officer": ("finance", "G3"),
    "auditor": ("finance", "G5"),
    "people-head": ("people", "G7"),
    "hr-partner": ("people", "G4"),
    "pay-analyst": ("people", "G4"),
}
# Those who run the cycle come first, so that a small company has them too.
OFFICES = (
    "hr-partner hr-partner pay-analyst pay-analyst payroll-officer payroll-officer "
    "controller controller auditor"
).split()
STAFF = {
    "production": (("technician-1", 60), ("technician-2", 40)),
    "sales": (("area-seller", 100),),
    "it": (("developer", 65), ("systems-analyst", 35)),
    "finance": (("accountant", 100),),
}
UNIT_SHARES = {"production": 50, "sales": 25, "it": 17, "finance": 8}
TEAM_SIZE = 9
ENTITIES = {"US01": ("US", "USD", "Boston"), "DE01": ("DE", "EUR", "Leipzig")}
# The middle of each grade's range, per year; the shipped ranges.csv says the same.
MIDPOINTS = {
    "G1": 48_000,
    "G2": 58_000,
    "G3": 68_000,
    "G4": 82_000,
    "G5": 98_000,
    "G6": 118_000,
    "G7": 150_000,
    "G8": 195_000,
    "G9": 260_000,
}
EUR_TO_USD_LEVEL = Decimal("0.85")
WAGE_TYPES = {"merit": "1010", "lump_sum": "3050", "bonus": "3100"}


@dataclass(frozen=True, slots=True)
class Employee:
    employee_no: str
    name: str
    hired_on: date
    left_on: date | None
    manager_no: str
    unit: str
    entity: str
    job: str
    fte: Decimal
    annual: Decimal

    @property
    def grade(self) -> str:
        return JOBS[self.job][1]


@dataclass(frozen=True, slots=True)
class Company:
    year: int
    employees: tuple[Employee, ...]


def company(people: int = 200, seed: int = 1, year: int = 2026) -> Company:
    """A company of that many people, leavers included; the same seed gives the same company.

    Some joined in the year, some work part time, some left before it or during it.
    """
    chance = random.Random(seed)
    numbers = count(1001)
    boss = _employee(chance, next(numbers), "ceo", "", "US01", year)
    heads = {
        unit: _employee(chance, next(numbers), f"{unit}-head", boss.employee_no, "US01", year)
        for unit in ("people", "finance", "production", "sales", "it")
    }
    everybody = [boss, *heads.values()]
    for job in OFFICES:
        above = heads[JOBS[job][0]].employee_no
        everybody.append(_employee(chance, next(numbers), job, above, "US01", year))
    for unit, size in _unit_sizes(people - len(everybody)).items():
        everybody += _unit(chance, numbers, heads[unit], size, year)
    return Company(year, tuple(everybody[:people]))


def newer(before: Company, seed: int, on: date) -> Company:
    """The same company at a later day: raises, a move to another manager, a leaver, a joiner."""
    chance = random.Random(seed)
    staff = [
        e for e in before.employees if e.job in ("technician-1", "developer") and not e.left_on
    ]
    leads = [e for e in before.employees if e.job == "production-lead"]
    changed: dict[str, Employee] = {}
    for employee in chance.sample(staff, min(6, len(staff))):
        changed[employee.employee_no] = replace(
            employee, annual=_hundreds(employee.annual * Decimal("1.03"))
        )
    movers = [e for e in staff if e.unit == "production" and e.employee_no not in changed]
    if movers and len(leads) > 1:
        mover = movers[0]
        to = next(lead for lead in leads if lead.employee_no != mover.manager_no)
        changed[mover.employee_no] = replace(mover, manager_no=to.employee_no)
    if len(movers) > 1:
        changed[movers[1].employee_no] = replace(movers[1], left_on=on)
    number = max(int(employee.employee_no) for employee in before.employees) + 1
    joiner = replace(
        _employee(chance, number, "technician-1", staff[0].manager_no, "US01", before.year),
        hired_on=on,
        left_on=None,
    )
    kept = [changed.get(employee.employee_no, employee) for employee in before.employees]
    return replace(before, employees=(*kept, joiner))


def write_extract(company: Company, path: Path) -> None:
    """The HR extract, in the layout that company.mapping.toml describes."""
    header = (
        "Personnel No,Name,Entry,Exit,Exit Reason,Manager No,Unit,Entity,Job,Grade,Site,FTE,"
        "Country,Base Pay,Currency"
    ).split(",")
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(header)
        for e in company.employees:
            country, currency, site = ENTITIES[e.entity]
            left = ("", "") if e.left_on is None else (e.left_on.isoformat(), "left the company")
            lines.writerow(
                (e.employee_no, e.name, e.hired_on.isoformat(), *left, e.manager_no, e.unit)
                + (e.entity, e.job, e.grade, site, e.fte, country, e.annual, currency)
            )


def write_payroll_map(company: Company, path: Path) -> None:
    """Payroll ids of everybody employed, and each entity's wage types, for `import payroll-map`."""
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(
            "kind,entity,employee_no,payroll_id,pay_group,cost_centre,component,wage_type".split(
                ","
            )
        )
        for entity in ENTITIES:
            for component, code in WAGE_TYPES.items():
                lines.writerow(["wage_type", entity, "", "", "", "", component, code])
        for e in company.employees:
            if e.left_on is None:
                payroll_id = f"{ENTITIES[e.entity][0]}-{int(e.employee_no) * 7:06d}"
                centre = (
                    f"{sorted(UNIT_SHARES | {'people': 0, 'executive': 0}).index(e.unit) + 1}000"
                )
                lines.writerow(
                    ["person", e.entity, e.employee_no, payroll_id, "monthly", centre, "", ""]
                )


def _unit_sizes(people: int) -> dict[str, int]:
    """How many people each unit gets under its head; what is left goes to production."""
    sizes = {unit: max(people, 0) * share // 100 for unit, share in UNIT_SHARES.items()}
    sizes["production"] += max(people, 0) - sum(sizes.values())
    return sizes


def _unit(
    chance: random.Random, numbers: "count[int]", head: Employee, size: int, year: int
) -> Iterator[Employee]:
    """Teams of a lead and staff; finance is small and has none."""
    entities = _entities(chance, size)
    lead = head
    left_in_team = 0
    jobs, weights = zip(*STAFF[head.unit], strict=True)
    for entity in entities:
        if f"{head.unit}-lead" in JOBS and left_in_team == 0:
            lead = _employee(
                chance, next(numbers), f"{head.unit}-lead", head.employee_no, entity, year
            )
            left_in_team = TEAM_SIZE
            yield lead
            continue
        job = chance.choices(jobs, weights)[0]
        worker = _employee(chance, next(numbers), job, lead.employee_no, entity, year)
        left_in_team -= 1
        yield _with_a_life(chance, worker, year)


def _entities(chance: random.Random, size: int) -> Sequence[str]:
    german = size * 3 // 10
    return ["US01"] * (size - german) + ["DE01"] * german


def _with_a_life(chance: random.Random, e: Employee, year: int) -> Employee:
    """One in ten works part time, one in twenty joined this year, one in thirty left."""
    draw = chance.randrange(60)
    if draw < 6:
        fte = chance.choice([Decimal("0.5"), Decimal("0.6"), Decimal("0.8")])
        return replace(e, fte=fte, annual=_hundreds(e.annual * fte))
    if draw < 9:
        return replace(e, hired_on=date(year, chance.randint(2, 6), 1))
    if draw < 11:
        return replace(e, left_on=date(year - 1, chance.randint(3, 12), 28))
    return e


def _employee(
    chance: random.Random, number: int, job: str, manager_no: str, entity: str, year: int
) -> Employee:
    unit, grade = JOBS[job]
    level = EUR_TO_USD_LEVEL if entity == "DE01" else Decimal(1)
    position = Decimal(chance.randint(84, 116)) / 100
    return Employee(
        employee_no=str(number),
        name=f"{chance.choice(FIRST)} {chance.choice(LAST)}",
        hired_on=date(year - 1, 1, 1) - timedelta(days=chance.randint(0, 4000)),
        left_on=None,
        manager_no=manager_no,
        unit=unit,
        entity=entity,
        job=job,
        fte=Decimal(1),
        annual=_hundreds(MIDPOINTS[grade] * level * position),
    )


def _hundreds(amount: Decimal) -> Decimal:
    return (amount / 100).quantize(Decimal(1), rounding=ROUND_HALF_UP) * 100
