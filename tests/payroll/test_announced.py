"""Payroll seals only when it holds exactly what compensation announced."""

from dataclasses import replace

import pytest

from chassis.values import Money
from payroll.domain.announced import require_complete
from payroll.domain.errors import ReleaseIsNotCompletelyHeard
from payroll.domain.events import AwardId, ReleaseHeld
from payroll.domain.terms import Announcement, HeldAward, Release
from tests.payroll.cases import CYCLE, eur

ONE, TWO = AwardId("one"), AwardId("two")
SAID = Announcement(3, 2, (eur(700),), {ONE: 5, TWO: 6})
HELD = (HeldAward(ONE, 5, (eur(500),)), HeldAward(TWO, 6, (eur(150), eur(50))))


def test_what_was_announced_is_held() -> None:
    assert require_complete([Release(CYCLE, SAID, HELD)]) == (ReleaseHeld(CYCLE, 3, 2),)


def test_a_total_of_nothing_is_no_difference() -> None:
    said = replace(SAID, totals=(eur(700), Money(0, "USD")))
    assert require_complete([Release(CYCLE, said, HELD)])


@pytest.mark.parametrize(
    "release",
    [
        pytest.param(Release(CYCLE, None, HELD), id="nothing announced"),
        pytest.param(Release(CYCLE, SAID, HELD[:1]), id="an award not heard"),
        pytest.param(Release(CYCLE, SAID, ()), id="none heard"),
        pytest.param(Release(CYCLE, replace(SAID, totals=(eur(701),)), HELD), id="another sum"),
        pytest.param(
            Release(CYCLE, replace(SAID, totals=(Money(700, "USD"),)), HELD), id="another currency"
        ),
        pytest.param(
            Release(CYCLE, SAID, (replace(HELD[0], version=4), HELD[1])), id="an older version"
        ),
        pytest.param(
            Release(CYCLE, SAID, (replace(HELD[0], version=6), HELD[1])), id="not announced yet"
        ),
        pytest.param(
            Release(CYCLE, SAID, (replace(HELD[0], award=AwardId("x")), HELD[1])), id="another"
        ),
    ],
)
def test_anything_else_is_refused(release: Release) -> None:
    with pytest.raises(ReleaseIsNotCompletelyHeard) as refusal:
        require_complete([release])
    assert "700" not in str(refusal.value)


def test_a_cycle_of_which_nothing_is_known_is_no_obstacle() -> None:
    assert require_complete([Release(CYCLE, None, ())]) == ()
