"""Formulas of appraisal: from readings to percent of target (F15 to F25)."""

from decimal import Decimal
from typing import Literal, cast

from appraisal.domain import kpi_scoring
from appraisal.domain.figures import Undefined
from cli.formulas.formula import Result, exactly
from cli.formulas.given import Input, Values, number
from cli.formulas.score import NOTHING, entry, told

ACTUAL = Input("actual", "decimal", "the reading", None, ("a", "value"))
TARGET = Input("target", "decimal", "above 0", None, ("t",))
FLOOR = Input("floor", "decimal", "not less than this percent", "", ("floor_pct",))
CAP = Input("cap", "decimal", "not more than this percent", "", ("cap_pct",))
LEVELS = "0-15:1,16-30:2,31-50:3"


def _limit(v: Values, name: str) -> Decimal | None:
    return v.decimal(name) if v.has(name) else None


def _bounded(percent: Decimal, v: Values) -> Result:
    """F21 once, after the formula of the type."""
    found = kpi_scoring.bounded(percent, _limit(v, "floor"), _limit(v, "cap"))
    return told(found, v, **({"unbounded": percent} if found != percent else {}))


def f15(v: Values) -> Result:
    return _bounded(kpi_scoring.higher_is_better(v.decimal("actual"), v.decimal("target")), v)


def f16(v: Values) -> Result:
    return _bounded(kpi_scoring.lower_is_better(v.decimal("actual"), v.decimal("target")), v)


def f17(v: Values) -> Result:
    actual, target, cap = v.decimal("actual"), v.decimal("target"), _limit(v, "cap")
    found = kpi_scoring.lower_by_ratio(actual, target, cap)
    if actual <= 0:
        return told(found, v)
    uncapped = kpi_scoring.lower_by_ratio(actual, target, Decimal("Infinity"))
    return told(found, v, **({"unbounded": uncapped} if uncapped != found else {}))


def f18(v: Values) -> Result:
    return _bounded(kpi_scoring.on_target(v.decimal("actual"), v.decimal("target")), v)


def f19(v: Values) -> Result:
    table = [(number(up_to), number(pct)) for up_to, pct in v.pairs("table")]
    return _bounded(kpi_scoring.zero_target(v.decimal("actual"), table), v)


def f20(v: Values) -> Result:
    figures = (v.decimal("actual"), v.decimal("baseline"), v.decimal("target"))
    return _bounded(kpi_scoring.signed_target(*figures), v)


def f21(v: Values) -> Result:
    return _bounded(v.decimal("percent"), v)


def f22(v: Values) -> Result:
    targets, actuals = v.texts("targets"), v.texts("actuals")
    if len(targets) != len(actuals):
        raise ValueError(f"{len(targets)} targets, {len(actuals)} actuals, allowed are as many")
    names = v.texts("periods") if v.has("periods") else [str(n + 1) for n in range(len(targets))]
    known = {name: number(text) for name, text in zip(names, targets, strict=True)}
    read = {
        name: None if text.casefold() in NOTHING else number(text)
        for name, text in zip(names, actuals, strict=True)
    }
    found = kpi_scoring.roll_up(known, read, cast(kpi_scoring.Rollup, v.text("how")))
    if isinstance(found, Undefined):
        return told(found, v)
    return told(found.actual, v, target=found.target, missing=list(found.missing))


def f23(v: Values) -> Result:
    curve = kpi_scoring.PayoutCurve(
        threshold=v.decimal("threshold"),
        target=v.decimal("target"),
        maximum=v.decimal("maximum"),
        target_bonus=v.decimal("target_bonus"),
        max_bonus=v.decimal("max_bonus"),
        lower_is_better=v.text("better") == "lower",
    )
    multiple = curve.multiple(v.decimal("actual"))
    return told(multiple, v, bonus=multiple * v.decimal("target_bonus"))


def f24(v: Values) -> Result:
    achieved = v.decimal("achievement")
    if not v.has("steps"):
        return exactly(kpi_scoring.step_payout(achieved))
    steps = [(number(low), number(pct)) for low, pct in v.pairs("steps")]
    return exactly(kpi_scoring.step_payout(achieved, steps))


