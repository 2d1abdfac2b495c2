"""A scoring scheme: its versions, and what makes one sound."""

from itertools import pairwise

from appraisal.domain.commands import DefineScheme
from appraisal.domain.errors import (
    BandsMustTile,
    MorePercentMustNotEarnLess,
    PlacesAreFewAndWhole,
    RatingsMustDiffer,
    ScaleMustRise,
)
from appraisal.domain.events import SchemeContent, SchemeDefined
from appraisal.domain.hashing import digest

INITIAL: SchemeDefined | None = None


def evolve(state: SchemeDefined | None, event: SchemeDefined) -> SchemeDefined | None:
    return event


def decide(state: SchemeDefined | None, command: DefineScheme) -> list[SchemeDefined]:
    """A version n+1 when something differs; the same content again is nothing new."""
    check_scheme(command.content)
    content_hash = digest(command.content)
    if state is not None and state.content_hash == content_hash:
        return []
    version = state.scheme_version + 1 if state else 1
    return [SchemeDefined(command.scheme, version, command.content, content_hash)]


def check_scheme(content: SchemeContent) -> None:
    """Raises the rule that the scheme breaks."""
    if content.scale_min >= content.scale_max:
        raise ScaleMustRise(f"from {content.scale_min} to {content.scale_max}")
    percents = [point.pct for point in content.kpi_points]
    if not percents or any(a >= b for a, b in pairwise(percents)):
        raise BandsMustTile(f"the percents are {[str(pct) for pct in percents]}, they must rise")
    for point in content.kpi_points:
        if not content.scale_min <= point.score <= content.scale_max:
            raise ScaleMustRise(f"{point.pct} % earns {point.score}, outside the scale")
    if any(a.score > b.score for a, b in pairwise(content.kpi_points)):
        raise MorePercentMustNotEarnLess(
            f"the scores are {[str(point.score) for point in content.kpi_points]}"
        )
    if not 0 <= content.places <= 6:
        raise PlacesAreFewAndWhole(f"found {content.places} places, allowed is 0 to 6")
    starts = [band.from_score for band in content.ratings]
    if not starts or any(a >= b for a, b in pairwise(starts)):
        raise BandsMustTile(f"ratings begin at {[str(start) for start in starts]}, they must rise")
    if starts[0] > content.scale_min:
        raise BandsMustTile(f"no rating from {content.scale_min} to {starts[0]}")
    if len({band.rating for band in content.ratings}) < len(starts):
        raise RatingsMustDiffer("a rating is named for two bands")
