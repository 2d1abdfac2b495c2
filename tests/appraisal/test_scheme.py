"""A scoring scheme: versions, and what makes one sound."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appraisal.domain import scheme
from appraisal.domain.commands import DefineScheme
from appraisal.domain.errors import (
    BandsMustTile,
    MorePercentMustNotEarnLess,
    RatingsMustDiffer,
    ScaleMustRise,
)
from appraisal.domain.events import (
    PercentPoint,
    RatingBand,
    SchemeContent,
    SchemeDefined,
    SchemeId,
)
from appraisal.domain.hashing import digest
from appraisal.domain.sheet import points
from chassis.testing import Scenario
from tests.appraisal.cases import CONTENT, DEFINED, HAL, D, T

a_scheme = Scenario(scheme)
STANDARD = SchemeId("standard")
OTHER = replace(CONTENT, places=1)


def define(content: SchemeContent) -> DefineScheme:
    return DefineScheme(STANDARD, content, HAL, T)


def test_a_scheme_is_defined_with_the_hash_of_its_content() -> None:
    a_scheme.given().when(define(CONTENT)).then(
        SchemeDefined(STANDARD, 1, CONTENT, digest(CONTENT))
    )


def test_the_same_content_again_is_no_new_version() -> None:
    a_scheme.given().when(define(CONTENT)).told_twice_changes_nothing()
    written_otherwise = replace(CONTENT, scale_max=D("5.00"))
    a_scheme.given(DEFINED).when(define(written_otherwise)).then()


def test_other_content_is_the_next_version() -> None:
    a_scheme.given(DEFINED).when(define(OTHER)).then(
        SchemeDefined(STANDARD, 2, OTHER, digest(OTHER))
    )


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (replace(CONTENT, scale_min=D(5)), ScaleMustRise),
        (replace(CONTENT, kpi_points=()), BandsMustTile),
        (replace(CONTENT, kpi_points=CONTENT.kpi_points[::-1]), BandsMustTile),
        (replace(CONTENT, kpi_points=(PercentPoint(D(100), D(6)),)), ScaleMustRise),
        (
            replace(CONTENT, kpi_points=(PercentPoint(D(80), D(3)), PercentPoint(D(90), D(2)))),
            MorePercentMustNotEarnLess,
        ),
        (
            replace(CONTENT, ratings=(RatingBand(D(1), "A"), RatingBand(D(3), "A"))),
            RatingsMustDiffer,
        ),
        (replace(CONTENT, ratings=()), BandsMustTile),
        (replace(CONTENT, ratings=CONTENT.ratings[::-1]), BandsMustTile),
        (replace(CONTENT, ratings=(RatingBand(D(2), "all"),)), BandsMustTile),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_an_unsound_scheme_is_refused(content: SchemeContent, rule: type[Exception]) -> None:
    a_scheme.given().when(define(content)).refused(rule)


@pytest.mark.parametrize(
    ("pct", "score"),
    [
        ("-20", "1"),
        ("50", "1"),
        ("65", "1.5"),
        ("80", "2"),
        ("100", "3"),
        ("105", "3.5"),
        ("400", "5"),
    ],
)
def test_between_two_points_the_score_is_on_the_line(pct: str, score: str) -> None:
    assert points(CONTENT, D(pct)) == D(score)


@given(st.decimals(-50, 250, places=2), st.decimals(-50, 250, places=2))
def test_more_percent_never_scores_less(one: Decimal, other: Decimal) -> None:
    low, high = sorted((one, other))
    assert points(CONTENT, low) <= points(CONTENT, high)
