"""What has been released for an entity in a cycle, announced as one growing whole."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce

from chassis.values import Money
from compensation.domain.commands import AnnounceRelease
from compensation.domain.events import ReleaseAnnounced
from compensation.domain.terms import AnnouncedAmount, AnnouncedAward, AwardId


@dataclass(frozen=True, slots=True)
class ReleaseState:
    """Each announced award's last released version and the sum of its lines."""

    number: int = 0
    awards: Mapping[AwardId, tuple[int, Money]] = field(default_factory=dict)


INITIAL = ReleaseState()


def evolve(state: ReleaseState, event: ReleaseAnnounced) -> ReleaseState:
    newly = {item.award: (item.version, item.total) for item in event.newly}
    return ReleaseState(event.number, {**state.awards, **newly})


def decide(state: ReleaseState, c: AnnounceRelease) -> list[ReleaseAnnounced]:
    """Empty when everything given has been announced; a payroll holds exactly what it says."""
    newly = {
        fact.award: AnnouncedAmount(fact.award, fact.version, fact.total)
        for fact in c.released
        if fact.version > state.awards.get(fact.award, (0,))[0]
    }
    if not newly:
        return []
    everything = dict(state.awards)
    everything |= {award: (item.version, item.total) for award, item in newly.items()}
    return [
        ReleaseAnnounced(
            release=c.release,
            cycle=c.cycle,
            entity=c.entity,
            number=state.number + 1,
            count=len(everything),
            totals=_totals([total for _, total in everything.values()]),
            awards=tuple(
                AnnouncedAward(award, everything[award][0]) for award in sorted(everything)
            ),
            newly=tuple(newly[award] for award in sorted(newly)),
            by=c.by,
        )
    ]


def _totals(amounts: list[Money]) -> tuple[Money, ...]:
    """One sum per currency, in the order of their codes."""

    def add(sums: dict[str, int], amount: Money) -> dict[str, int]:
        return {**sums, amount.currency: sums.get(amount.currency, 0) + amount.minor}

    sums = reduce(add, amounts, dict[str, int]())
    return tuple(Money(sums[currency], currency) for currency in sorted(sums))
