"""Reading an HR extract: what real files contain, and what is said about a row that is wrong."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from chassis.values import Money
from cli.imports.mapping import PeopleMapping, read_mapping
from cli.imports.people import PeoplePlan, read_people
from cli.imports.table import FileIsUnreadable

HEADER = "No,Name,Hired,Left,Boss,Unit,Job,Pay"
Read = Callable[..., PeoplePlan]

MAPPING = PeopleMapping.model_validate(
    {
        "date_formats": ["%m/%d/%Y", "%m/%d/%y"],
        "short_years_from": 1940,
        "name_order": "last_first",
        "not_people": ["Board of Directors"],
        "columns": {
            "employee_no": "No",
            "name": "Name",
            "hired_on": "Hired",
            "left_on": "Left",
            "manager": "Boss",
            "unit": "Unit",
            "job": "Job",
            "grade": "Job",
            "annual": "Pay",
        },
        "constants": {"entity": "US01", "country": "US", "currency": "USD"},
        "translate": {"grade": {"Clerk": "G1", "Head": "G5"}},
    }
)
ANN = '1,"Lee, Ann  B ",7/5/2011,,Eva Ray,Sales   ,Clerk,50000'
EVA = '2,"Ray, Eva",1/30/2010,,Board of Directors,Sales,Head,"90,000.50"'


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read(*rows: str, encoding: str = "utf-8", mapping: PeopleMapping = MAPPING) -> PeoplePlan:
        file = tmp_path / "extract.csv"
        file.write_bytes("\r\n".join([HEADER, *rows, ""]).encode(encoding))
        return read_people(file, mapping)

    return read


def test_a_tidy_reading_of_an_untidy_row(read: Read) -> None:
    eva, ann = read(ANN, EVA).wanted
    assert (ann.row, ann.name, ann.manager, ann.unit) == (2, "Ann B Lee", "2", "Sales")
    assert (ann.hired_on, ann.annual, ann.grade) == (
        date(2011, 7, 5),
        Money(5_000_000, "USD"),
        "G1",
    )
    assert (eva.row, eva.annual) == (3, Money(9_000_050, "USD"))


def test_a_manager_comes_before_the_reports(read: Read) -> None:
    cleo = '3,"Fox, Cleo",1/1/2020,,Ann B. Lee,Sales,Clerk,40000'
    assert [wanted.employee_no for wanted in read(cleo, ANN, EVA).wanted] == ["2", "1", "3"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_usual_encodings_are_found_out(read: Read, encoding: str) -> None:
    plan = read('1,"Müller, Zoë",7/5/2011,,,Sales,Clerk,50000', encoding=encoding)
    assert plan.wanted[0].name == "Zoë Müller"


@pytest.mark.parametrize("boss", ["Ann Lee", "ann b. lee", "Lee, Ann"])
def test_a_manager_is_found_with_or_without_the_middle_initial(read: Read, boss: str) -> None:
    bob = f'3,"Day, Bob",1/1/2020,,"{boss}",Sales,Clerk,40000'
    plan = read(ANN, EVA, bob)
    assert {w.employee_no: w.manager for w in plan.wanted}["3"] == "1"


def test_a_manager_who_is_no_person_is_noted(read: Read) -> None:
    plan = read(EVA)
    assert plan.wanted[0].manager is None
    assert plan.wanted[0].manager_name is None
    assert [(n.row, n.found) for n in plan.noted] == [(2, "Board of Directors")]


def test_a_manager_who_is_not_in_the_file_is_left_to_the_service(read: Read) -> None:
    assert read(ANN).wanted[0].manager_name == "Eva Ray"


def test_an_ambiguous_manager_is_refused_with_the_reason(read: Read) -> None:
    twin = '5,"Ray, Eva",1/1/2012,,,Sales,Head,80000'
    plan = read(ANN, EVA, twin)
    assert [(r.row, r.field, r.reason) for r in plan.refused] == [
        (2, "manager", "2 people have this name")
    ]
    assert len(plan.wanted) == 2


@pytest.mark.parametrize(
    ("row", "field", "found"),
    [
        (',"Lee, Ann",7/5/2011,,,Sales,Clerk,50000', "employee_no", "nothing"),
        ("1,,7/5/2011,,,Sales,Clerk,50000", "name", "nothing"),
        ('1,"Lee, Ann",,,,Sales,Clerk,50000', "hired_on", "nothing"),
        ('1,"Lee, Ann",31/12/2011,,,Sales,Clerk,50000', "hired_on", "31/12/2011"),
        ('1,"Lee, Ann",7/5/2011,soon,,Sales,Clerk,50000', "left_on", "soon"),
        ('1,"Lee, Ann",7/5/2011,7/4/2011,,Sales,Clerk,50000', "left_on", "2011-07-04"),
        ('1,"Lee, Ann",7/5/2011,,,Sales,Clerk,-50000', "annual", "a negative number"),
        ('1,"Lee, Ann",7/5/2011,,,Sales,Clerk,0', "annual", "zero"),
        ('1,"Lee, Ann",7/5/2011,,,Sales,Clerk,50k', "annual", "text that is no number"),
        ('1,"Lee, Ann",7/5/2011,,,Sales,Clerk,5.001', "annual", "a number"),
        ('1,"Lee, Ann",7/5/2011,,,Sales,Pilot,50000', "grade", "Pilot"),
        ('1,"Lee, Ann",7/5/2011,,"Lee, Ann",Sales,Clerk,50000', "manager", "1"),
        ('1,"Lee, Ann",7/5/2011', "row", "another number of cells than the header"),
        ('1,"Lee, Ann",7/5/2011,,,Sales,Clerk,50000,x', "row", "another number of cells"),
    ],
)
def test_a_wrong_row_is_refused_and_the_rest_goes_in(
    read: Read, row: str, field: str, found: str
) -> None:
    plan = read(EVA, row)
    assert [wanted.employee_no for wanted in plan.wanted] == ["2"]
    (remark,) = plan.refused
    assert (remark.row, remark.field) == (3, field)
    assert remark.found.startswith(found)


def test_a_refused_amount_is_not_repeated(read: Read) -> None:
    for pay in ("-98765", "98765.432", "98765x"):
        remark = read(f'1,"Lee, Ann",7/5/2011,,,Sales,Clerk,{pay}').refused[0]
        assert "98765" not in f"{remark.found} {remark.reason}"


def test_an_unknown_currency_is_refused(read: Read) -> None:
    mapping = MAPPING.model_copy(
        update={"constants": {**MAPPING.constants, "currency": "XXX"}},
    )
    assert read(EVA, mapping=mapping).refused[0].field == "currency"


def test_a_row_without_pay_goes_in_without_pay(read: Read) -> None:
    assert read('1,"Lee, Ann",7/5/2011,,,Sales,Clerk,').wanted[0].annual is None


def test_a_cycle_of_managers_is_refused_and_who_reports_into_it_goes_in(read: Read) -> None:
    loop = [
        '1,"Lee, Ann",7/5/2011,,Bob Day,Sales,Clerk,50000',
        '2,"Day, Bob",7/5/2011,,Cleo Fox,Sales,Clerk,50000',
        '3,"Fox, Cleo",7/5/2011,,Ann Lee,Sales,Clerk,50000',
        '4,"Ray, Eva",7/5/2011,,Ann Lee,Sales,Clerk,50000',
    ]
    plan = read(*loop)
    assert [(r.row, r.field) for r in plan.refused] == [
        (2, "manager"),
        (3, "manager"),
        (4, "manager"),
    ]
    assert [(wanted.employee_no, wanted.manager) for wanted in plan.wanted] == [("4", "1")]


def test_the_same_row_twice_is_taken_once(read: Read) -> None:
    plan = read(EVA, EVA)
    assert (len(plan.wanted), plan.repeated, plan.refused) == (1, 1, ())


def test_two_rows_of_a_person_that_differ_are_both_refused(read: Read) -> None:
    plan = read(EVA, EVA.replace("Head", "Clerk"), ANN)
    assert [(r.row, r.field) for r in plan.refused] == [(2, "employee_no"), (3, "employee_no")]
    assert "rows 2 and 3" in plan.refused[0].reason
    assert "job" in plan.refused[0].reason
    assert plan.repeated == 0


def test_years_of_two_digits_lie_where_the_mapping_says(read: Read) -> None:
    plan = read(
        '1,"Lee, Ann",7/5/39,,,Sales,Clerk,50000', '2,"Day, Bob",7/5/41,,,Sales,Clerk,50000'
    )
    assert [wanted.hired_on.year for wanted in plan.wanted] == [2039, 1941]


def test_rows_count_as_lines_of_the_file(read: Read) -> None:
    broken = '1,"Lee,\nAnn",x,,,Sales,Clerk,50000'
    assert [r.row for r in read(broken, "", ',"A, B",7/5/2011,,,S,Clerk,1').refused] == [2, 5]


def test_a_request_carries_the_rows_and_the_day_of_the_extract(read: Read) -> None:
    first, second = read(ANN, EVA).requests(date(2026, 3, 1), size=1)
    assert (first.row, second.row, first.path) == (3, 2, "/people/import")
    assert first.body["as_of"] == "2026-03-01"


def test_a_column_that_is_not_there_is_said_at_once(tmp_path: Path) -> None:
    file = tmp_path / "extract.csv"
    file.write_text("No,Name\n")
    with pytest.raises(FileIsUnreadable, match="has no column Boss"):
        read_people(file, MAPPING)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("columns = 3", "columns"),
        ("[columns]\nname = 'Name'", "says nothing about employee_no"),
        ("[columns]\nage = 'Age'", "columns.age"),
        ("[[", "mapping.toml"),
    ],
)
def test_a_wrong_mapping_says_where(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "mapping.toml"
    file.write_text(text)
    with pytest.raises(FileIsUnreadable, match=said):
        read_mapping(file)


def test_two_digit_years_need_a_century(tmp_path: Path) -> None:
    file = tmp_path / "mapping.toml"
    columns = "".join(
        f"{field} = 'x'\n"
        for field in "employee_no name hired_on unit entity job grade country".split()
    )
    file.write_text(f"date_formats = ['%d.%m.%y']\n[columns]\n{columns}")
    with pytest.raises(FileIsUnreadable, match="short_years_from"):
        read_mapping(file)
