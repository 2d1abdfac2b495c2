"""The content of a plan: what makes it complete, and the hash that both sign."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from goals.domain.commands import Job
from goals.domain.errors import (
    CompetencyIsUnknown,
    LineIsGivenTwice,
    LinkIsUnknown,
    PlanNeedsALine,
    WeightsMustTotalOneHundred,
)
from goals.domain.events import CompetencyLine, GoalLine, PlanContent
from goals.domain.kpi import check_line

ONE_HUNDRED = Decimal(100)


def check_content(content: PlanContent, job: Job, objectives: frozenset[str]) -> None:
    """Raises the rule that the content breaks; texts are not looked at."""
    if not content.goals and not content.competencies:
        raise PlanNeedsALine("found no line, allowed is one or more")
    for line in content.goals:
        check_line(line)
    for kind, ids in (
        ("goal", [line.goal for line in content.goals]),
        ("competency", [line.competency for line in content.competencies]),
    ):
        if twice := [each for each, count in Counter(ids).items() if count > 1]:
            raise LineIsGivenTwice(f"{kind} {twice[0]} stands twice")
    _check_weights(content)
    lines: list[GoalLine | CompetencyLine] = [*content.goals, *content.competencies]
    for each in lines:
        _check_link(each, job, objectives)
    for competency in content.competencies:
        if (competency.competency, competency.expected_level) not in job.competencies:
            found = f"{competency.competency} at level {competency.expected_level}"
            expected = ", ".join(f"{c} at {level}" for c, level in sorted(job.competencies))
            raise CompetencyIsUnknown(f"{found}; job {job.job} expects {expected or 'none'}")


def _check_weights(content: PlanContent) -> None:
    blocks: list[tuple[str, Decimal, Sequence[GoalLine | CompetencyLine]]] = [
        ("goals", content.goals_weight_pct, content.goals),
        ("competencies", content.competencies_weight_pct, content.competencies),
    ]
    for name, block_pct, lines in blocks:
        total = sum((line.weight_pct for line in lines), Decimal(0))
        if lines and total != ONE_HUNDRED:
            raise WeightsMustTotalOneHundred(f"{name} total {total} %, allowed is exactly 100 %")
        if bool(lines) != (block_pct > 0):
            raise WeightsMustTotalOneHundred(f"{name}: {len(lines)} lines weigh {block_pct} %")
    whole = content.goals_weight_pct + content.competencies_weight_pct
    if whole != ONE_HUNDRED:
        raise WeightsMustTotalOneHundred(f"the blocks total {whole} %, allowed is exactly 100 %")


def _check_link(line: GoalLine | CompetencyLine, job: Job, objectives: frozenset[str]) -> None:
    known = objectives if line.link.kind == "objective" else job.responsibilities
    if line.link.code not in known:
        raise LinkIsUnknown(f"{line.link.kind} {line.link.code} is not known")


def content_hash(content: PlanContent) -> str:
    """SHA-256, in hex, of the plain content with its salt as JSON with sorted keys.

    Decimals are written without exponent and trailing zeros, so 30 and 30.0 sign the same.
    """
    text = json.dumps(asdict(content), sort_keys=True, ensure_ascii=False, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> str:
    assert isinstance(value, Decimal), "content holds texts, whole numbers and decimals"
    return format(value.normalize(), "f")
