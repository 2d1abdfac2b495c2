"""Extracts into the running people service: the same again changes nothing, a newer one little."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
import pytest_asyncio

from chassis.settings import Settings
from cli.imports.company import Company, company, newer, write_extract
from cli.imports.mapping import read_mapping
from cli.imports.people import read_people
from cli.imports.report import Outcome, Remark, Report, report
from people.app import SERVICE
from tests.people.served import Served, eventually, serving

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]

EXAMPLES = Path(__file__).parents[2] / "deploy" / "examples"
ADMIN = "admin-1"


@pytest_asyncio.fixture(scope="module")
async def people(settings: Settings) -> AsyncIterator[Served]:
    async with serving(SERVICE, settings) as served:

        async def admins_are_known() -> bool:
            return (await served.get(ADMIN, "/roles")).status_code == 200

        await eventually(admins_are_known)
        yield served


async def imported(people: Served, file: Path, mapping: str, as_of: date) -> Report:
    plan = read_people(file, read_mapping(EXAMPLES / mapping))
    outcomes: list[Outcome] = []
    for request in plan.requests(as_of, size=50):
        answer = await people.told(ADMIN, request.path, request.body)
        for row in answer["rows"]:
            if row["outcome"] == "refused":
                remark = Remark(row["row"], row["field"], row["found"], row["reason"])
                outcomes.append(Outcome(row["row"], refused=remark))
            else:
                noted = tuple(Remark(row["row"], **note) for note in row["noted"])
                outcomes.append(Outcome(row["row"], events=row["events"], noted=noted))
    return report(plan.rows, outcomes, plan.refused, plan.noted, plan.repeated)


async def test_the_shipped_extract_goes_in_as_far_as_it_is_right(people: Served) -> None:
    first = await imported(
        people, EXAMPLES / "hr-extract.csv", "hr-extract.mapping.toml", date(2026, 1, 1)
    )
    assert (first.rows, first.recorded, first.unchanged, len(first.refused)) == (13, 7, 1, 5)
    assert [(note.row, note.found) for note in first.noted] == [
        (4, "Board of Directors"),
        (9, "Pat Nobody"),
    ]
    events = await people.events()
    again = await imported(
        people, EXAMPLES / "hr-extract.csv", "hr-extract.mapping.toml", date(2026, 2, 1)
    )
    assert (again.recorded, again.unchanged) == (0, 8)
    assert await people.events() == events


async def test_a_newer_extract_of_the_demo_company_records_only_its_changes(
    people: Served, tmp_path: Path
) -> None:
    file = tmp_path / "company.csv"

    async def taken(extract: Company, as_of: date) -> Report:
        write_extract(extract, file)
        return await imported(people, file, "company.mapping.toml", as_of)

    before = company(60)
    after = newer(before, seed=2, on=date(2026, 7, 1))
    assert (await taken(before, date(2026, 1, 1))).recorded == 60
    assert (await taken(before, date(2026, 6, 1))).recorded == 0
    events = await people.events()
    changed = sum(o != n for o, n in zip(before.employees, after.employees, strict=False))
    report_ = await taken(after, date(2026, 7, 1))
    assert (report_.recorded, report_.unchanged, report_.refused) == (changed + 1, 60 - changed, ())
    # One fact for each change; registration, assignment and pay of the joiner.
    assert await people.events() == events + changed + 3
