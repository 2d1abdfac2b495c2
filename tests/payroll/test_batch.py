"""The rules of a payroll batch: prepare, seal, drop, answer."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from chassis.testing import Scenario
from chassis.values import Money
from payroll.domain import batch
from payroll.domain.commands import (
    Acknowledge,
    DropBatch,
    LineAnswer,
    PrepareBatch,
    ResolveVariance,
    SealBatch,
)
from payroll.domain.csvfile import render, sha256_of
from payroll.domain.errors import (
    BatchIsAlreadyPrepared,
    BatchIsDropped,
    BatchIsNotSealed,
    BatchIsSealed,
    BatchNeedsASecondPerson,
    BatchWasNeverPrepared,
    DroppingNeedsAReason,
    LineIsAnsweredTwice,
    LineIsNotInThisBatch,
    NothingIsToBePaid,
    PaidAmountIsUnreadable,
    PayPeriodEndsBeforeItStarts,
    ReleaseIsNotCompletelyHeard,
    VarianceIsUnknown,
    VarianceNeedsAReason,
)
from payroll.domain.events import (
    BatchClosed,
    BatchDropped,
    BatchEvent,
    BatchPrepared,
    BatchSealed,
    LineAcknowledged,
    LineHeld,
    LineId,
    LinePrepared,
    LineReissued,
    LineRejected,
    LineSealed,
    ReleaseHeld,
    VarianceId,
    VarianceOpened,
    VarianceResolved,
)
from payroll.domain.lines import line_id, work_out
from payroll.domain.sealing import line_of
from payroll.domain.terms import Employment, Issued
from tests.payroll.cases import (
    ANN,
    B1,
    BEN,
    BONUS,
    CYCLE,
    FACTS,
    MERIT,
    ORDER,
    PAUL,
    PIA,
    T,
    announced,
    award_of,
    bonus_of,
    eur,
    with_award,
    with_ledger,
)

a_batch = Scenario(batch)
prepare = PrepareBatch(B1, ORDER, FACTS, PIA, T)
seal = SealBatch(B1, FACTS, announced(FACTS), PAUL, T, sequence=4)
drop = DropBatch(B1, "wrong cut-off", PIA, T)
prepared: Sequence[BatchEvent] = a_batch.when(prepare).events()
sealed: Sequence[BatchEvent] = [*prepared, *a_batch.given(*prepared).when(seal).events()]
LINES = work_out(ORDER, FACTS).lines
FIRST, SECOND, THIRD = LINES


def paid(line: LineId, amount: str) -> LineAnswer:
    return LineAnswer(line, "paid", Decimal(amount))


def answered(*answers: LineAnswer) -> Acknowledge:
    return Acknowledge(B1, answers, PIA, T)


ALL_PAID = answered(
    paid(FIRST.line, "1200.00"), paid(SECOND.line, "3500"), paid(THIRD.line, "3500.0")
)


def test_a_batch_is_prepared_with_its_lines_and_totals() -> None:
    header, *lines = prepared
    assert isinstance(header, BatchPrepared)
    assert (header.lines, header.employees, header.totals) == (3, 2, (eur(820_000),))
    assert lines == [LinePrepared(B1, line.person, line) for line in LINES]
    a_batch.when(prepare).told_twice_changes_nothing()


def test_a_batch_counts_what_is_left_out_by_reason() -> None:
    facts = replace(FACTS, people={ANN: Employment(4), BEN: Employment(3)})
    header = a_batch.when(replace(prepare, facts=facts)).events()[0]
    assert isinstance(header, BatchPrepared)
    assert [(count.reason, count.lines) for count in header.left_out] == [("newer_pay_fact", 2)]


def test_a_batch_is_prepared_once() -> None:
    other = replace(prepare, order=replace(ORDER, pay_group="weekly"))
    a_batch.given(*prepared).when(other).refused(BatchIsAlreadyPrepared)


def test_a_pay_period_ends_after_it_starts() -> None:
    backwards = replace(ORDER, period_end=date(2027, 2, 28))
    a_batch.when(replace(prepare, order=backwards)).refused(PayPeriodEndsBeforeItStarts)


def test_a_batch_holds_something() -> None:
    a_batch.when(replace(prepare, facts=replace(FACTS, payees={}))).refused(NothingIsToBePaid)


def test_a_sealed_batch_has_a_manifest() -> None:
    events = a_batch.given(*prepared).when(seal).events()
    *lines, manifest = events
    assert [line_of(line) for line in lines if isinstance(line, LineSealed)] == list(LINES)
    assert manifest == BatchSealed(
        batch=B1,
        entity="AT01",
        pay_group="monthly",
        period_start=ORDER.period_start,
        period_end=ORDER.period_end,
        cut_off=ORDER.cut_off,
        sequence=4,
        file="payroll-AT01-monthly-000004.csv",
        lines=3,
        employees=2,
        totals=(eur(820_000),),
        hash_total=4,
        sha256=sha256_of(render(LINES)),
        held=0,
        releases=(ReleaseHeld(CYCLE, 1, 2),),
        prepared_by=PIA,
        sealed_by=PAUL,
        sealed_at=T,
    )
    a_batch.given(*prepared).when(seal).told_twice_changes_nothing()


def test_whoever_prepared_a_batch_cannot_seal_it() -> None:
    a_batch.given(*prepared).when(replace(seal, by=PIA)).refused(BatchNeedsASecondPerson)


def test_only_a_prepared_batch_is_sealed() -> None:
    a_batch.when(seal).refused(BatchWasNeverPrepared)
    dropped = BatchDropped(B1, "AT01", "monthly", PIA, "wrong cut-off")
    a_batch.given(*prepared, dropped).when(seal).refused(BatchIsDropped)


def test_a_batch_is_not_sealed_before_all_that_was_announced_is_held() -> None:
    missing = replace(announced(FACTS)[0], held=announced(FACTS)[0].held[:1])
    a_batch.given(*prepared).when(replace(seal, releases=(missing,))).refused(
        ReleaseIsNotCompletelyHeard
    )


def test_a_line_whose_award_was_suspended_since_is_held_and_the_others_are_sealed() -> None:
    facts = with_award(award_of(ANN, MERIT, BONUS, suspended=True), FACTS.awards[1])
    events = a_batch.given(*prepared).when(replace(seal, facts=facts)).events()
    held = [event for event in events if isinstance(event, LineHeld)]
    assert {(h.person, h.reason) for h in held} == {(ANN, "suspended")}
    assert [line_of(e) for e in events if isinstance(e, LineSealed)] == [THIRD]
    manifest = events[-1]
    assert isinstance(manifest, BatchSealed)
    assert (manifest.lines, manifest.held, manifest.totals) == (1, 2, (eur(350_000),))


def test_a_line_is_held_when_a_newer_pay_fact_came_in_since() -> None:
    newer = replace(FACTS, people={ANN: Employment(4), BEN: Employment(3)})
    events = a_batch.given(*prepared).when(replace(seal, facts=newer)).events()
    assert {e.reason for e in events if isinstance(e, LineHeld)} == {"newer_pay_fact"}


def test_a_line_is_held_when_the_award_was_corrected_since() -> None:
    corrected = with_award(FACTS.awards[0], bonus_of(BEN, 360_000, revision=2))
    ready = replace(seal, facts=corrected, releases=announced(corrected))
    events = a_batch.given(*prepared).when(ready).events()
    held = [(e.person, e.reason) for e in events if isinstance(e, LineHeld)]
    assert held == [(BEN, "line_changed")]


def test_a_batch_of_which_all_lines_are_held_is_not_sealed() -> None:
    nobody = replace(FACTS, payees={})
    a_batch.given(*prepared).when(replace(seal, facts=nobody)).refused(NothingIsToBePaid)


def test_a_reissued_line_says_so() -> None:
    line = line_id(award_of(BEN).award, 1, "bonus")
    rejected = Issued(line, 1, 1, eur(350_000), "rejected")
    facts = with_ledger(FACTS, {(award_of(BEN).award, "bonus"): [rejected]})
    ready = a_batch.when(replace(prepare, facts=facts)).events()
    events = a_batch.given(*ready).when(replace(seal, facts=facts)).events()
    assert [(e.line, e.issue) for e in events if isinstance(e, LineReissued)] == [(line, 2)]


def test_a_prepared_batch_is_dropped_with_a_reason() -> None:
    dropped = BatchDropped(B1, "AT01", "monthly", PIA, "wrong cut-off")
    a_batch.given(*prepared).when(drop).then(dropped)
    a_batch.given(*prepared).when(drop).told_twice_changes_nothing()
    a_batch.given(*prepared).when(replace(drop, reason=" ")).refused(DroppingNeedsAReason)


def test_a_sealed_batch_is_never_dropped() -> None:
    a_batch.given(*sealed).when(drop).refused(BatchIsSealed)


def test_a_batch_is_closed_when_every_line_is_answered() -> None:
    events = a_batch.given(*sealed).when(ALL_PAID).events()
    assert events == [
        *(LineAcknowledged(B1, x.line, 1, x.person, x.amount, PIA) for x in LINES),
        BatchClosed(B1, "AT01", "monthly", "accepted", 3, 0, 0),
    ]
    a_batch.given(*sealed).when(ALL_PAID).told_twice_changes_nothing()


def test_a_batch_stays_open_while_a_line_is_not_answered() -> None:
    partly = answered(paid(FIRST.line, "1200"))
    a_batch.given(*sealed).when(partly).then(
        LineAcknowledged(B1, FIRST.line, 1, ANN, FIRST.amount, PIA)
    )


def test_a_rejected_line_makes_the_batch_partially_accepted() -> None:
    rejected = LineAnswer(FIRST.line, "rejected", reason="unknown id")
    answers = answered(rejected, *ALL_PAID.answers[1:])
    events = a_batch.given(*sealed).when(answers).events()
    assert events[0] == LineRejected(B1, FIRST.line, 1, ANN, "unknown id", PIA)
    assert events[-1] == BatchClosed(B1, "AT01", "monthly", "partially_accepted", 2, 1, 0)


def test_another_amount_opens_a_variance() -> None:
    events = a_batch.given(*sealed).when(answered(paid(FIRST.line, "1200.01"))).events()
    told, variance = events
    assert told == LineAcknowledged(B1, FIRST.line, 1, ANN, eur(120_001), PIA)
    assert isinstance(variance, VarianceOpened)
    assert (variance.kind, variance.sealed, variance.answered) == (
        "amount",
        eur(120_000),
        eur(120_001),
    )


def test_another_currency_opens_a_variance() -> None:
    dollars = LineAnswer(FIRST.line, "paid", Decimal(1200), "USD")
    variance = a_batch.given(*sealed).when(answered(dollars)).events()[1]
    assert isinstance(variance, VarianceOpened)
    assert (variance.kind, variance.answered) == ("currency", Money(120_000, "USD"))


def test_another_answer_later_opens_a_variance_and_changes_nothing_else() -> None:
    first = a_batch.given(*sealed).when(ALL_PAID).events()
    takes_back = answered(LineAnswer(FIRST.line, "rejected", reason="bank refused"))
    events = a_batch.given(*sealed, *first).when(takes_back).events()
    assert [type(event) for event in events] == [VarianceOpened]
    a_batch.given(*sealed, *first).when(takes_back).told_twice_changes_nothing()


def test_answers_are_about_lines_of_this_sealed_batch() -> None:
    a_batch.given(*prepared).when(ALL_PAID).refused(BatchIsNotSealed)
    strange = line_id(award_of(ANN).award, 9, "bonus")
    a_batch.given(*sealed).when(answered(paid(strange, "1"))).refused(LineIsNotInThisBatch)
    a_batch.given(*sealed).when(answered(*[paid(FIRST.line, "1200")] * 2)).refused(
        LineIsAnsweredTwice
    )


def test_a_paid_line_says_how_much_in_its_currency() -> None:
    for wrong in (
        LineAnswer(FIRST.line, "paid"),
        paid(FIRST.line, "1.001"),
        LineAnswer(FIRST.line, "paid", Decimal(1), "XXX"),
    ):
        a_batch.given(*sealed).when(answered(wrong)).refused(PaidAmountIsUnreadable)


def test_a_variance_is_resolved_with_a_reason() -> None:
    differs = a_batch.given(*sealed).when(answered(paid(FIRST.line, "1"))).events()
    opened = differs[-1]
    assert isinstance(opened, VarianceOpened)
    resolve = ResolveVariance(B1, opened.variance, "paid the rest by hand", PAUL, T)
    history = [*sealed, *differs]
    a_batch.given(*history).when(resolve).then(
        VarianceResolved(opened.variance, B1, FIRST.line, ANN, "paid the rest by hand", PAUL)
    )
    a_batch.given(*history).when(resolve).told_twice_changes_nothing()
    a_batch.given(*history).when(replace(resolve, reason="")).refused(VarianceNeedsAReason)
    other = replace(resolve, variance=VarianceId("other"))
    a_batch.given(*history).when(other).refused(VarianceIsUnknown)
