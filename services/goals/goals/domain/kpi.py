"""What makes a KPI sound, so that it can be scored whatever is measured later.

Set-up refuses what the formula of its measure could not compute or would reward the wrong way:
F15 to F21 in the glossary.
"""

from itertools import pairwise

from goals.domain.errors import (
    BaselineIsRequired,
    CapIsRequired,
    CapMustExceedFloor,
    LevelsMustBeOrdered,
    MoreDefectsMustNotEarnMore,
    TargetMustBePositive,
    ZeroDefectMeansZero,
    ZeroTableIsForZeroDefect,
    ZeroTableMustRise,
)
from goals.domain.events import GoalLine

_RATIOS = ("higher", "lower_linear", "lower_ratio", "on_target")


def check_line(line: GoalLine) -> None:
    """Raises the rule that the line breaks."""
    if line.measure in _RATIOS and line.target <= 0:
        raise TargetMustBePositive(f"{line.goal}: target {line.target}, {line.measure} needs > 0")
    if line.measure == "lower_ratio" and line.cap_pct is None:
        raise CapIsRequired(f"{line.goal}: lower_ratio grows without bound as it nears 0")
    if line.measure == "signed" and line.baseline in (None, line.target):
        raise BaselineIsRequired(f"{line.goal}: baseline is {line.baseline}, target {line.target}")
    if line.floor_pct is not None and line.cap_pct is not None and line.floor_pct >= line.cap_pct:
        raise CapMustExceedFloor(f"{line.goal}: floor {line.floor_pct} %, cap {line.cap_pct} %")
    if line.measure == "zero_defect":
        _check_zero_table(line)
        return
    if line.zero_table:
        raise ZeroTableIsForZeroDefect(f"{line.goal}: {line.measure} is scored without a table")
    _check_levels(line)


def _check_zero_table(line: GoalLine) -> None:
    steps = [step.up_to for step in line.zero_table]
    if line.target != 0:
        raise ZeroDefectMeansZero(f"{line.goal}: target is {line.target}, allowed is 0")
    if not steps or steps[0] != 0 or any(a >= b for a, b in pairwise(steps)):
        raise ZeroTableMustRise(f"{line.goal}: the steps are up to {[str(s) for s in steps]}")
    percents = [step.pct for step in line.zero_table]
    if any(a < b for a, b in pairwise(percents)):
        raise MoreDefectsMustNotEarnMore(f"{line.goal}: earns {[str(p) for p in percents]} %")


def _check_levels(line: GoalLine) -> None:
    if line.measure == "on_target":
        return  # being above is as bad as being below: there is no direction to be ordered in
    given = [v for v in (line.threshold, line.target, line.stretch) if v is not None]
    falling = line.measure.startswith("lower") or (
        line.measure == "signed" and line.baseline is not None and line.baseline > line.target
    )
    ordered = list(reversed(given)) if falling else given
    if any(a >= b for a, b in pairwise(ordered)):
        found = ", ".join(map(str, given))
        way = "fall" if falling else "rise"
        raise LevelsMustBeOrdered(f"{line.goal}: levels are {found}, they must {way}")