def f25(v: Values) -> Result:
    bands = [_band(ends, level) for ends, level in v.pairs("bands")]
    kind: Literal["integer", "decimal"] = "decimal" if v.text("kind") == "decimal" else "integer"
    found = kpi_scoring.lookup(v.decimal("value"), bands, kind)
    return told(found, v) if isinstance(found, Undefined) else exactly(found)


def _band(ends: str, level: str) -> kpi_scoring.ClosedBand:
    low, dash, high = ends.replace("..", "-").replace("–", "-").partition("-")
    if not dash:
        raise ValueError(f"a band is {ends!r}, allowed is low-high")
    return kpi_scoring.ClosedBand(number(low), number(high), level)


FORMULAS = (
    entry("F15", "KPI, higher is better", (ACTUAL, TARGET, FLOOR, CAP), f15, "higher"),
    entry("F16", "KPI, lower is better", (ACTUAL, TARGET, FLOOR, CAP), f16, "lower_linear"),
    entry("F17", "KPI, lower is better by ratio", (ACTUAL, TARGET, CAP), f17, "lower_ratio"),
    entry("F18", "KPI, on target", (ACTUAL, TARGET, FLOOR, CAP), f18, "on_target"),
    entry(
        "F19",
        "KPI, none is best",
        (ACTUAL, Input("table", "pairs", "up to:percent, first 0:100"), FLOOR, CAP),
        f19,
        "zero_defect",
    ),
    entry(
        "F20",
        "KPI, signed target",
        (
            ACTUAL,
            Input("baseline", "decimal", "what counts as 0 %", None, ("b",)),
            Input("target", "decimal", "what counts as 100 %", None, ("t",)),
            FLOOR,
            CAP,
        ),
        f20,
        "signed",
    ),
    entry(
        "F21",
        "cap and floor",
        (
            Input("percent", "decimal", "after the formula of the KPI", None, ("pct", "value")),
            Input("floor", "decimal", "not less than this percent", "0", ("floor_pct",)),
            Input("cap", "decimal", "not more than this percent", "120", ("cap_pct",)),
        ),
        f21,
        "clamp",
    ),
    entry(
        "F22",
        "roll-up over periods",
        (
            Input("targets", "texts", "one for each period", None, ("target",)),
            Input("actuals", "texts", "one for each period, - where missing", None, ("actual",)),
            Input("periods", "texts", "names of the periods", ""),
            Input("how", "text", "how", "sum", ("rollup", "method"), ("sum", "average", "last")),
        ),
        f22,
        "roll_up",
    ),
    entry(
        "F23",
        "threshold, target, maximum: multiple of the target bonus",
        (
            ACTUAL,
            Input("threshold", "decimal", "pays nothing", None, ("h",)),
            Input("target", "decimal", "pays the target bonus", None, ("t",)),
            Input("maximum", "decimal", "pays the maximum bonus", None, ("m", "max", "stretch")),
            Input("target_bonus", "decimal", "in percent of pay", None, ("target_bonus_pct",)),
            Input("max_bonus", "decimal", "in percent of pay", None, ("max_bonus_pct",)),
            Input("better", "text", "which", "higher", ("direction",), ("higher", "lower")),
        ),
        f23,
        "payout_curve",
    ),
    entry(
        "F24",
        "step payout",
        (
            Input("achievement", "decimal", "percent of target", None, ("percent", "pct", "a")),
            Input("steps", "pairs", "from:pays; 80:50,90:80,100:100,110:120,120:150", ""),
        ),
        f24,
        "steps",
        rounded=False,
    ),
    entry(
        "F25",
        "lookup with bands",
        (
            Input("value", "decimal", "what is looked up", None, ("a", "actual")),
            Input("bands", "pairs", "low-high:level", LEVELS),
            Input("kind", "text", "of values", "integer", (), ("integer", "decimal")),
        ),
        f25,
        "lookup",
        rounded=False,
    ),
)
