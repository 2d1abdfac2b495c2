"""An appraisal cycle: opened with its terms and scheme frozen, and closed."""

from dataclasses import replace
from datetime import date

import pytest

from appraisal.domain import cycle
from appraisal.domain.commands import CloseCycle, KnownScheme, OpenCycle
from appraisal.domain.errors import (
    CycleIsAlreadyOpen,
    CycleIsNotOpen,
    DeadlinesMustFollowEachOther,
    SchemeIsUnknown,
)
from appraisal.domain.events import CycleClosed, CycleId, CycleOpened, SchemeId
from chassis.testing import Scenario
from tests.appraisal.cases import CONTENT, DEFINED, END, EVA, HAL, START, T

a_cycle = Scenario(cycle)
YEAR = CycleId("2026")
KNOWN = KnownScheme(DEFINED.scheme, 1, CONTENT, DEFINED.content_hash)
OPEN = OpenCycle(
    cycle=YEAR,
    title="Appraisals 2026",
    period_start=START,
    period_end=END,
    scheme=KNOWN,
    population="all",
    self_due=date(2027, 1, 20),
    manager_due=date(2027, 2, 1),
    interview_due=date(2027, 2, 15),
    acknowledge_days=7,
    by=HAL,
    at=T,
)
OPENED = CycleOpened(
    cycle=YEAR,
    title="Appraisals 2026",
    period_start=START,
    period_end=END,
    scheme=DEFINED.scheme,
    scheme_version=1,
    scheme_hash=DEFINED.content_hash,
    content=CONTENT,
    population="all",
    self_due=date(2027, 1, 20),
    manager_due=date(2027, 2, 1),
    interview_due=date(2027, 2, 15),
    acknowledge_days=7,
    opened_by=HAL,
)
CLOSE = CloseCycle(YEAR, HAL, T)
CLOSED = CycleClosed(YEAR, HAL)


def test_a_cycle_opens_with_the_scheme_frozen_into_it() -> None:
    a_cycle.given().when(OPEN).then(OPENED)


def test_opening_and_closing_twice_is_once() -> None:
    a_cycle.given().when(OPEN).told_twice_changes_nothing()
    a_cycle.given(OPENED).when(CLOSE).told_twice_changes_nothing()


def test_a_later_version_of_the_scheme_does_not_touch_an_open_cycle() -> None:
    newer = KnownScheme(DEFINED.scheme, 2, replace(CONTENT, places=0), "another hash")
    a_cycle.given(OPENED).when(replace(OPEN, scheme=newer, by=EVA)).then()


@pytest.mark.parametrize(
    "terms",
    [
        replace(OPEN, title="Another title"),
        replace(OPEN, population="unit:sales"),
        replace(OPEN, manager_due=date(2027, 2, 2)),
        replace(OPEN, scheme=replace(KNOWN, scheme=SchemeId("other"))),
    ],
)
def test_the_terms_of_an_open_cycle_do_not_change(terms: OpenCycle) -> None:
    a_cycle.given(OPENED).when(terms).refused(CycleIsAlreadyOpen)


def test_a_cycle_needs_a_scheme_that_was_defined() -> None:
    a_cycle.given().when(replace(OPEN, scheme=None)).refused(SchemeIsUnknown)


@pytest.mark.parametrize(
    "terms",
    [
        replace(OPEN, period_end=date(2025, 12, 31)),
        replace(OPEN, self_due=START),
        replace(OPEN, manager_due=date(2027, 1, 19)),
        replace(OPEN, interview_due=date(2027, 1, 31)),
        replace(OPEN, acknowledge_days=0),
    ],
)
def test_deadlines_follow_each_other(terms: OpenCycle) -> None:
    a_cycle.given().when(terms).refused(DeadlinesMustFollowEachOther)


def test_a_closed_cycle_stays_closed() -> None:
    a_cycle.given(OPENED).when(CLOSE).then(CLOSED)
    a_cycle.given(OPENED, CLOSED).when(OPEN).refused(CycleIsNotOpen)


def test_what_was_never_opened_is_not_closed() -> None:
    a_cycle.given().when(CLOSE).refused(CycleIsNotOpen)
