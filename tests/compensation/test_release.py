"""What is announced to payroll is everything that was released, with sums that add up."""

from chassis.testing import Scenario
from chassis.values import Money
from compensation.domain import release
from compensation.domain.commands import AnnounceRelease, ReleasedFact
from compensation.domain.events import ReleaseAnnounced
from compensation.domain.terms import AnnouncedAmount, AnnouncedAward, AwardId
from tests.compensation.cases import ANALYST, CYCLE, T, eur

a_release = Scenario(release)
A, B, C = AwardId("a"), AwardId("b"), AwardId("c")
USD = Money(500, "USD")


def announce(*released: ReleasedFact) -> AnnounceRelease:
    return AnnounceRelease("release-1", CYCLE, "MT-DE", released, ANALYST, T)


def announced(
    number: int, totals: tuple[Money, ...], awards: dict[AwardId, int], *newly: AnnouncedAmount
) -> ReleaseAnnounced:
    known = tuple(AnnouncedAward(award, version) for award, version in awards.items())
    return ReleaseAnnounced(
        "release-1", CYCLE, "MT-DE", number, len(known), totals, known, newly, ANALYST
    )


first = announced(
    1, (eur(300),), {A: 6, B: 6}, AnnouncedAmount(A, 6, eur(100)), AnnouncedAmount(B, 6, eur(200))
)


def test_the_first_announcement_names_every_award() -> None:
    told = announce(ReleasedFact(B, 6, eur(200)), ReleasedFact(A, 6, eur(100)))
    a_release.when(told).then(first)
    a_release.when(told).told_twice_changes_nothing()


def test_the_next_announcement_is_the_growing_whole() -> None:
    a_release.given(first).when(announce(ReleasedFact(C, 5, USD))).then(
        announced(2, (eur(300), USD), {A: 6, B: 6, C: 5}, AnnouncedAmount(C, 5, USD))
    )


def test_a_correction_replaces_the_award_in_the_sums() -> None:
    a_release.given(first).when(announce(ReleasedFact(A, 12, eur(150)))).then(
        announced(2, (eur(350),), {A: 12, B: 6}, AnnouncedAmount(A, 12, eur(150)))
    )


def test_an_older_version_says_nothing_new() -> None:
    a_release.given(first).when(announce(ReleasedFact(A, 5, eur(1)))).then()
