"""calc: the published cases through the command, exactly as an analyst would type them."""

import json
import re
from typing import Any

import pytest
from typer.testing import Result

from cli.formulas.registry import find, formulas
from cli.platform.paths import ROOT
from compensation.domain import bonus, merit
from tests.cli.fakes import invoke


def calc(*words: str) -> Result:
    return invoke("calc", *words)


def computed(*words: str) -> dict[str, Any]:
    result = calc(*words, "--json")
    assert result.exit_code == 0, result.exception
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


CURVE = "F23 h=80 t=100 m=120 target_bonus=10 max_bonus=15"
FALLING = "F23 h=20 t=10 m=5 target_bonus=10 max_bonus=15 better=lower"
FINAL = "F9 goal=3.6"
TWO_YEARS = "starts=2025-01-01,2025-04-01 ends=2025-03-31,2025-12-31"


@pytest.mark.parametrize(
    ("words", "result"),
    [
        pytest.param("F6 scores=5,3 weights=30,70", "3.6", id="AD-1 total"),
        pytest.param(FINAL, "1.2", id="AD-1 missing parts are zero"),
        pytest.param("F8 ratings=0.8,0.7 weights=70,30", "3.85", id="AD-2 self"),
        pytest.param(f"{FINAL} feedback=3.85 self=3.85 places=3", "3.767", id="AD-2 final"),
        pytest.param("F8 ratings=0.6,0.8 weights=70,30", "3.3", id="AD-3 second reviewer"),
        pytest.param("F10 scores=3.85,3.30", "3.575", id="AD-3 average"),
        pytest.param("F7 children=[50,0]", "25", id="AD-5 child"),
        pytest.param("F7 children=[0,[50,0]]", "12.5", id="AD-5 parent"),
        pytest.param("F12 score=3.4 min1=1 max1=5 min2=0.25 max2=5", "3.1", id="AD-9"),
        *(
            pytest.param(f"F13 score={s} min1=1 max1=4 n2=3", level, id=f"AD-10 {s}")
            for s, level in zip("1234", "1123", strict=True)
        ),
        pytest.param("F9 goal=5 feedback=5 places=2", "3.33", id="AD-11 as zero"),
        pytest.param(
            "F9 goal=5 feedback=5 missing=exclude_and_reweight", "5", id="AD-11 reweighted"
        ),
        pytest.param(f"F11 scores=3.0,4.0 {TWO_YEARS}", "3.7534", id="AD-12"),
        pytest.param("F15 A=45 T=50", "90", id="AD-20"),
        pytest.param("F15 actual=40 target=50", "80", id="AD-21"),
        *(
            pytest.param(f"F16 A={a} T=50", pct, id=f"AD-23 {a}")
            for a, pct in (("40", "120"), ("50", "100"), ("60", "80"))
        ),
        pytest.param("F17 A=2 T=5 cap=120", "120", id="AD-24"),
        *(
            pytest.param(f"{CURVE} A={a}", multiple, id=f"AD-26 {a}")
            for a, multiple in (
                ("80", "0"),
                ("85", "0.25"),
                ("90", "0.5"),
                ("100", "1"),
                ("110", "1.25"),
                ("120", "1.5"),
                ("130", "1.5"),
            )
        ),
        pytest.param("F25 value=18", "2", id="AD-28"),
        *(
            pytest.param(f"{FALLING} A={a}", multiple, id=f"AD-29 {a}")
            for a, multiple in (
                ("25", "0"),
                ("20", "0"),
                ("15", "0.5"),
                ("10", "1"),
                ("7.5", "1.25"),
                ("5", "1.5"),
                ("3", "1.5"),
            )
        ),
        pytest.param("F1 s=4,2 w=50,25", "3.3333", id="weighted average"),
        pytest.param("F2 s=4,2 w=50,25", "2.5", id="weighted sum"),
        pytest.param("F3 scores=4,2,3", "9", id="total"),
        pytest.param("F5 scores=[[5,3],[2]] section_weights=75,25", "3.5", id="sections"),
        pytest.param("F7 completions=[50,[100,0]] weights=50,50", "2.5", id="automatic goals"),
        pytest.param("F14 score=25", "C", id="a shared end belongs to the higher letter"),
        pytest.param("F14 score=120", "A+", id="above the last letter"),
        pytest.param("F18 A=45 T=50", "90", id="on target"),
        pytest.param("F19 A=2 table=0:100,2:50,5:20", "50", id="defects"),
        pytest.param("F20 A=-5 baseline=-10 T=0", "50", id="signed"),
        pytest.param("F21 percent=250", "120", id="cap"),
        pytest.param("F22 targets=10,10,20 actuals=9,-,12 how=average", "10.5", id="roll-up"),
        pytest.param("F24 achievement=99.9", "80", id="steps"),
    ],
)
def test_scores_and_kpis(words: str, result: str) -> None:
    assert computed(*words.split())["result"] == result


