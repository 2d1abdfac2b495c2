"""The merit matrix: bands that tile, cells that are complete, and the published tables."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.testing import Scenario
from chassis.values import Money, round_minor
from compensation.domain import matrix
from compensation.domain.commands import DefineMatrix
from compensation.domain.events import MatrixDefined
from compensation.domain.matrix import (
    BandsMustTileAllPositions,
    CellMustBeOrdered,
    EveryRatingNeedsEveryBand,
    RatingNotInMatrix,
    RoundingStepMustBePositive,
    cell_for,
)
from compensation.domain.merit import prorated_increase
from compensation.domain.position import compa_ratio
from compensation.domain.terms import Band, Cell, MatrixContent, content_hash
from tests.compensation.cases import ANALYST, BELOW_ABOVE, MATRIX, TERMS, T, band, d, eur

a_matrix = Scenario(matrix)
define = DefineMatrix("standard", MATRIX, ANALYST, T)


def cells(rating: str, **pct_by_band: tuple[str, str]) -> list[Cell]:
    return [
        Cell(rating, code, d(low), d(low), d(high)) for code, (low, high) in pct_by_band.items()
    ]


def fixed(rating: str, below: str, above: str) -> list[Cell]:
    return cells(rating, below=(below, below), above=(above, above))


AD_40 = MatrixContent(
    "compa_ratio",
    BELOW_ABOVE,
    (
        *fixed("exceptional", "5.0", "4.5"),
        *fixed("above average", "3.5", "3.0"),
        *fixed("meets", "2.5", "2.0"),
        *fixed("needs improvement", "0", "0"),
        *fixed("not meeting", "0", "0"),
    ),
)
AD_41_BANDS = (
    band("low", "0", "0.9"),
    band("middle", "0.9", "1.1", high_in=True),
    band("high", "1.1", None, low_in=False),
)
AD_41 = MatrixContent(
    "compa_ratio",
    AD_41_BANDS,
    (
        *cells("5", low=("6", "8"), middle=("4", "6"), high=("3", "4")),
        *cells("4", low=("4", "6"), middle=("3", "4"), high=("2", "3")),
        *cells("3", low=("3", "4"), middle=("2", "3"), high=("1", "2")),
        *cells("2", low=("0", "1"), middle=("0", "0"), high=("0", "0")),
        *cells("1", low=("0", "0"), middle=("0", "0"), high=("0", "0")),
    ),
)


@pytest.mark.parametrize(
    ("pay", "rating", "position", "increase_minor"),
    [
        pytest.param(60_000, "above average", "0.95", 210_000, id="AD-40-below"),
        pytest.param(52_340, "meets", "1.2", 104_680, id="AD-40-above"),
        pytest.param(81_250, "exceptional", "1", 365_625, id="AD-40-at-the-midpoint"),
    ],
)
def test_increase_by_published_matrix(
    pay: int, rating: str, position: str, increase_minor: int
) -> None:
    cell = cell_for(AD_40, rating, d(position))
    found = prorated_increase(eur(pay), cell.default_pct, 365, replace(TERMS).period)
    assert round_minor(found, "EUR") == Money(increase_minor, "EUR")


@pytest.mark.parametrize(
    ("rating", "position", "low", "high"),
    [
        pytest.param("5", "0", "6", "8", id="AD-41-from-zero"),
        pytest.param("5", "0.8999", "6", "8", id="AD-41-under-90"),
        pytest.param("4", "0.9", "3", "4", id="AD-41-at-90"),
        pytest.param("4", "1.1", "3", "4", id="AD-41-at-110"),
        pytest.param("3", "1.1001", "1", "2", id="AD-41-over-110"),
        pytest.param("2", "0.5", "0", "1", id="AD-41-row-2"),
        pytest.param("1", "7", "0", "0", id="AD-41-row-1"),
    ],
)
def test_guideline_by_published_matrix(rating: str, position: str, low: str, high: str) -> None:
    a_matrix.when(replace(define, content=AD_41)).events()
    found = cell_for(AD_41, rating, d(position))
    assert (found.min_pct, found.max_pct) == (d(low), d(high))


def test_the_unrounded_position_decides() -> None:
    # 89.996 % is shown as 90.00 %, and is still below 90 %.
    found = compa_ratio(Money(89_996, "EUR"), Money(100_000, "EUR"))
    assert cell_for(AD_41, "4", found).band == "low"


@given(st.decimals(min_value=0, max_value=100, places=6))
def test_every_compa_ratio_hits_exactly_one_band(position: Decimal) -> None:
    assert cell_for(AD_41, "3", position).rating == "3"


def test_a_definition_is_a_version_with_its_hash() -> None:
    first = MatrixDefined("standard", 1, MATRIX, content_hash(MATRIX), ANALYST)
    a_matrix.when(define).then(first)
    a_matrix.when(define).told_twice_changes_nothing()
    second = MatrixDefined("standard", 2, AD_40, content_hash(AD_40), ANALYST)
    a_matrix.given(first).when(replace(define, content=AD_40)).then(second)


def test_equal_percents_written_differently_are_the_same_matrix() -> None:
    longer = replace(MATRIX, cells=(replace(MATRIX.cells[0], min_pct=d("2.00")), *MATRIX.cells[1:]))
    assert content_hash(longer) == content_hash(MATRIX)


@pytest.mark.parametrize(
    "bands",
    [
        pytest.param((), id="none"),
        pytest.param((band("a", "0.1", None),), id="not-from-zero"),
        pytest.param((band("a", "0", None, low_in=False),), id="zero-left-out"),
        pytest.param((band("a", None, None),), id="below-zero"),
        pytest.param((band("a", "0", "2"),), id="ends"),
        pytest.param((band("a", "0", "1"), band("b", "1.01", None)), id="gap"),
        pytest.param((band("a", "0", "1"), band("b", "0.9", None)), id="overlap"),
        pytest.param((band("a", "0", "1"), band("b", "1", None, low_in=False)), id="point-missing"),
        pytest.param((band("a", "0", "1", high_in=True), band("b", "1", None)), id="point-twice"),
        pytest.param((band("a", "0", "1"), band("a", "1", None)), id="code-twice"),
        pytest.param((band("a", "0", "0"), band("b", "0", None)), id="empty"),
        pytest.param((band("a", "0", None), band("b", "1", None)), id="two-without-end"),
    ],
)
def test_bands_that_do_not_tile_are_refused(bands: tuple[Band, ...]) -> None:
    content = replace(MATRIX, bands=bands)
    a_matrix.when(replace(define, content=content)).refused(BandsMustTileAllPositions)


def test_a_single_point_may_be_a_band() -> None:
    bands = (
        band("under", "0", "1"),
        band("at", "1", "1", high_in=True),
        band("over", "1", None, low_in=False),
    )
    both = [Cell("meets", b.code, d("1"), d("1"), d("1")) for b in bands]
    content = MatrixContent("compa_ratio", bands, tuple(both))
    assert len(a_matrix.when(replace(define, content=content)).events()) == 1
    assert cell_for(content, "meets", d("1")).band == "at"


def test_penetration_bands_have_no_least_position() -> None:
    bands = (band("under", None, "0.5", low_in=False), band("over", "0.5", None))
    both = [Cell("meets", b.code, d("1"), d("1"), d("1")) for b in bands]
    content = MatrixContent("penetration", bands, tuple(both))
    assert len(a_matrix.when(replace(define, content=content)).events()) == 1
    assert cell_for(content, "meets", d("-3")).band == "under"
    from_zero = replace(content, bands=BELOW_ABOVE)
    a_matrix.when(replace(define, content=from_zero)).refused(BandsMustTileAllPositions)


def test_cells_are_complete_and_named_once() -> None:
    missing = replace(MATRIX, cells=MATRIX.cells[1:])
    a_matrix.when(replace(define, content=missing)).refused(EveryRatingNeedsEveryBand)
    twice = replace(MATRIX, cells=(*MATRIX.cells, MATRIX.cells[0]))
    a_matrix.when(replace(define, content=twice)).refused(EveryRatingNeedsEveryBand)
    stray = replace(MATRIX.cells[0], band="nowhere")
    a_matrix.when(replace(define, content=replace(MATRIX, cells=(*MATRIX.cells, stray)))).refused(
        EveryRatingNeedsEveryBand
    )


@pytest.mark.parametrize(
    "percents",
    [
        pytest.param(("-1", "2.5", "3"), id="negative"),
        pytest.param(("2.6", "2.5", "3"), id="minimum"),
        pytest.param(("2", "2.5", "2.4"), id="maximum"),
    ],
)
def test_cell_percents_are_ordered(percents: tuple[str, str, str]) -> None:
    cell = Cell("meets", "below", *(d(pct) for pct in percents))
    content = replace(MATRIX, cells=(cell, *MATRIX.cells[1:]))
    a_matrix.when(replace(define, content=content)).refused(CellMustBeOrdered)


def test_the_rounding_step_is_at_least_one_minor_unit() -> None:
    content = replace(MATRIX, step_minor=0)
    a_matrix.when(replace(define, content=content)).refused(RoundingStepMustBePositive)


def test_a_rating_that_the_matrix_does_not_name_has_no_cell() -> None:
    with pytest.raises(RatingNotInMatrix):
        cell_for(MATRIX, "superb", d("1"))
