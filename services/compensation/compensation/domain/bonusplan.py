"""The bonus plan: targets by grade, factors by rating, company factor; frozen versions."""

from dataclasses import dataclass
from decimal import Decimal

from compensation.domain.commands import DefineBonusPlan
from compensation.domain.errors import CompensationRuleBroken
from compensation.domain.events import BonusPlanDefined
from compensation.domain.terms import BonusPlanContent, content_hash


class PlanNamesEachOnce(CompensationRuleBroken):
    """A grade has two targets or a rating two factors, or there is none at all."""


class PlanFactorsAreNotNegative(CompensationRuleBroken):
    """A target, factor or number of days of the plan is below zero, or the step below one."""


@dataclass(frozen=True, slots=True)
class PlanState:
    version: int = 0
    content: BonusPlanContent | None = None
    hash: str = ""
    by: str = ""


INITIAL = PlanState()


def evolve(state: PlanState, event: BonusPlanDefined) -> PlanState:
    return PlanState(event.plan_version, event.content, event.content_hash, event.by)


def decide(state: PlanState, c: DefineBonusPlan) -> list[BonusPlanDefined]:
    """A new version; cycles launched before keep the version that they froze."""
    _check(c.content)
    found = content_hash(c.content)
    if found == state.hash:
        return []
    return [BonusPlanDefined(c.plan, state.version + 1, c.content, found, c.by)]


def ratings(content: BonusPlanContent) -> frozenset[str]:
    return frozenset(factor.rating for factor in content.individual)


def target_pct(content: BonusPlanContent, grade: str) -> Decimal | None:
    """The grade's target in percent of base pay; None when the grade is not eligible."""
    return next((t.target_pct for t in content.targets if t.grade == grade), None)


def individual_factor(content: BonusPlanContent, rating: str) -> Decimal | None:
    return next((f.factor for f in content.individual if f.rating == rating), None)


def _check(content: BonusPlanContent) -> None:
    grades = [target.grade for target in content.targets]
    rated = [factor.rating for factor in content.individual]
    if not grades or not rated or len(set(grades)) < len(grades) or len(set(rated)) < len(rated):
        raise PlanNamesEachOnce(
            f"{len(grades)} targets and {len(rated)} factors given, allowed is one target for"
            " each eligible grade and one factor for each rating"
        )
    figures = [target.target_pct for target in content.targets]
    figures += [factor.factor for factor in content.individual]
    figures.append(content.company_factor)
    if min(figures) < 0 or content.min_service_days < 0:
        raise PlanFactorsAreNotNegative("a figure is below 0, allowed is 0 or more")
    if content.step_minor < 1:
        raise PlanFactorsAreNotNegative(f"step is {content.step_minor}, allowed is 1 or more")