def test_what_goes_with_a_score_is_shown() -> None:
    assert computed("F6", "scores=5,3", "weights=30,70")["parts"]["earned"] == "1.5, 2.1"
    assert computed("F17", "A=2", "T=5", "cap=120")["parts"]["unbounded"] == "250"
    rolled = computed("F22", "targets=10,20", "actuals=9,")
    assert rolled["parts"] == {"target": "10", "missing": "2"}


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        pytest.param("F10 scores=", "no feedback", id="AD-7"),
        pytest.param("F10 scores=3,4 threshold=3", "2 raters, shown from 3 on", id="threshold"),
        pytest.param("F9 goal=5 missing=block", "missing: feedback, self", id="blocked"),
        pytest.param("F1 scores=5 weights=0", "the sum of weights is 0", id="no weights"),
    ],
)
def test_a_score_that_does_not_exist_says_why(words: str, reason: str) -> None:
    found = computed(*words.split())
    assert (found["result"], found["undefined_reason"]) == (None, reason)


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
        pytest.param(
            "F49 segments=181:60000:10,184:66000:10 individual=1.2", "7562.96", id="segments"
        ),
        pytest.param("F49 base=36500 target_pct=10 proration=184/365", "1840.00", id="fraction"),
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
        pytest.param("F25 value=15.5 kind=decimal", "BandsMustTile", id="AD-28 decimals"),
        ("F17 A=2 T=5", "CapIsRequired"),
        ("F15 A=2 T=0", "TargetMustBePositive"),
        ("F19 A=2 table=0", "table: found '0'"),
        ("F11 scores=3", "days are missing"),
        ("F27", "F27 needs pay, midpoint"),
        ("F41 rating=a position=1 matrix=missing.toml", "missing.toml: No such file"),
        ("F41 rating=a position=1 matrix=requirements.in", "requirements.in"),
        ("F41 rating=a position=1 cells=[1]", "cells are something else"),
        ('F5 scores={"a":1}', "scores is something else"),
        ("allocation total=1 shares=1", "shares are something else"),
        ("F49", "F49 needs inputs"),
        ("F12 score=1/0", "score: found '1/0'; allowed: number (not a number)"),
        ("F49 base=1", "target_pct is missing"),
        ("F49 segments=1:5EUR:10,1:5USD:10", "one currency"),
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
    built = {f"F{n}" for n in (*range(1, 4), *range(5, 26))}
    assert built <= set(numbers)
    assert {"F27", "F28", "F40", "F41", "F45", "F46", "F49", "allocation"} <= set(numbers)
    assert "range penetration" in calc("--list").stdout


def built(service: str) -> set[str]:
    """The formulas that a function of the domain says it is: `F15: …` or `… F15.`"""
    folder = ROOT / "services" / service / service / "domain"
    words = " ".join(path.read_text() for path in folder.glob("*.py"))
    return set(re.findall(r"\bF\d+(?=:|\.\s*\"\"\"|\.\s*\n)", words))


@pytest.mark.parametrize("service", ["appraisal", "compensation"])
def test_every_formula_that_is_built_can_be_computed(service: str) -> None:
    known = {formula.number for formula in formulas()}
    assert built(service)
    assert built(service) <= known


def test_the_versions_are_those_that_the_services_record() -> None:
    for label in (*merit.FORMULAS, *bonus.FORMULAS):
        number, _, version = label.partition("/")
        assert find(number).version == int(version)


def test_help_shows_the_inputs() -> None:
    assert "target bonus in percent" in calc("F49", "--help").stdout
