"""A figure that was changed in history does not come out again; one that was not, does."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any, cast
from uuid import uuid4

import asyncpg
import pytest

from appraisal.domain.commands import Evidence
from appraisal.domain.events import ScoreComputed
from chassis.values import Money
from cli.replay import scores as module
from cli.replay.awards import awards
from cli.replay.figures import by_kind
from cli.replay.scores import scores
from compensation.domain import award
from compensation.domain.commands import ConsiderAward
from compensation.domain.events import BonusCalculated, CycleLaunched, MeritCalculated
from compensation.domain.facts import AwardFacts
from compensation.domain.terms import content_hash
from tests.appraisal import cases as appraised
from tests.compensation.cases import AWARD, CYCLE, FACTS, PERSON, TERMS, T

NOTHING = cast(asyncpg.Connection, None)  # the evidence does not come from a database here
LAUNCHED = CycleLaunched(CYCLE, TERMS, content_hash(TERMS), "ana")
Change = Callable[[Any], Any]


def calculated(facts: AwardFacts = FACTS) -> tuple[MeritCalculated, BonusCalculated]:
    assert facts.cycle is not None
    known = replace(facts, cycle=replace(facts.cycle, terms_hash=content_hash(TERMS)))
    command = ConsiderAward(AWARD, PERSON, CYCLE, known, "system:compensation", T)
    _, merit, bonus = award.decide(award.INITIAL, command)
    assert isinstance(merit, MeritCalculated)
    assert isinstance(bonus, BonusCalculated)
    return merit, bonus


def counts(merit: MeritCalculated, bonus: BonusCalculated) -> dict[str, tuple[int, int]]:
    found = by_kind(awards({uuid4(): [LAUNCHED], uuid4(): [merit, bonus]}))
    return {f["kind"]: (f["equal"], f["different"]) for f in found if f["count"]}


def test_what_was_calculated_comes_out_again() -> None:
    assert counts(*calculated()) == {"merit": (1, 0), "bonus": (1, 0)}


@pytest.mark.parametrize(
    "change",
    [
        lambda e: replace(e, amount=e.amount + Money(1, "EUR")),
        lambda e: replace(e, unrounded_minor=e.unrounded_minor + 1),
        lambda e: replace(e, terms_hash="another"),
        lambda e: replace(e, rating="nobody has this one"),
    ],
)
def test_a_changed_amount_does_not(change: Change) -> None:
    merit, bonus = calculated()
    assert counts(change(merit), bonus) == {"merit": (0, 1), "bonus": (1, 0)}
    assert counts(merit, change(bonus)) == {"merit": (1, 0), "bonus": (0, 1)}


async def known_then(*_: object) -> Evidence:
    return appraised.EVIDENCE


@pytest.mark.asyncio
async def test_a_score_comes_out_again_and_a_changed_one_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "evidence_for", known_then)
    events = appraised.after(*appraised.WAY)
    (found,) = await scores(NOTHING, {uuid4(): events})
    assert (found.kind, found.equal) == ("score", True)
    changed = [raised(event) for event in events]
    (found,) = await scores(NOTHING, {uuid4(): changed})
    assert not found.equal


def raised(event: object) -> Any:
    if isinstance(event, ScoreComputed):
        return replace(event, sheet=replace(event.sheet, score=event.sheet.score + Decimal(1)))
    return event
