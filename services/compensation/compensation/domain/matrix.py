"""The merit matrix (F41): percent by rating and position in the range; frozen versions."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from compensation.domain.commands import DefineMatrix
from compensation.domain.errors import CompensationRuleBroken
from compensation.domain.events import MatrixDefined
from compensation.domain.terms import Band, Cell, MatrixContent, PositionKey, content_hash


class BandsMustTileAllPositions(CompensationRuleBroken):
    """A position would fall into no band, or into two."""


class EveryRatingNeedsEveryBand(CompensationRuleBroken):
    """A rating and band have no cell, or more than one."""


class CellMustBeOrdered(CompensationRuleBroken):
    """A cell's percents must be 0 <= minimum <= default <= maximum."""


class RoundingStepMustBePositive(CompensationRuleBroken):
    """Amounts are rounded to a multiple of at least one minor unit."""


class RatingNotInMatrix(CompensationRuleBroken):
    """The matrix says nothing about this rating."""


@dataclass(frozen=True, slots=True)
class MatrixState:
    version: int = 0
    content: MatrixContent | None = None
    hash: str = ""
    by: str = ""


INITIAL = MatrixState()


def evolve(state: MatrixState, event: MatrixDefined) -> MatrixState:
    return MatrixState(event.matrix_version, event.content, event.content_hash, event.by)


def decide(state: MatrixState, c: DefineMatrix) -> list[MatrixDefined]:
    """A new version; cycles launched before keep the version that they froze."""
    _check_bands(c.content.key, c.content.bands)
    _check_cells(c.content)
    if c.content.step_minor < 1:
        raise RoundingStepMustBePositive(f"step is {c.content.step_minor}, allowed is 1 or more")
    found = content_hash(c.content)
    if found == state.hash:
        return []
    return [MatrixDefined(c.matrix, state.version + 1, c.content, found, c.by)]


def ratings(content: MatrixContent) -> frozenset[str]:
    return frozenset(cell.rating for cell in content.cells)


def cell_for(content: MatrixContent, rating: str, position: Decimal) -> Cell:
    """F41: the cell of the rating in the band that holds the unrounded position.

    position: compa-ratio or range penetration, as the matrix declares.
    """
    (band,) = [band for band in content.bands if _holds(band, position)]
    cells = [cell for cell in content.cells if (cell.rating, cell.band) == (rating, band.code)]
    if not cells:
        known = ", ".join(sorted(ratings(content)))
        raise RatingNotInMatrix(f"rating is {rating!r}, allowed is one of {known}")
    return cells[0]


def _holds(band: Band, position: Decimal) -> bool:
    above = band.low is None or position > band.low or (band.low_closed and position == band.low)
    below = (
        band.high is None or position < band.high or (band.high_closed and position == band.high)
    )
    return above and below


def _check_bands(key: PositionKey, bands: Sequence[Band]) -> None:
    """Proof that every position hits exactly one band: no gap, no overlap, both ends covered.

    Compa-ratios start at 0, which must belong to the first band; a penetration has no least.
    """
    if not bands or len({band.code for band in bands}) < len(bands):
        raise BandsMustTileAllPositions("there must be at least one band, each with its own code")
    ordered = sorted(bands, key=_from_below)
    first, last = ordered[0], ordered[-1]
    if key == "compa_ratio" and not (first.low == 0 and first.low_closed):
        raise BandsMustTileAllPositions(f"band {first.code} must start at 0 and include it")
    if key == "penetration" and first.low is not None:
        raise BandsMustTileAllPositions(f"band {first.code} must have no lower end")
    if last.high is not None:
        raise BandsMustTileAllPositions(f"band {last.code} must have no upper end")
    for band in ordered:
        if band.low is not None and band.high is not None and not _has_values(band):
            raise BandsMustTileAllPositions(f"band {band.code} holds no position")
    for lower, upper in pairwise(ordered):
        if lower.high is None or lower.high != upper.low or lower.high_closed == upper.low_closed:
            raise BandsMustTileAllPositions(
                f"bands {lower.code} and {upper.code} must meet at one position, and exactly one"
                " of them must include it"
            )


def _from_below(band: Band) -> tuple[bool, Decimal, bool]:
    return (band.low is not None, band.low or Decimal(0), not band.low_closed)


def _has_values(band: Band) -> bool:
    assert band.low is not None
    assert band.high is not None
    if band.low == band.high:
        return band.low_closed and band.high_closed
    return band.low < band.high


def _check_cells(content: MatrixContent) -> None:
    named = [(cell.rating, cell.band) for cell in content.cells]
    wanted = {(rating, band.code) for rating in ratings(content) for band in content.bands}
    if not named or len(set(named)) < len(named) or set(named) != wanted:
        raise EveryRatingNeedsEveryBand(
            f"{len(named)} cells given, allowed is exactly one for each of {len(wanted)} pairs of"
            " rating and band"
        )
    for cell in content.cells:
        if not 0 <= cell.min_pct <= cell.default_pct <= cell.max_pct:
            raise CellMustBeOrdered(
                f"cell {cell.rating}/{cell.band} is {cell.min_pct}/{cell.default_pct}/"
                f"{cell.max_pct} %, allowed is 0 <= minimum <= default <= maximum"
            )
