"""A KPI of a contract on the score sheet: from its readings to percent of target and a score."""

from collections.abc import Sequence
from decimal import Decimal
from typing import assert_never

from appraisal.domain.commands import KpiTerms
from appraisal.domain.events import SchemeContent
from appraisal.domain.figures import Undefined, kept
from appraisal.domain.kpi_scoring import (
    bounded,
    combined,
    higher_is_better,
    lower_by_ratio,
    lower_is_better,
    on_target,
    signed_target,
    zero_target,
)
from appraisal.domain.scheme import kpi_score
from appraisal.domain.terms import KpiLine, Measure, ReadingUsed

FORMULA_VERSION = 1
FORMULAS: dict[Measure, str] = {
    "higher": "F15",
    "lower_linear": "F16",
    "lower_ratio": "F17",
    "on_target": "F18",
    "zero_defect": "F19",
    "signed": "F20",
}


def kpi_line(scheme: SchemeContent, kpi: KpiTerms, readings: Sequence[ReadingUsed]) -> KpiLine:
    """The line without its contribution; without a figure where there is no reading (F15 to F22).

    readings: of this KPI, in the order of their days.
    """
    actual = combined([reading.value for reading in readings], kpi.rollup)
    if isinstance(actual, Undefined):
        return _line(kpi, readings, (None, None, None, None), actual.reason)
    percent = kept(percent_of(kpi, actual))
    inside = bounded(percent, kpi.floor_pct, kpi.cap_pct)
    score = kept(kpi_score(scheme, inside))
    return _line(kpi, readings, (kept(actual), percent, inside, score), "")


def percent_of(kpi: KpiTerms, actual: Decimal) -> Decimal:
    """Percent of target by the formula of the KPI's measure, before floor and cap."""
    match kpi.measure:
        case "higher":
            return higher_is_better(actual, kpi.target)
        case "lower_linear":
            return lower_is_better(actual, kpi.target)
        case "lower_ratio":
            return lower_by_ratio(actual, kpi.target, kpi.cap_pct)
        case "on_target":
            return on_target(actual, kpi.target)
        case "zero_defect":
            return zero_target(actual, kpi.zero_table)
        case "signed":
            assert kpi.baseline is not None, "goals refuses a signed KPI without a baseline"
            return signed_target(actual, kpi.baseline, kpi.target)
        case _:
            assert_never(kpi.measure)


def _line(
    kpi: KpiTerms,
    readings: Sequence[ReadingUsed],
    figures: tuple[Decimal | None, Decimal | None, Decimal | None, Decimal | None],
    missing: str,
) -> KpiLine:
    actual, percent, inside, score = figures
    return KpiLine(
        goal=kpi.goal,
        weight_pct=kpi.weight_pct,
        measure=kpi.measure,
        rollup=kpi.rollup,
        baseline=kpi.baseline,
        target=kpi.target,
        floor_pct=kpi.floor_pct,
        cap_pct=kpi.cap_pct,
        actual=actual,
        percent=percent,
        bounded_pct=inside,
        score=score,
        contribution=None,
        formula=FORMULAS[kpi.measure],
        formula_version=FORMULA_VERSION,
        readings=tuple(readings),
        missing=missing,
    )
