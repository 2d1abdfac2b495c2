"""Set-up files: each shipped example is read whole, and what is wrong is refused by itself."""

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from chassis.ids import person_id
from cli.imports.company import MIDPOINTS, company, newer, write_extract, write_payroll_map
from cli.imports.files import READERS
from cli.imports.mapping import read_mapping
from cli.imports.people import read_people
from cli.imports.report import Outcome, Remark, report
from cli.imports.table import FileIsUnreadable

EXAMPLES = Path(__file__).parents[2] / "deploy" / "examples"
SHIPPED = {
    "jobs": "jobs.toml",
    "objectives": "objectives.toml",
    "ranges": "ranges.csv",
    "matrix": "matrix.toml",
    "plans": "plans.toml",
    "pools": "pools.toml",
    "schemes": "schemes.toml",
    "payroll-map": "payroll-map.csv",
}


@pytest.mark.parametrize(("kind", "file"), SHIPPED.items())
def test_a_shipped_example_is_read_whole(kind: str, file: str) -> None:
    found = READERS[kind](EXAMPLES / file)
    assert found.refused == ()
    assert sum(request.rows for request in found.requests) == found.rows > 0


def test_the_shipped_extract_shows_what_is_refused() -> None:
    mapping = read_mapping(EXAMPLES / "hr-extract.mapping.toml")
    plan = read_people(EXAMPLES / "hr-extract.csv", mapping)
    assert [(r.row, r.field) for r in plan.refused] == [
        (10, "annual"),
        (11, "employee_no"),
        (12, "hired_on"),
        (13, "manager"),
        (14, "manager"),
    ]
    assert (plan.rows, len(plan.wanted), plan.repeated) == (13, 7, 1)


def test_an_entry_is_put_under_its_key(tmp_path: Path) -> None:
    file = tmp_path / "pools.toml"
    file.write_text(
        '[[pool]]\npool = "a/b"\nshare = 0.10\nfrom = 2026-01-01\n'
        'fund = { amount = 12.50, currency = "EUR" }\n'
    )
    (request,) = READERS["pools"](file).requests
    assert (request.method, request.path) == ("PUT", "/pools/a%2Fb")
    assert request.body == {
        "share": "0.10",
        "from": "2026-01-01",
        "fund": {"minor": 1250, "currency": "EUR"},
    }


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        ('title = "no key"', "pool"),
        ('pool = "x"\nfund = { amount = 1, currency = "XXX" }', "fund"),
        ('pool = "x"\nfund = { amount = 1.234, currency = "EUR" }', "fund"),
        ('pool = "x"\nfund = { amount = "much", currency = "EUR" }', "fund"),
        ('pool = "first"', "pool"),
    ],
)
def test_a_wrong_entry_is_refused_and_the_rest_goes_in(
    tmp_path: Path, entry: str, field: str
) -> None:
    file = tmp_path / "pools.toml"
    file.write_text(f'[[pool]]\npool = "first"\n[[pool]]\n{entry}\n')
    found = READERS["pools"](file)
    assert [request.row for request in found.requests] == [1]
    assert [(remark.row, remark.field) for remark in found.refused] == [(2, field)]


def test_json_is_read_like_toml(tmp_path: Path) -> None:
    file = tmp_path / "pools.json"
    file.write_text('{"pool": [{"pool": "p", "share": 0.1}]}')
    assert READERS["pools"](file).requests[0].body == {"share": "0.1"}


@pytest.mark.parametrize("text", ["[[job]]\njob = 'x'", "pool = 3", "x = 1", "[["])
def test_a_file_of_another_kind_is_said_at_once(tmp_path: Path, text: str) -> None:
    file = tmp_path / "pools.toml"
    file.write_text(text)
    with pytest.raises(FileIsUnreadable, match=r"pools\.toml"):
        READERS["pools"](file)


def written(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines))
    return path


