"""The content of a plan: what makes it complete, and the hash that both sign."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal

from goals.domain.commands import Job
from goals.domain.errors import (
    CompetencyIsUnknown,
    EmptyBlockMustNotWeigh,
    LineIsGivenTwice,
    LinkIsUnknown,
    PlanNeedsALine,
    WeightLiesOutsideItsRange,
    WeightsMustTotalOneHundred,
)
from goals.domain.events import CompetencyLine, GoalLine, PersonId, PlanContent
from goals.domain.kpi import check_line

Line = GoalLine | CompetencyLine
ONE_HUNDRED = Decimal(100)


def check_content(content: PlanContent, job: Job, objectives: frozenset[str]) -> None:
    """Raises the rule that the content breaks; texts are not looked at."""
    if not content.goals and not content.competencies:
        raise PlanNeedsALine("found no line, allowed is one or more")
    _check_block("goals", content.goals_weight_pct, content.goals)
    _check_block("competencies", content.competencies_weight_pct, content.competencies)
    whole = content.goals_weight_pct + content.competencies_weight_pct
    if whole != ONE_HUNDRED:
        raise WeightsMustTotalOneHundred(f"the blocks total {whole} %, allowed is exactly 100 %")
    for goal in content.goals:
        check_line(goal)
        _check_link(goal, job, objectives)
    for competency in content.competencies:
        _check_expected(competency, job)
        _check_link(competency, job, objectives)


def line_id(line: Line) -> str:
    return line.goal if isinstance(line, GoalLine) else line.competency


def _check_block(name: str, block_pct: Decimal, lines: Sequence[Line]) -> None:
    if not 0 <= block_pct <= ONE_HUNDRED:
        raise WeightLiesOutsideItsRange(f"{name} weigh {block_pct} %, allowed is 0 to 100 %")
    if bool(lines) != (block_pct > 0):
        raise EmptyBlockMustNotWeigh(f"{name}: {len(lines)} lines weigh {block_pct} %")
    for line in lines:
        if not 0 < line.weight_pct <= ONE_HUNDRED:
            found = f"{line_id(line)} weighs {line.weight_pct} %"
            raise WeightLiesOutsideItsRange(f"{found}, allowed is more than 0, up to 100 %")
    twice = [each for each, count in Counter(map(line_id, lines)).items() if count > 1]
    if twice:
        raise LineIsGivenTwice(f"{name}: {twice[0]} stands twice, allowed is once")
    total = sum((line.weight_pct for line in lines), Decimal(0))
    if lines and total != ONE_HUNDRED:
        raise WeightsMustTotalOneHundred(f"{name} total {total} %, allowed is exactly 100 %")


def _check_expected(line: CompetencyLine, job: Job) -> None:
    if (line.competency, line.expected_level) not in job.competencies:
        found = f"{line.competency} at level {line.expected_level}"
        expected = ", ".join(f"{code} at {level}" for code, level in sorted(job.competencies))
        raise CompetencyIsUnknown(f"{found}; job {job.job} expects {expected or 'none'}")


def _check_link(line: Line, job: Job, objectives: frozenset[str]) -> None:
    known = objectives if line.link.kind == "objective" else job.responsibilities
    if line.link.code not in known:
        raise LinkIsUnknown(f"{line_id(line)}: {line.link.kind} {line.link.code} is not known")


@dataclass(frozen=True, slots=True)
class Terms:
    """What is signed together with the content: for whom, for which days, for which job.

    An amendment's terms also say from when it counts and why.
    """

    person: PersonId
    period_start: date
    period_end: date
    job: str
    job_version: int
    effective_on: date | None = None
    reason: str = ""


def content_hash(content: PlanContent, terms: Terms) -> str:
    """SHA-256, in hex, of the terms and the plain content with its salt as JSON with sorted keys.

    Decimals are written without exponent and trailing zeros, so 30 and 30.0 sign the same.
    """
    signed = {"terms": asdict(terms), "content": asdict(content)}
    text = json.dumps(signed, sort_keys=True, ensure_ascii=False, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    assert isinstance(value, Decimal), (
        "besides dates and decimals there are texts and whole numbers"
    )
    text = format(value, "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text) if value else "0"
