"""calc: the published cases through the command, exactly as an analyst would type them."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli.main import build


def calc(*words: str) -> Result:
    return CliRunner().invoke(build(), ["calc", *words])


def computed(*words: str) -> dict[str, Any]:
    result = calc(*words, "--json")
    assert result.exit_code == 0, result.exception
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


PSC = (
    'cells={"exceptional": [5.0, 4.5], "above_average": [3.5, 3.0], "meets": [2.5, 2.0],'
    ' "needs_improvement": [0, 0], "not_meeting": [0, 0]}'
)
RANGES = (
    'cells={"5": ["6-8", "4-6", "3-4"], "4": ["4-6", "3-4", "2-3"], "3": ["3-4", "2-3", "1-2"],'
    ' "2": ["0-1", 0, 0], "1": [0, 0, 0]}'
)
YEAR = "period_start=2025-01-01 period_end=2025-12-31"
LEAP = "period_start=2024-01-01 period_end=2024-12-31"


@pytest.mark.parametrize(
    ("words", "result"),
    [
        pytest.param("F28 pay=70000 minimum=55000 maximum=82200", "0.5515", id="AD-30"),
        pytest.param("F27 pay=62000 midpoint=70000", "0.8857", id="AD-31 compa"),
        pytest.param("F28 pay=62000 min=56000 max=84000", "0.2143", id="AD-31 penetration"),
        pytest.param("F27 pay=91000 midpoint=90000", "1.0111", id="AD-32 compa"),
        pytest.param("F28 pay=91000 min=72000 max=108000", "0.5278", id="AD-32 penetration"),
        pytest.param(f"F46 pct=3 start=2025-07-01 {YEAR}", "1.5123", id="AD-44"),
        pytest.param(f"F46 pct=3 start=2024-07-01 {LEAP}", "1.5082", id="AD-44 leap year"),
        pytest.param("F46 eligible_days=366 period_days=366", "1", id="AD-46"),
        pytest.param("F49 base=100000 target_pct=10", "10000.00", id="AD-49"),
        pytest.param(
            "allocation total=8.00 shares=[1,1,1] keys=a,b,c", "2.67, 2.67, 2.66", id="AD-52"
        ),
        pytest.param("F27 pay=30000 midpoint=60000 fte=0.5", "1", id="part time"),
        pytest.param("F27 pay=50000,70000 midpoint=60000,60000 group=mean", "1", id="group"),
        pytest.param("F45 current=50000 merit=1000 lump_sum=500", "51000.00", id="new pay"),
        pytest.param("F46 amount=1000.00 eligible_days=1 period_days=3", "333.33", id="amount"),
        pytest.param("F49 base=5000000 target_pct=10 currency=JPY", "500000", id="no cents"),
    ],
)
def test_published_and_derived_cases(words: str, result: str) -> None:
    assert computed(*words.split())["result"] == result


@pytest.mark.parametrize(
    ("rating", "pay", "midpoint", "amount"),
    [
        pytest.param("above_average", "60000", "70000", "2100.00", id="AD-40 below"),
        pytest.param("meets", "52340", "50000", "1046.80", id="AD-40 above"),
        pytest.param("exceptional", "81250", "81250", "3656.25", id="AD-40 at the midpoint"),
    ],
)
def test_the_matrix_by_midpoint(rating: str, pay: str, midpoint: str, amount: str) -> None:
    found = computed("F41", f"rating={rating}", f"pay={pay}", f"midpoint={midpoint}", PSC)
    assert found["result"] == amount


@pytest.mark.parametrize(
    ("rating", "position", "limits"),
    [
        pytest.param("5", "0.89", ("6", "8"), id="AD-41 low"),
        pytest.param("5", "90%", ("4", "6"), id="AD-41 90 is in the middle"),
        pytest.param("3", "1.1", ("2", "3"), id="AD-41 110 is in the middle"),
        pytest.param("4", "1.11", ("2", "3"), id="AD-41 high"),
        pytest.param("1", "2", ("0", "0"), id="AD-41 nothing"),
    ],
)
def test_the_matrix_by_ranges(rating: str, position: str, limits: tuple[str, str]) -> None:
    parts = computed("F41", f"rating={rating}", f"position={position}", RANGES)["parts"]
    assert (parts["min_pct"], parts["max_pct"]) == limits


def test_the_example_matrix_serves_where_none_is_given() -> None:
    assert computed("F41", "rating=A", "position=0.95")["result"] == "4"


def test_an_increase_that_crosses_the_maximum_is_split() -> None:
    found = computed("F40", "pay=90000", "increase=5000", "minimum=50000", "maximum=92000")
    assert found["result"] == "2000.00"
    assert found["parts"]["lump_sum"] == "3,000.00 EUR"
    assert found["parts"]["circle"] == "crosses_maximum"


def test_undefined_is_told_with_its_reason_and_is_no_failure() -> None:
    found = computed("F28", "pay=1", "minimum=5", "maximum=5")
    assert found["result"] is None
    assert "denominator" in found["undefined_reason"]
    assert "undefined: the denominator is 0" in calc("F28", "pay=1", "min=5", "max=5").stdout


def test_inputs_and_rounding_are_shown() -> None:
    found = computed("F28", "pay=70000", "minimum=55000", "maximum=82200", "places=2")
    assert found["result"] == "0.55"
    assert found["unrounded"] == "0.5514705882352941176470588235"
    assert found["rounding"] == "half_up, to 2 decimal places, once at the end"
    assert found["inputs"]["pay"] == "70,000.00 EUR"
    assert (found["formula"], found["version"]) == ("F28", 1)
    assert "half_up, to 4 decimal places" in calc("F27", "pay=1", "midpoint=3").stdout


@pytest.mark.parametrize("half", ["F49 base=0.50 target_pct=1 step=0.01"])
def test_a_half_goes_up_or_to_even(half: str) -> None:
    words = half.split()
    assert computed(*words)["result"] == "0.01"
    assert computed(*words, "rounding=half_even")["result"] == "0.00"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("F28 pay=1 minimum=2", "maximum: missing"),
        ("F28 pay=x minimum=2 maximum=3", "pay: found 'x'; allowed: amount"),
        ("F28 pay=1 minimum=2 maximum=3 foo=1", "foo: there is no such input; there are: pay"),
        ("F27 pay=1 midpoint=NaN", "midpoint"),
        ("F41 rating=Z position=1", "RatingNotInMatrix"),
        ('F41 rating=a position=1 bands=[0,1)(1,) cells={"a":[1,2]}', "BandsMustTile"),
        ("F27 pay=1EUR midpoint=1USD", "CurrenciesDiffer"),
        ("F27", "F27 needs pay, midpoint"),
        ("F99", "there is no formula 'F99'"),
        ("compa-ration", "did you mean F27?"),
    ],
)
def test_what_is_wrong_is_said(words: str, said: str) -> None:
    result = calc(*words.split())
    assert result.exit_code == 1
    assert said in str(result.exception)


def test_the_list_names_every_formula_once() -> None:
    found = json.loads(calc("--list", "--json").stdout)
    numbers = [formula["formula"] for formula in found]
    assert len(numbers) == len(set(numbers))
    assert {"F27", "F28", "F40", "F41", "F45", "F46", "F49", "allocation"} <= set(numbers)
    assert "range penetration" in calc("--list").stdout


def test_help_shows_the_inputs() -> None:
    assert "target bonus in percent" in calc("F49", "--help").stdout