def test_wrong_ranges_are_refused_by_row(tmp_path: Path) -> None:
    header = "grade,country,currency,effective_on,minimum,midpoint,maximum"
    good = "G1,US,USD,2026-01-01,40000,50000,60000"
    found = READERS["ranges"](
        written(
            tmp_path / "ranges.csv",
            header,
            good,
            good,
            "G2,US,USD,1/1/2026,1,2,3",
            "G2,US,XXX,2026-01-01,1,2,3",
            "G2,US,USD,2026-01-01,1,,3",
        )
    )
    assert [(remark.row, remark.field) for remark in found.refused] == [
        (3, "grade"),
        (4, "effective_on"),
        (5, "currency"),
        (6, "midpoint"),
    ]
    assert found.requests[0].body["midpoint"] == {"minor": 5_000_000, "currency": "USD"}


def test_a_payroll_map_names_people_by_their_id(tmp_path: Path) -> None:
    header = "kind,entity,employee_no,payroll_id,pay_group,cost_centre,component,wage_type"
    found = READERS["payroll-map"](
        written(
            tmp_path / "map.csv",
            header,
            "person,E1,7,P7,monthly,100,,",
            "wage_type,E1,,,,,merit,1010",
            "wage_type,E1,,,,,bonus,3100",
            "person,E1,7,P8,monthly,100,,",
            "person,E1,8,,monthly,100,,",
            "wage_type,E1,,,,,bonus,3101",
            "wage_type,E1,,,,,overtime,1",
            "thing,E1,,,,,,",
        )
    )
    wage_types, person = found.requests
    assert (wage_types.path, wage_types.rows) == ("/wage-types/E1", 2)
    assert wage_types.body == {"merit": "1010", "bonus": "3100"}
    assert person.path == f"/payees/{person_id('7')}"
    assert [(remark.row, remark.field) for remark in found.refused] == [
        (5, "employee_no"),
        (6, "payroll_id"),
        (7, "component"),
        (8, "component"),
        (9, "kind"),
    ]


def test_a_report_adds_up() -> None:
    no = Remark(4, "annual", "zero", "must be above zero")
    found = report(
        rows=6,
        outcomes=[Outcome(2, events=3), Outcome(3), Outcome(5, events=1, rows=2)],
        refused=[no],
        repeated=1,
    )
    assert (found.recorded, found.unchanged, found.refused) == (3, 2, (no,))
    assert found.as_json()["refused"] == (
        {"row": 4, "field": "annual", "found": "zero", "reason": "must be above zero"},
    )


@pytest.mark.parametrize("size", [1, 20, 200])
def test_the_demo_company_is_read_whole(tmp_path: Path, size: int) -> None:
    extract, payroll = tmp_path / "company.csv", tmp_path / "payroll-map.csv"
    demo = company(size)
    write_extract(demo, extract)
    write_payroll_map(demo, payroll)
    plan = read_people(extract, read_mapping(EXAMPLES / "company.mapping.toml"))
    assert (plan.rows, len(plan.wanted), plan.refused, plan.noted) == (size, size, (), ())
    assert READERS["payroll-map"](payroll).refused == ()


def test_the_same_seed_gives_the_same_company() -> None:
    assert company(50, seed=3) == company(50, seed=3)
    assert company(50, seed=3) != company(50, seed=4)


def test_a_newer_extract_changes_a_few() -> None:
    before = company()
    after = newer(before, seed=2, on=date(2026, 7, 1))
    changed = [
        (old, new)
        for old, new in zip(before.employees, after.employees, strict=False)
        if old != new
    ]
    assert any(new.annual > old.annual for old, new in changed)
    assert any(new.manager_no != old.manager_no for old, new in changed)
    assert any(new.left_on for _, new in changed)
    assert len(after.employees) == len(before.employees) + 1


def test_the_shipped_ranges_are_those_of_the_demo_company() -> None:
    with (EXAMPLES / "ranges.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["country"] == "US"]
    assert {row["grade"]: Decimal(row["midpoint"]) for row in rows} == MIDPOINTS
