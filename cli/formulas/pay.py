"""Formulas of compensation: position in the range, circles, matrix, new pay, proration, bonus."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import cast

from chassis.values import CurrenciesDiffer, Money, NothingToAllocateBy, Period, allocate
from cli.formulas.formula import (
    CURRENCY,
    PLACES,
    RULE,
    STEP,
    Formula,
    Result,
    exactly,
    figure,
    major,
    payment,
)
from cli.formulas.given import CURRENCY as EUR
from cli.formulas.given import Input, Unreadable, Values, amount, number
from cli.formulas.matrices import matrix_of
from compensation.domain import bonus, increase, matrix, merit, position, proration
from compensation.domain.errors import CompensationRuleBroken
from compensation.domain.exact import RatioIsUndefined, exact
from compensation.domain.terms import BonusSegment

FTE = Input("fte", "decimal", "part of full time that the pay is for", "1")
PAY = Input("pay", "money", "annual base pay as contracted", None, ("annual", "current_pay"))
MINIMUM = Input("minimum", "money", "of the range, for full time", None, ("min", "range_min"))
MAXIMUM = Input("maximum", "money", "of the range, for full time", None, ("max", "range_max"))
Compute = Callable[[Values], Result]
REFUSED = (CompensationRuleBroken, ValueError)


def f27(v: Values) -> Result:
    pays, midpoints = v.moneys("pay"), v.moneys("midpoint")
    if len(pays) != len(midpoints):
        raise ValueError(f"{len(pays)} pays and {len(midpoints)} midpoints, allowed are as many")
    if len(pays) == 1:
        return figure(position.compa_ratio(pays[0], midpoints[0], v.decimal("fte")), v)
    if v.decimal("fte") != 1:
        raise ValueError("a group is given in full-time pay, so fte must be 1")
    ratio = position.mean_compa_ratio if v.text("group") == "mean" else position.group_compa_ratio
    return figure(ratio(list(zip(pays, midpoints, strict=True))), v)


def f28(v: Values) -> Result:
    where = position.range_penetration(
        v.money("pay"), v.money("minimum"), v.money("maximum"), v.decimal("fte")
    )
    circle = "green" if where < 0 else "red" if where > 1 else "none"
    return figure(where, v, circle=circle)


def f40(v: Values) -> Result:
    pay, minimum = v.money("pay"), v.money("minimum")
    if v.has("share_pct"):
        gap = increase.rise_to_minimum(pay, minimum, v.decimal("share_pct"))
        return payment(gap, pay.currency, v)
    limits = increase.Limits(minimum, v.money("maximum"))
    below = cast(increase.BelowMinimum, v.text("below_minimum"))
    found = increase.circled(pay, v.money("increase"), limits, below, v.decimal("fte"))
    return Result(
        major(found.recurring),
        major(found.recurring),
        "none",
        parts={
            "recurring": str(found.recurring),
            "lump_sum": str(found.lump_sum),
            "circle": found.circle,
            "new_pay": str(pay + found.recurring),
        },
    )


def f41(v: Values) -> Result:
    content = matrix_of(v)
    where = _position(v, content.key)
    cell = matrix.cell_for(content, v.text("rating"), where)
    told: dict[str, object] = {
        "position": where,
        "band": cell.band,
        "min_pct": cell.min_pct,
        "default_pct": cell.default_pct,
        "max_pct": cell.max_pct,
    }
    if not v.has("pay"):
        return exactly(cell.default_pct, **told)
    pay, year = v.money("pay"), Period(date(2025, 1, 1), date(2025, 12, 31))
    minor = merit.prorated_increase(pay, cell.default_pct, year.days, year)
    return payment(minor, pay.currency, v, **told)


def _position(v: Values, key: str) -> Decimal:
    if v.has("position"):
        return v.decimal("position")
    if not v.has("pay"):
        raise Unreadable("position is missing; or give pay and the range.")
    if key == "compa_ratio":
        return position.compa_ratio(v.money("pay"), v.money("midpoint"), v.decimal("fte"))
    return position.range_penetration(
        v.money("pay"), v.money("minimum"), v.money("maximum"), v.decimal("fte")
    )


def f45(v: Values) -> Result:
    current = v.money("current")
    extra = [
        v.money(name) if v.has(name) else Money(0, current.currency)
        for name in ("merit", "promotion", "adjustments", "lump_sum")
    ]
    found = increase.new_pay(current, *extra)
    return Result(
        major(found.base),
        major(found.base),
        "none",
        parts={
            "base": str(found.base),
            "total_increase": str(found.total_increase),
            "final_pay": str(found.final_pay),
        },
    )


def f46(v: Values) -> Result:
    period, days = _days(v)
    factor = proration.proration(days, period)
    told: dict[str, object] = {"eligible_days": days, "period_days": period.days, "factor": factor}
    if v.has("amount"):
        amount, pct = v.money("amount"), v.decimal("pct") if v.has("pct") else Decimal(100)
        minor = merit.prorated_increase(amount, pct, days, period)
        return payment(minor, amount.currency, v, **told)
    if not v.has("pct"):
        return figure(factor, v, eligible_days=days, period_days=period.days)
    with exact():
        prorated = v.decimal("pct") * factor
    return figure(prorated, v, **told)


def _days(v: Values) -> tuple[Period, int]:
    """The period and the eligible days in it, from days or from the spell of service."""
    if v.has("period_days"):
        first = date(2001, 1, 1)
        period = Period(first, first + timedelta(days=v.whole("period_days") - 1))
        return period, v.whole("eligible_days")
    period = Period(v.day("period_start"), v.day("period_end"))
    if v.has("eligible_days"):
        return period, v.whole("eligible_days")
    start = v.day("start") if v.has("start") else period.start
    end = v.day("end") if v.has("end") else period.end
    return period, proration.eligible_days(period, [Period(start, end)])


def f49(v: Values) -> Result:
    individual, company = v.decimal("individual"), v.decimal("company")
    if v.has("segments"):
        parts = _segments(v)
        minor = bonus.segmented_bonus(parts, individual, company, v.whole("period_days"))
        return payment(minor, parts[0].annual.currency, v)
    base = v.money("base")
    target, prorated = v.decimal("target_pct"), v.decimal("proration")
    minor = bonus.multiplicative_bonus(base, target, individual, company, prorated)
    paid = payment(minor, base.currency, v)
    whole = base + Money(int(paid.parts["minor"]), base.currency)
    return replace(paid, parts={**paid.parts, "total": str(whole)})


def _segments(v: Values) -> list[BonusSegment]:
    """`181:60000:10`: days, annual pay and target percent, one segment after the other."""
    found: list[BonusSegment] = []
    start = date(2001, 1, 1)
    currency = v.text("currency") if v.has("currency") else EUR
    for text in v.texts("segments"):
        days, _, rest = text.partition(":")
        pay, _, target = rest.rpartition(":")
        end = start + timedelta(days=int(days) - 1)
        annual = amount(pay, currency)
        found.append(BonusSegment(start, end, int(days), annual, "", number(target)))
        start = end + timedelta(days=1)
    if not found or len({segment.annual.currency for segment in found}) > 1:
        raise ValueError("segments need one currency, and one segment at least")
    return found


def allocation(v: Values) -> Result:
    total, shares = v.money("total"), v.json("shares")
    if not isinstance(shares, Mapping | list):
        raise ValueError('shares are something else, allowed is [1, 1] or {"a": 1, "b": 1}')
    if isinstance(shares, list):
        keys = v.texts("keys") if v.has("keys") else [f"{n:03d}" for n in range(1, len(shares) + 1)]
        if len(keys) != len(shares):
            raise ValueError(f"{len(keys)} keys and {len(shares)} shares, allowed are as many")
        shares = dict(zip(keys, shares, strict=True))
    parts = allocate(total.minor, {key: Decimal(share) for key, share in shares.items()})
    amounts = {key: Money(minor, total.currency) for key, minor in parts.items()}
    told = {key: major(amount) for key, amount in amounts.items()}
    words = "largest remainder to the minor unit, ties to the smaller key"
    return Result(", ".join(told.values()), None, words, parts=told)


def _formula(
    number: str, name: str, inputs: tuple[Input, ...], compute: Compute, *also: str
) -> Formula:
    return Formula(number, name, inputs, compute, also, 1, (RatioIsUndefined,), REFUSED)


def _optional(given: Input) -> Input:
    return Input(given.name, given.kind, given.meaning, "", given.also)


FORMULAS = (
    _formula(
        "F27",
        "compa-ratio",
        (
            Input("pay", "moneys", "annual base pay; several for a group", None, ("annual",)),
            Input("midpoint", "moneys", "of the range, for full time", None, ("mid", "midpoints")),
            FTE,
            Input("group", "text", "of several", "sum", ("method",), ("sum", "mean")),
            CURRENCY,
            PLACES,
            RULE,
        ),
        f27,
        "compa_ratio",
    ),
    _formula(
        "F28",
        "range penetration",
        (PAY, MINIMUM, MAXIMUM, FTE, CURRENCY, PLACES, RULE),
        f28,
        "range_penetration",
        "penetration",
    ),
    _formula(
        "F40",
        "green and red circles",
        (
            PAY,
            Input("increase", "money", "what the matrix gives, rounded", "0"),
            MINIMUM,
            _optional(MAXIMUM),
            FTE,
            Input(
                "below_minimum",
                "text",
                "what pay under the minimum gets",
                "rise_to_minimum",
                (),
                ("rise_to_minimum", "guideline_only"),
            ),
            Input("share_pct", "decimal", "by table: percent of the gap to the minimum", ""),
            CURRENCY,
            STEP,
            RULE,
        ),
        f40,
        "circles",
    ),
    _formula(
        "F41",
        "merit matrix",
        (
            Input("rating", "text", "the rating's code"),
            Input("position", "decimal", "compa-ratio or range penetration", "", ("compa_ratio",)),
            _optional(PAY),
            Input("midpoint", "money", "instead of position, with pay", "", ("mid",)),
            _optional(MINIMUM),
            _optional(MAXIMUM),
            FTE,
            Input("matrix", "text", "a file as `import matrix` takes it; else the example", ""),
            Input("bands", "text", "half-open or closed: [0,0.9) [0.9,1.1] (1.1,)", ""),
            Input("cells", "json", 'percents a rating: {"5": ["6-8", "4-6", "3-4"], …}', ""),
            Input("key", "text", "of bands", "compa_ratio", (), ("compa_ratio", "penetration")),
            CURRENCY,
            STEP,
            RULE,
        ),
        f41,
        "merit_matrix",
    ),
    _formula(
        "F45",
        "new pay",
        (
            Input("current", "money", "annual base pay", None, ("pay", "annual")),
            Input("merit", "money", "merit increase", ""),
            Input("promotion", "money", "promotion increase", ""),
            Input("adjustments", "money", "other increases", "", ("adjustment",)),
            Input("lump_sum", "money", "paid once, not in base pay", ""),
            CURRENCY,
        ),
        f45,
        "new_pay",
    ),
    _formula(
        "F46",
        "proration by days",
        (
            Input("pct", "decimal", "the yearly percent to prorate", "", ("percent",)),
            Input("amount", "money", "the yearly amount to prorate; with pct, percent of it", ""),
            Input("eligible_days", "whole", "days in service", "", ("days",)),
            Input("period_days", "whole", "days of the period", ""),
            Input("start", "day", "first day in service", ""),
            Input("end", "day", "last day in service", ""),
            Input("period_start", "day", "first day of the period", ""),
            Input("period_end", "day", "last day of the period", ""),
            CURRENCY,
            PLACES,
            STEP,
            RULE,
        ),
        f46,
        "proration",
    ),
    _formula(
        "F49",
        "bonus, multiplicative",
        (
            Input("base", "money", "annual base pay", "", ("pay", "annual")),
            Input("target_pct", "decimal", "target bonus in percent", "", ("target",)),
            Input("individual", "decimal", "factor", "1", ("individual_factor",)),
            Input("company", "decimal", "factor", "1", ("company_factor",)),
            Input("proration", "decimal", "factor", "1"),
            Input("segments", "texts", "instead of base: days:pay:target_pct, …", ""),
            Input("period_days", "whole", "days of the period of the segments", "365"),
            CURRENCY,
            STEP,
            RULE,
        ),
        f49,
        "bonus",
    ),
    Formula(
        "allocation",
        "split of an amount by largest remainder",
        (
            Input("total", "money", "the amount to split", None, ("amount",)),
            Input("shares", "json", 'shares: [1, 1, 1] or {"a": 1, "b": 1}'),
            Input("keys", "texts", "whose shares they are: a,b,c", ""),
            CURRENCY,
        ),
        allocation,
        ("allocate", "split"),
        undefined=(NothingToAllocateBy,),
        refused=(CurrenciesDiffer, ValueError),
    ),
)
