"""Whether payroll holds exactly what compensation announced."""

from collections.abc import Iterator, Sequence

from chassis.values import Money
from payroll.domain.errors import ReleaseIsNotCompletelyHeard
from payroll.domain.events import ReleaseHeld
from payroll.domain.lines import sum_by_currency
from payroll.domain.terms import Release


def require_complete(releases: Sequence[Release]) -> tuple[ReleaseHeld, ...]:
    """The announcements held.  Raises ReleaseIsNotCompletelyHeard naming each difference."""
    found = [difference for release in releases for difference in differences(release)]
    if found:
        raise ReleaseIsNotCompletelyHeard("; ".join(found))
    return tuple(
        ReleaseHeld(release.cycle, release.announced.number, release.announced.count)
        for release in sorted(releases, key=lambda release: release.cycle)
        if release.announced
    )


def differences(release: Release) -> Iterator[str]:
    """What is not as announced: count, sum per currency, last versions.  No amount is told."""
    cycle, announced, held = release.cycle, release.announced, release.held
    if announced is None:
        if held:
            yield f"cycle {cycle}: {len(held)} awards were heard, none is announced"
        return
    if len(held) != announced.count:
        yield f"cycle {cycle}: {len(held)} awards were heard, {announced.count} are announced"
    heard = _not_zero(sum_by_currency([amount for award in held for amount in award.amounts]))
    for currency in sorted({c for c, _ in heard ^ _not_zero(announced.totals)}):
        yield f"cycle {cycle}: the sum in {currency} is not as announced"
    versions = {award.award: award.version for award in held}
    other = sum(
        versions.get(award) != announced.versions.get(award)
        for award in versions.keys() | announced.versions.keys()
    )
    if other:
        yield f"cycle {cycle}: {other} awards were heard in another version than announced"


def _not_zero(amounts: Sequence[Money]) -> frozenset[tuple[str, int]]:
    return frozenset((amount.currency, amount.minor) for amount in amounts if amount.minor)
