"""A scoring scheme: how achievement becomes a score and a score a rating; versions never change."""

from dataclasses import asdict, dataclass
from decimal import Decimal
from itertools import pairwise

from appraisal.domain.commands import DefineScheme
from appraisal.domain.errors import (
    BandsMustTile,
    PlacesMustBeFew,
    PointsMustRise,
    RatingsMustDiffer,
    SumsCannotReweight,
    WeightIsInPercent,
)
from appraisal.domain.events import SchemeContent, SchemeDefined
from appraisal.domain.figures import HUNDRED, content_hash
from appraisal.domain.scoring import Band, Scale, check_bands, letter

MOST_PLACES = 6


@dataclass(frozen=True, slots=True)
class Version:
    content: SchemeContent
    hash: str


@dataclass(frozen=True, slots=True)
class Scheme:
    """Every version, the first first: a cycle that froze one goes on with it."""

    versions: tuple[Version, ...] = ()


INITIAL = Scheme()


def evolve(state: Scheme, event: SchemeDefined) -> Scheme:
    return Scheme((*state.versions, Version(event.content, event.content_hash)))


def decide(state: Scheme, command: DefineScheme) -> list[SchemeDefined]:
    return define(state, command)


def define(state: Scheme, c: DefineScheme) -> list[SchemeDefined]:
    """The next version, unless the content is that of the latest."""
    check_scheme(c.content)
    found = scheme_hash(c.content)
    if state.versions and state.versions[-1].hash == found:
        return []
    return [SchemeDefined(c.scheme, len(state.versions) + 1, c.content, found)]


def scheme_hash(content: SchemeContent) -> str:
    return content_hash(asdict(content))


def check_scheme(content: SchemeContent) -> None:
    """Raises the rule that the content breaks."""
    scale = score_scale(content)
    rating_scale(content)
    _check_points(content, scale)
    check_bands(bands(content))
    if len({band.rating for band in content.ratings}) < len(content.ratings):
        raise RatingsMustDiffer(f"ratings are {[band.rating for band in content.ratings]}")
    outside = [b for b in content.ratings if not scale.low <= b.from_score <= scale.high]
    if outside:
        found = f"{outside[0].rating} begins at {outside[0].from_score}"
        raise BandsMustTile(f"{found}, the scale is {scale.low} to {scale.high}")
    methods = (content.goals_method, content.competencies_method, content.blocks_method)
    if content.missing == "exclude_and_reweight" and {"sum", "weighted_sum"} & set(methods):
        raise SumsCannotReweight(f"methods are {', '.join(methods)}, missing lines are excluded")
    if not 0 <= content.places <= MOST_PLACES:
        raise PlacesMustBeFew(f"found {content.places}, allowed is 0 to {MOST_PLACES}")
    if not 0 <= content.self_weight_pct <= HUNDRED:
        raise WeightIsInPercent(f"found {content.self_weight_pct} %, allowed is 0 to 100 %")


def score_scale(content: SchemeContent) -> Scale:
    return Scale(content.scale_min, content.scale_max)


def rating_scale(content: SchemeContent) -> Scale:
    """The scale that competencies are rated on."""
    low, high = content.rating_min, content.rating_max
    return Scale(
        content.scale_min if low is None else low, content.scale_max if high is None else high
    )


def bands(content: SchemeContent) -> list[Band]:
    return [Band(band.from_score, band.rating) for band in content.ratings]


def kpi_score(content: SchemeContent, pct: Decimal) -> Decimal:
    """The score that a percent of target earns: the first point's below it, the last's above."""
    points = content.kpi_points
    below = [point for point in points if point.pct <= pct]
    if not below:
        return points[0].score
    left = below[-1]
    if content.kpi_map == "steps" or len(below) == len(points):
        return left.score
    right = points[len(below)]
    return left.score + (pct - left.pct) * (right.score - left.score) / (right.pct - left.pct)


def rating_of(content: SchemeContent, score: Decimal) -> str:
    """F14."""
    return letter(score, bands(content))


def _check_points(content: SchemeContent, scale: Scale) -> None:
    points = content.kpi_points
    if not points:
        raise PointsMustRise("found no point, allowed is one or more")
    for low, high in pairwise(points):
        if low.pct >= high.pct or low.score > high.score:
            found = f"{low.pct} % earns {low.score}, {high.pct} % earns {high.score}"
            raise PointsMustRise(found)
    for point in points:
        if not scale.low <= point.score <= scale.high:
            raise PointsMustRise(f"{point.score} lies outside {scale.low} to {scale.high}")
