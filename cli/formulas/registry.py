"""The table of formulas: one entry each, found by number or name."""

import difflib
from collections.abc import Sequence

from cli.console import Failed
from cli.formulas import kpi, pay, score
from cli.formulas.formula import Formula


def formulas() -> Sequence[Formula]:
    """In the order of their numbers; what is not numbered comes last."""
    return sorted((*score.FORMULAS, *kpi.FORMULAS, *pay.FORMULAS), key=_number)


def find(name: str) -> Formula:
    known = {alias.casefold(): formula for formula in formulas() for alias in formula.names}
    wanted = name.casefold().replace("-", "_").replace(" ", "_")
    if wanted in known:
        return known[wanted]
    near = difflib.get_close_matches(wanted, known, 1)
    hint = f"did you mean {known[near[0]].number}? " if near else ""
    raise Failed(f"there is no formula {name!r}; {hint}`./merit calc --list` shows them.")


def _number(formula: Formula) -> tuple[int, str]:
    digits = formula.number.removeprefix("F")
    return (int(digits) if digits.isdigit() else 1_000, formula.number)
