"""Formulas of appraisal: from scores to scores (F1 to F14)."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal, cast

from appraisal.domain import scoring
from appraisal.domain.errors import AppraisalRuleBroken
from appraisal.domain.figures import Figure, Undefined
from chassis.values import Period, PeriodEndsBeforeItStarts
from cli.formulas.formula import PLACES, RULE, Formula, Result, exactly, figure
from cli.formulas.given import Input, Unreadable, Values, number

REFUSED = (AppraisalRuleBroken, PeriodEndsBeforeItStarts, ValueError)
SCORES = Input("scores", "decimals", "one for each item", None, ("s", "score", "items"))
WEIGHTS = Input("weights", "decimals", "in percent, one for each score", None, ("w", "weight"))
LETTERS = "D:0,C:25,B:50,A:75,A+:90"
NOTHING = ("", "-", "none", "null", "missing")
Method = Literal["average", "sum"]


def told(found: Figure, v: Values, **parts: object) -> Result:
    """A figure rounded for showing, or that there is none and why."""
    if isinstance(found, Undefined):
        return Result(None, None, "none", found.reason)
    return figure(found, v, **parts)


def f1(v: Values) -> Result:
    return told(scoring.weighted_average(v.decimals("scores"), v.decimals("weights")), v)


def f2(v: Values) -> Result:
    return told(scoring.weighted_sum(v.decimals("scores"), v.decimals("weights")), v)


def f3(v: Values) -> Result:
    return told(scoring.unweighted_total(v.decimals("scores")), v)


def f5(v: Values) -> Result:
    scores, method = v.nested("scores"), cast(Method, v.text("method"))
    weights = v.nested("weights") if v.has("weights") else None
    if not any(isinstance(score, list) for score in scores):
        return _with_level(scoring.section_score(scores, weights, method), v)
    sections: list[Decimal] = []
    if weights is not None and len(weights) != len(scores):
        raise ValueError(f"{len(scores)} sections, {len(weights)} lists of weights")
    for place, items in enumerate(scores):
        inside = None if weights is None else _list(weights[place])
        found = scoring.section_score(_list(items), inside, method)
        if isinstance(found, Undefined):
            return told(found, v)
        sections.append(found)
    outer = v.decimals("section_weights") if v.has("section_weights") else None
    return _with_level(scoring.section_score(sections, outer, method), v, sections=sections)


def _list(items: Any) -> list[Decimal]:
    return items if isinstance(items, list) else [items]


def _with_level(found: Figure, v: Values, **parts: object) -> Result:
    if v.has("levels") and not isinstance(found, Undefined):
        parts["level"] = scoring.nearest_level(found, v.decimals("levels"))
    return told(found, v, **parts)


def f6(v: Values) -> Result:
    scores, weights = v.decimals("scores"), v.decimals("weights")
    total = scoring.manual_goals(scores, weights)
    each = zip(scores, weights, strict=True)
    return told(total, v, earned=[scoring.manual_goals([s], [w]) for s, w in each])


def f7(v: Values) -> Result:
    if v.has("children"):
        children = v.nested("children")
        inside = [scoring.goal_progress(c) for c in children if isinstance(c, list)]
        return told(scoring.goal_progress(children), v, **({"groups": inside} if inside else {}))
    completions: list[Decimal] = []
    for goals in v.nested("completions"):
        found = scoring.goal_progress(_list(goals))
        if isinstance(found, Undefined):
            return told(found, v)
        completions.append(found)
    total = scoring.automatic_goals(completions, v.decimals("weights"))
    return told(total, v, completions=completions)


def f8(v: Values) -> Result:
    return told(scoring.stars(v.decimals("ratings"), v.decimals("weights")), v)


def f9(v: Values) -> Result:
    parts = {name: _part(v.text(name)) for name in ("goal", "feedback", "self")}
    policy = cast(scoring.MissingPolicy, v.text("missing"))
    return told(scoring.final_score(parts, policy), v)


def _part(text: str) -> Decimal | None:
    return None if text.casefold() in NOTHING else number(text)


def f10(v: Values) -> Result:
    trimmed = v.text("trimmed") == "yes"
    found = scoring.peer_aggregate(v.decimals("scores"), v.whole("threshold"), trimmed=trimmed)
    return told(found, v)


def f11(v: Values) -> Result:
    scores = v.decimals("scores")
    periods = _periods(v, len(scores))
    found = [scoring.Segment(s, days) for s, days in zip(scores, periods, strict=True)]
    return told(scoring.segmented(found), v, days=[Decimal(days.days) for days in periods])


def _periods(v: Values, count: int) -> list[Period]:
    """From first and last days, or from numbers of days laid end to end."""
    if v.has("days"):
        start, periods = date(2001, 1, 1), []
        for days in v.decimals("days"):
            periods.append(Period(start, start + timedelta(days=int(days) - 1)))
            start += timedelta(days=int(days))
    elif v.has("starts") and v.has("ends"):
        ends = zip(v.texts("starts"), v.texts("ends"), strict=True)
        periods = [Period(date.fromisoformat(a), date.fromisoformat(b)) for a, b in ends]
    else:
        raise Unreadable("days are missing; or give starts and ends.")
    if len(periods) != count:
        raise ValueError(f"{count} scores and {len(periods)} segments, allowed are as many")
    return periods


def f12(v: Values) -> Result:
    target = scoring.Scale(v.decimal("to_low"), v.decimal("to_high"))
    return told(scoring.convert_scale(v.decimal("score"), _source(v), target), v)


def f13(v: Values) -> Result:
    level = scoring.convert_by_bins(v.decimal("score"), _source(v), v.whole("levels"))
    return exactly(Decimal(level))


def _source(v: Values) -> scoring.Scale:
    return scoring.Scale(v.decimal("from_low"), v.decimal("from_high"))


def f14(v: Values) -> Result:
    bands = [scoring.Band(number(low), code) for code, low in v.pairs("bands")]
    return exactly(scoring.letter(v.decimal("score"), bands))


def entry(
    number_: str,
    name: str,
    inputs: Sequence[Input],
    compute: Callable[[Values], Result],
    *also: str,
    rounded: bool = True,
) -> Formula:
    """An entry of the table whose refusals are the rules of appraisal."""
    whole = (*inputs, *((PLACES, RULE) if rounded else ()))
    return Formula(number_, name, whole, compute, also, refused=REFUSED)


FROM = (
    Input("from_low", "decimal", "lowest score of the scale", None, ("min1", "from_min")),
    Input("from_high", "decimal", "highest score of the scale", None, ("max1", "from_max")),
)
SCORE = Input("score", "decimal", "the score", None, ("s",))
RATINGS = Input("ratings", "decimals", "0 to 1, one for each criterion", None, ("rating", "scores"))


def _part_input(name: str, *also: str) -> Input:
    return Input(name, "text", "score, or left out where there is none", "none", also)


FORMULAS = (
    entry("F1", "weighted average", (SCORES, WEIGHTS), f1, "weighted_average"),
    entry("F2", "weighted sum", (SCORES, WEIGHTS), f2, "weighted_sum"),
    entry("F3", "unweighted total", (SCORES,), f3, "total"),
    entry(
        "F5",
        "items to sections to the whole",
        (
            Input("scores", "json", "[5, 3], or a list a section: [[5, 3], [4]]", None, ("items",)),
            Input("weights", "json", "like the scores", ""),
            Input("section_weights", "decimals", "one for each section", ""),
            Input("method", "text", "how", "average", (), ("average", "sum")),
            Input("levels", "decimals", "levels of which the nearest is named", ""),
        ),
        f5,
        "sections",
    ),
    entry("F6", "manual goals out of 5", (SCORES, WEIGHTS), f6, "manual_goals"),
    entry(
        "F7",
        "automatic goals out of 5, or progress of a group goal",
        (
            Input("completions", "json", "percent a goal: [50, 80] or [[0, [50, 0]], 80]", "[]"),
            Input("weights", "decimals", "one for each", "", ("w",)),
            Input("children", "json", "of a group goal, in percent: [0, [50, 0]]", ""),
        ),
        f7,
        "automatic_goals",
    ),
    entry("F8", "rating stars", (RATINGS, WEIGHTS), f8, "stars"),
    entry(
        "F9",
        "final score of goals, feedback and self rating",
        (
            _part_input("goal", "goals"),
            _part_input("feedback"),
            _part_input("self", "self_rating"),
            Input(
                "missing",
                "text",
                "what a missing part does",
                "zero",
                ("policy",),
                ("zero", "exclude_and_reweight", "block"),
            ),
        ),
        f9,
        "final_score",
    ),
    entry(
        "F10",
        "peer aggregate",
        (
            Input("scores", "decimals", "one for each rater", None, ("values", "raters")),
            Input("threshold", "whole", "raters from which on it is shown", "1"),
            Input("trimmed", "text", "drop both extremes, from 5 on", "no", (), ("no", "yes")),
        ),
        f10,
        "peers",
    ),
    entry(
        "F11",
        "segmented appraisal by days",
        (
            Input("scores", "decimals", "one for each segment", None, ("s",)),
            Input("days", "decimals", "days of each segment", ""),
            Input("starts", "texts", "first day of each segment", ""),
            Input("ends", "texts", "last day of each segment", ""),
        ),
        f11,
        "segments",
    ),
    entry(
        "F12",
        "scale conversion",
        (
            SCORE,
            *FROM,
            Input("to_low", "decimal", "lowest of the other scale", None, ("min2", "to_min")),
            Input("to_high", "decimal", "highest of the other scale", None, ("max2", "to_max")),
        ),
        f12,
        "convert_scale",
    ),
    entry(
        "F13",
        "scale conversion by equal bins",
        (SCORE, *FROM, Input("levels", "whole", "of the other scale", None, ("n2", "n"))),
        f13,
        "bins",
        rounded=False,
    ),
    entry(
        "F14",
        "score to letter",
        (SCORE, Input("bands", "pairs", "letter:from, the next letter ends it", LETTERS)),
        f14,
        "letter",
        rounded=False,
    ),
)
