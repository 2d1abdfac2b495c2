"""import: what a file asks, what the services answer, and what is said about each row."""

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from chassis.ids import person_id
from tests.cli.fakes import BO, FakePlatform, problem, recorded

MAPPING = """
source = "extract"
[columns]
employee_no = "No"
name = "Name"
hired_on = "Hired"
manager_no = "Boss"
annual = "Pay"
[constants]
unit = "it"
entity = "DE01"
job = "developer"
grade = "G4"
country = "DE"
currency = "EUR"
"""
ROWS = "No,Name,Hired,Boss,Pay\n1,Ann Lee,2020-01-01,,50000\n2,Bo Lee,2020-01-01,1,-5\n"
JOBS = '[[job]]\njob = "developer"\ntitle = "Developer"\ngrade = "G4"\n'


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    (tmp_path / "extract.mapping.toml").write_text(MAPPING)
    file = tmp_path / "extract.csv"
    file.write_text(ROWS)
    return file


def people_answer(request: httpx2.Request) -> dict[str, Any]:
    rows = json.loads(request.content)["rows"]
    noted = [{"field": "manager", "found": "9", "reason": "this manager is not registered"}]
    return {
        "rows": [
            {"row": r["row"], "outcome": "recorded", "events": 3, "noted": noted} for r in rows
        ]
    }


def test_people_are_reported_row_by_row(extract: Path) -> None:
    platform = FakePlatform().on("people", "POST /people/import", people_answer)
    result = platform.run("import", "people", str(extract), "--as-of", "2026-05-01", "--json")
    assert json.loads(result.stdout) == {
        "rows": 2,
        "recorded": 1,
        "unchanged": 0,
        "refused": [
            {
                "row": 3,
                "field": "annual",
                "found": "a negative number",
                "reason": "must be above zero",
            }
        ],
        "noted": [
            {"row": 2, "field": "manager", "found": "9", "reason": "this manager is not registered"}
        ],
    }
    (sent,) = platform.commands()
    assert (sent.actor, sent.body["as_of"], sent.body["source"]) == (
        "admin-1",
        "2026-05-01",
        "extract",
    )


def test_the_report_is_short_lines_for_people(extract: Path) -> None:
    platform = FakePlatform().on("people", "POST /people/import", people_answer)
    assert platform.run("import", "people", str(extract)).stdout == (
        "extract.csv: 2 rows, 1 recorded, 0 unchanged, 1 refused\n"
        "refused:\n"
        "  row 3: annual: a negative number: must be above zero\n"
        "went in, but:\n"
        "  row 2: manager: 9: this manager is not registered\n"
    )


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (recorded(), {"recorded": 1, "unchanged": 0, "refused": []}),
        (recorded(0), {"recorded": 0, "unchanged": 1, "refused": []}),
        (
            problem(
                422,
                "urn:merit:invalid-request",
                "The request is not valid",
                errors=[{"field": "grade", "found": "nothing", "allowed": "a grade"}],
            ),
            {
                "recorded": 0,
                "unchanged": 0,
                "refused": [{"row": 1, "field": "grade", "found": "nothing", "reason": "a grade"}],
            },
        ),
        (
            problem(409, "urn:merit:rule:x", "Job is closed", detail="job developer is closed"),
            {
                "recorded": 0,
                "unchanged": 0,
                "refused": [
                    {
                        "row": 1,
                        "field": "row",
                        "found": "job developer is closed",
                        "reason": "Job is closed",
                    }
                ],
            },
        ),
    ],
)
def test_an_entry_is_recorded_unchanged_or_refused(
    tmp_path: Path, answer: Any, expected: dict[str, Any]
) -> None:
    file = tmp_path / "jobs.toml"
    file.write_text(JOBS)
    platform = FakePlatform().on("people", "PUT /jobs/developer", answer)
    result = platform.run("import", "jobs", str(file), "--json")
    assert json.loads(result.stdout) == {"rows": 1, "noted": [], **expected}


def test_who_may_not_import_is_told_the_rule(tmp_path: Path) -> None:
    file = tmp_path / "jobs.toml"
    file.write_text(JOBS)
    no = problem(403, "urn:merit:denied:describe_job", "Not permitted", rule="describe_job")
    platform = FakePlatform().on("people", "PUT /jobs/developer", no)
    result = platform.run("import", "jobs", str(file), "--as", "1002")
    assert str(result.exception) == "people does not let 1002 do this (rule 'describe_job')."


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("persons", "x.csv"), "there is no kind 'persons'"),
        (("people", "missing.csv"), "say how its columns are named"),
        (("jobs", "missing.toml"), "nothing was imported: missing.toml: No such file"),
        (("jobs", "x.toml", "--as-of", "2026-01-01"), "are for people"),
    ],
)
def test_a_wrong_call_is_answered_in_a_sentence(words: tuple[str, ...], said: str) -> None:
    assert said in str(FakePlatform().run("import", *words).exception)


def test_a_payroll_map_is_imported_by_who_has_the_role(tmp_path: Path) -> None:
    file = tmp_path / "map.csv"
    file.write_text(
        "kind,entity,employee_no,payroll_id,pay_group,cost_centre,component,wage_type\n"
        "wage_type,DE01,,,,,bonus,3100\n"
    )
    platform = FakePlatform(services=("people", "payroll"))
    result = platform.run("import", "payroll-map", str(file))
    assert "nobody has the role 'pay' over everybody yet" in str(result.exception)
    platform.run("import", "payroll-map", str(file), "--as", "1002")
    (sent,) = platform.commands()
    assert (sent.service, sent.actor) == ("payroll", BO)


def test_a_payroll_id_of_somebody_unknown_is_refused_and_the_rest_goes_in(tmp_path: Path) -> None:
    file = tmp_path / "map.csv"
    file.write_text(
        "kind,entity,employee_no,payroll_id,pay_group,cost_centre,component,wage_type\n"
        "person,DE01,9999,P-1,monthly,1000,,\n"
        "person,DE01,1003,P-2,monthly,1000,,\n"
    )
    platform = FakePlatform(services=("people", "payroll"))
    platform.on("payroll", f"PUT /payees/{person_id('1003')}", recorded())
    result = platform.run("import", "payroll-map", str(file), "--as", "1002", "--json")
    report = json.loads(result.stdout)
    assert (report["recorded"], [row["row"] for row in report["refused"]]) == (1, [2])
    assert report["refused"][0] == {
        "row": 2,
        "field": "employee_no",
        "found": "9999",
        "reason": "nobody of this number is registered",
    }
    assert [sent.body["payroll_id"] for sent in platform.commands()] == ["P-2"]
