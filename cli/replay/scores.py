"""Every score that was ever computed, computed again from what was known then."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg

from appraisal.domain import appraisal
from appraisal.domain.events import ManagerRated, ScoreComputed
from appraisal.domain.sheet import compute
from appraisal.projections.heard import evidence_for
from chassis.values import Period
from cli.replay.figure import Figure


async def scores(
    connection: asyncpg.Connection, streams: Mapping[UUID, Sequence[Any]]
) -> list[Figure]:
    """One figure per score sheet; all of the sheet must be equal, not only the score."""
    found = []
    for stream, events in streams.items():
        state = appraisal.INITIAL
        ratings: dict[str, Any] = {}
        for event in events:
            if isinstance(event, ManagerRated):
                ratings = {rating.line: rating.value for rating in event.ratings}
            if isinstance(event, ScoreComputed):
                equal = await _equal(connection, state, event, ratings)
                found.append(Figure("score", str(stream), event.revision, equal))
            state = appraisal.evolve(state, event)
    return found


async def _equal(
    connection: asyncpg.Connection,
    state: appraisal.Appraisal,
    event: ScoreComputed,
    ratings: dict[str, Any],
) -> bool:
    opened = state.opened
    if opened is None:
        return False
    period = Period(opened.period_start, opened.period_end)
    known = event.sheet.known_position
    evidence = await evidence_for(connection, event.person, period, known)
    try:
        sheet = compute(opened.content, opened.scheme_hash, period, evidence, ratings)
    except Exception:  # whatever stops it: the figure does not come out again
        return False
    return sheet == event.sheet
