"""Which lines a batch holds: differences, corrections, reissues, and what is left out."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.values import Money
from payroll.domain.events import AwardId, Line, Reason
from payroll.domain.lines import line_id, sum_by_currency, work_out
from payroll.domain.terms import Employment, Facts, Issued, ReleasedAward
from tests.payroll.cases import (
    ANN,
    BEN,
    BONUS,
    CARA,
    FACTS,
    ORDER,
    award_of,
    bonus_of,
    eur,
    payee,
    with_award,
    with_ledger,
)

Status = Literal["sealed", "paid", "rejected"]
AWARD = AwardId("award-ann")
KEY = (AWARD, BONUS.component)


def issued(minor: int, revision: int = 1, status: Status = "sealed") -> Issued:
    return Issued(line_id(AWARD, revision, "bonus"), revision, 1, eur(minor), status)


def lines(facts: Facts) -> list[Line]:
    return list(work_out(ORDER, facts).lines)


def left_out(facts: Facts) -> set[Reason]:
    worked = work_out(ORDER, facts)
    return {left.reason for left in worked.left_out}


def test_each_component_of_a_released_award_is_a_line() -> None:
    merit, bonus, bens = lines(FACTS)
    assert (merit.component, merit.kind, merit.amount) == ("merit", "recurring", eur(120_000))
    assert merit.new_annual == eur(4_120_000)
    assert (bonus.component, bonus.kind, bonus.amount) == ("bonus", "one_off", eur(350_000))
    assert (bens.payroll_id, bens.wage_type, bens.cost_centre) == ("P0002", "2200", "CC10")
    assert merit.effective_on == date(2027, 4, 1)


def test_a_line_is_known_by_award_revision_and_component() -> None:
    assert line_id(AWARD, 1, "bonus") == line_id(AWARD, 1, "bonus")
    assert len({line_id(AWARD, 1, "bonus"), line_id(AWARD, 2, "bonus")}) == 2
    assert line_id(AWARD, 1, "merit") != line_id(AWARD, 1, "bonus")


@pytest.mark.parametrize("status", ["sealed", "paid"])
def test_what_is_sealed_is_not_paid_again(status: Status) -> None:
    facts = with_ledger(with_award(bonus_of(ANN, 500)), {KEY: [issued(500, status=status)]})
    assert work_out(ORDER, facts).lines == ()
    assert left_out(facts) == set()


def test_a_correction_pays_the_difference() -> None:
    facts = with_ledger(with_award(bonus_of(ANN, 700, revision=2)), {KEY: [issued(500)]})
    (line,) = lines(facts)
    assert (line.amount, line.revision, line.issue) == (eur(200), 2, 1)


def test_a_correction_downwards_recovers_the_difference() -> None:
    facts = with_ledger(with_award(bonus_of(ANN, 0, revision=2)), {KEY: [issued(500)]})
    (line,) = lines(facts)
    assert line.amount == eur(-500)


def test_a_correction_before_anything_was_sealed_pays_the_whole_amount_once() -> None:
    (line,) = lines(with_award(bonus_of(ANN, 700, revision=2)))
    assert (line.amount, line.revision) == (eur(700), 2)


def test_a_rejected_line_is_reissued_under_its_id() -> None:
    facts = with_ledger(with_award(bonus_of(ANN, 500)), {KEY: [issued(500, status="rejected")]})
    (line,) = lines(facts)
    assert (line.line, line.issue, line.amount) == (line_id(AWARD, 1, "bonus"), 2, eur(500))


def test_a_rejected_line_is_replaced_by_that_of_a_later_revision() -> None:
    rejected = issued(500, status="rejected")
    facts = with_ledger(with_award(bonus_of(ANN, 700, revision=2)), {KEY: [rejected]})
    (line,) = lines(facts)
    assert (line.amount, line.revision, line.replaces) == (eur(700), 2, (rejected.line,))


def test_an_earlier_line_rejected_after_the_correction_was_sealed_is_reissued() -> None:
    facts = with_ledger(
        with_award(bonus_of(ANN, 700, revision=2)),
        {KEY: [issued(500, status="rejected"), issued(200, revision=2)]},
    )
    (line,) = lines(facts)
    assert (line.revision, line.issue, line.amount) == (1, 2, eur(500))


@pytest.mark.parametrize(
    ("reason", "facts"),
    [
        ("no_payroll_id", replace(FACTS, payees={})),
        ("other_entity", replace(FACTS, payees={ANN: payee("P1", entity="DE01")})),
        ("payroll_id_shared", replace(FACTS, payees={ANN: payee("P1"), CARA: payee("P1")})),
        ("no_wage_type", replace(FACTS, wage_types={})),
        ("person_not_heard_of", replace(FACTS, people={})),
        ("leaver", replace(FACTS, people={ANN: Employment(3, date(2027, 2, 28))})),
        ("suspended", with_award(award_of(ANN, BONUS, suspended=True))),
        (
            "released_after_cut_off",
            with_award(replace(award_of(ANN, BONUS), released_at=ORDER.cut_off + timedelta(1))),
        ),
        ("in_another_open_batch", replace(FACTS, claimed=frozenset({KEY}))),
        (
            "currency_changed",
            with_ledger(
                with_award(bonus_of(ANN, 900, revision=2)),
                {KEY: [replace(issued(1), amount=Money(500, "USD"))]},
            ),
        ),
    ],
)
def test_what_cannot_be_paid_is_left_out_with_its_reason(reason: Reason, facts: Facts) -> None:
    only_ann = replace(facts, awards=tuple(a for a in facts.awards if a.person == ANN))
    only_ann = replace(only_ann, awards=tuple(_bonus_only(a) for a in only_ann.awards))
    assert left_out(only_ann) == {reason}
    assert lines(only_ann) == []


@pytest.mark.parametrize(
    ("used", "newest"),
    # The award used the fact of 100 000; one of 110 000 came in before the export.
    [pytest.param(3, 4, id="AD-57"), pytest.param(3, 9, id="several newer facts")],
)
def test_a_newer_pay_fact_than_the_award_used_blocks_its_lines(used: int, newest: int) -> None:
    newer = {ANN: Employment(newest), BEN: Employment(used)}
    worked = work_out(ORDER, replace(FACTS, people=newer))
    assert {(left.person, left.reason) for left in worked.left_out} == {(ANN, "newer_pay_fact")}
    assert {line.person for line in worked.lines} == {BEN}


def test_what_was_sealed_is_not_blocked_by_a_newer_pay_fact() -> None:
    facts = with_ledger(with_award(bonus_of(ANN, 500)), {KEY: [issued(500, status="paid")]})
    assert left_out(replace(facts, people={ANN: Employment(4)})) == set()


@pytest.mark.parametrize(
    ("employment", "pays"),
    [
        (Employment(3, left_on=date(2027, 2, 28)), False),
        (Employment(3, left_on=date(2027, 3, 1)), True),
        (Employment(3, date(2027, 1, 31), returned_on=date(2027, 3, 31)), True),
        (Employment(3, date(2027, 1, 31), returned_on=date(2027, 4, 1)), False),
    ],
)
def test_a_leaver_is_paid_in_a_period_in_which_they_are_employed(
    employment: Employment, pays: bool
) -> None:
    facts = replace(with_award(bonus_of(ANN, 500)), people={ANN: employment})
    assert bool(lines(facts)) is pays


def test_another_pay_group_has_its_own_batch() -> None:
    facts = replace(FACTS, payees={ANN: payee("P1", "weekly"), BEN: payee("P2")})
    assert {line.person for line in lines(facts)} == {BEN}
    assert left_out(facts) == set()
    weekly = work_out(replace(ORDER, pay_group="weekly"), facts)
    assert {line.person for line in weekly.lines} == {ANN}


def test_the_order_of_facts_does_not_matter() -> None:
    assert lines(replace(FACTS, awards=FACTS.awards[::-1])) == lines(FACTS)


def test_sums_are_kept_per_currency() -> None:
    amounts = [Money(1, "USD"), eur(5), eur(-2)]
    assert sum_by_currency(amounts) == (eur(3), Money(1, "USD"))


@given(st.lists(st.tuples(st.integers(0, 1000), st.booleans(), st.booleans()), max_size=8))
def test_the_lines_of_an_award_always_add_up_to_its_current_amount(
    revisions: list[tuple[int, bool, bool]],
) -> None:
    """Whatever is corrected, sealed and rejected in between; and no line is sealed twice."""
    ledger: dict[str, Issued] = {}
    for revision, (minor, reject, again) in enumerate(revisions, start=1):
        facts = with_award(bonus_of(ANN, minor, revision=revision))
        _seal(facts, ledger)
        if reject and ledger:
            last = list(ledger)[-1]
            ledger[last] = replace(ledger[last], status="rejected")
            if again:
                _seal(facts, ledger)
                assert _brought(ledger) == minor
        else:
            assert _brought(ledger) == minor


def _seal(facts: Facts, ledger: dict[str, Issued]) -> None:
    for line in lines(with_ledger(facts, {KEY: list(ledger.values())})):
        earlier = ledger.get(line.line)
        assert earlier is None or earlier.status == "rejected"
        for replaced in line.replaces:
            del ledger[replaced]
        ledger[line.line] = Issued(line.line, line.revision, line.issue, line.amount, "sealed")


def _brought(ledger: dict[str, Issued]) -> int:
    return sum(line.amount.minor for line in ledger.values() if line.status != "rejected")


def _bonus_only(award: ReleasedAward) -> ReleasedAward:
    return replace(award, amounts=tuple(a for a in award.amounts if a.component == "bonus"))
