"""From the facts that are known to the inputs of a calculation, or to what is still missing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chassis.values import Period
from compensation.domain import bonusplan, matrix
from compensation.domain.facts import (
    AppraisalFact,
    AssignmentFact,
    AwardFacts,
    CycleFact,
    EmploymentFact,
    PayFact,
    RangeFact,
    in_force,
)
from compensation.domain.proration import Segment, segments, spells
from compensation.domain.terms import CycleTerms, Source, WaitingReason


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that the formulas need.  `pay` and `assignment` count on the day of the increase;
    `pay_version` is the latest pay fact known, so that a newer one can be told from it.

    `salary_range` is None only for somebody who is no longer employed on that day.
    """

    appraisal: AppraisalFact
    cycle: CycleFact
    employment: tuple[EmploymentFact, ...]
    employed: tuple[Period, ...]
    pay: PayFact
    pay_version: int
    assignment: AssignmentFact
    salary_range: RangeFact | None
    segments: tuple[Segment, ...]

    @property
    def terms(self) -> CycleTerms:
        return self.cycle.terms


def resolve(facts: AwardFacts) -> Inputs | tuple[WaitingReason, ...]:
    """The inputs, or every reason why there are none yet, each once."""
    if facts.cycle is None:
        return ("no_cycle",)
    terms = facts.cycle.terms
    employed = spells(facts.employment)
    pay = in_force(facts.pay, terms.increase_on)
    assignment = in_force(facts.assignments, terms.increase_on)
    parts = segments(terms.period, employed, facts.pay, facts.assignments)
    found = _range(facts, pay, assignment)
    reasons: list[WaitingReason] = []
    if not facts.employment:
        reasons.append("no_employment")
    if pay is None or any(part.pay is None for part in parts):
        reasons.append("no_pay_fact")
    if assignment is None or any(part.assignment is None for part in parts):
        reasons.append("no_assignment")
    if any(terms.increase_on in spell for spell in employed):
        if assignment is not None and assignment.manager is None:
            reasons.append("no_manager")
        if pay is not None and assignment is not None and found is None:
            reasons.append("no_range")
    if len({fact.annual.currency for fact in _pays(pay, parts)}) > 1:
        reasons.append("currencies_differ")
    reasons += _unrated(terms, facts.appraisal.rating)
    if reasons or pay is None or assignment is None:
        return tuple(reasons)
    return Inputs(
        appraisal=facts.appraisal,
        cycle=facts.cycle,
        employment=facts.employment,
        employed=employed,
        pay=pay,
        pay_version=max(fact.source.version for fact in facts.pay),
        assignment=assignment,
        salary_range=found,
        segments=tuple(parts),
    )


def is_employed_on_increase(inputs: Inputs) -> bool:
    return any(inputs.terms.increase_on in spell for spell in inputs.employed)


def unique(sources: Iterable[Source]) -> tuple[Source, ...]:
    """Each source once, in the order of first use."""
    return tuple(dict.fromkeys(sources))


def changed_by(sources: Sequence[Source], others: Sequence[str]) -> tuple[str, ...]:
    """The persons who last changed an input; the system itself decides nothing."""
    actors = {source.by for source in sources} | set(others)
    return tuple(sorted(actor for actor in actors if not actor.startswith("system:")))


def _range(
    facts: AwardFacts, pay: PayFact | None, assignment: AssignmentFact | None
) -> RangeFact | None:
    if facts.cycle is None or pay is None or assignment is None:
        return None
    wanted = (assignment.grade, assignment.country, pay.annual.currency)
    fitting = [r for r in facts.ranges if (r.grade, r.country, r.currency) == wanted]
    return in_force(fitting, facts.cycle.terms.increase_on)


def _pays(pay: PayFact | None, parts: Sequence[Segment]) -> list[PayFact]:
    return [fact for fact in (pay, *(part.pay for part in parts)) if fact is not None]


def _unrated(terms: CycleTerms, rating: str) -> list[WaitingReason]:
    reasons: list[WaitingReason] = []
    if rating not in matrix.ratings(terms.matrix_content):
        reasons.append("rating_not_in_matrix")
    if rating not in bonusplan.ratings(terms.plan_content):
        reasons.append("rating_not_in_plan")
    return reasons
