"""Which lines a batch holds, and what is left out and why.

A line is (award, revision, component).  The lines of an award and component that were not rejected
add up to its current amount, so nothing is paid twice, also after a correction.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from uuid import UUID, uuid5

from chassis.values import Money
from payroll.domain.events import AwardId, Component, Line, LineId, PersonId, Reason
from payroll.domain.terms import (
    AwardedAmount,
    Employment,
    Facts,
    Issued,
    LeftOut,
    Order,
    Payee,
    ReleasedAward,
    Worked,
)

_LINES = UUID("0d3cfb5c-3f2a-5a0c-8a55-94d6f1f7b6a3")
_NOBODY = Payee("", "", "", "")


def line_id(award: AwardId, revision: int, component: Component) -> LineId:
    """The same award, revision and component give the same id, in every batch and system."""
    return LineId(str(uuid5(_LINES, f"{award}/{revision}/{component}")))


def work_out(order: Order, facts: Facts) -> Worked:
    """The lines of the pay group, and those of the entity that cannot be paid in this batch."""
    shared = _shared_ids(facts)
    lines: list[Line] = []
    left_out: list[LeftOut] = []
    for award in sorted(facts.awards, key=lambda award: award.award):
        payee = facts.payees.get(award.person)
        if award.entity != order.entity or (
            payee and payee.entity == order.entity and payee.pay_group != order.pay_group
        ):
            continue
        for awarded in award.amounts:
            due = _due(award, awarded, payee or _NOBODY, facts)
            reason = due and _reason(order, facts, award, awarded, shared)
            if reason:
                left_out += [_left_out(line, reason) for line in due]
            else:
                lines += due
    lines.sort(key=lambda line: (line.payroll_id, line.wage_type, line.line))
    return Worked(tuple(lines), tuple(left_out))


def sum_by_currency(amounts: Sequence[Money]) -> tuple[Money, ...]:
    """One sum per currency, in the order of their codes."""
    sums: Counter[str] = Counter()
    for amount in amounts:
        sums[amount.currency] += amount.minor
    return tuple(Money(sums[currency], currency) for currency in sorted(sums))


def _due(
    award: ReleasedAward, awarded: AwardedAmount, payee: Payee, facts: Facts
) -> Sequence[Line]:
    """What has to be paid or recovered so that the lines add up to the awarded amount."""
    issued = facts.ledger.get((award.award, awarded.component), ())
    rejected = [line for line in issued if line.status == "rejected"]
    code = facts.wage_types.get(awarded.component, "")

    def line(of: Issued | None, amount: Money, replaces: tuple[LineId, ...] = ()) -> Line:
        revision = of.revision if of else award.revision
        return Line(
            line=line_id(award.award, revision, awarded.component),
            issue=of.issue + 1 if of else 1,
            person=award.person,
            award=award.award,
            cycle=award.cycle,
            revision=revision,
            component=awarded.component,
            kind=awarded.kind,
            amount=amount,
            new_annual=awarded.new_annual,
            effective_on=award.effective_on,
            payroll_id=payee.payroll_id,
            wage_type=code,
            cost_centre=payee.cost_centre,
            replaces=replaces,
        )

    if any(earlier.revision == award.revision for earlier in issued):
        return [line(again, again.amount) for again in rejected if again.amount.minor]
    same_currency = [i for i in issued if i.amount.currency == awarded.amount.currency]
    brought = sum(i.amount.minor for i in same_currency if i.status != "rejected")
    difference = Money(awarded.amount.minor - brought, awarded.amount.currency)
    if difference.minor == 0:
        return []
    return [line(None, difference, tuple(sorted(again.line for again in rejected)))]


def _reason(
    order: Order,
    facts: Facts,
    award: ReleasedAward,
    awarded: AwardedAmount,
    shared: frozenset[PersonId],
) -> Reason | None:
    """Why what is due cannot be in this batch; None when it can."""
    for reason, applies in _obstacles(order, facts, award, awarded, shared):
        if applies:
            return reason
    return None


def _obstacles(
    order: Order,
    facts: Facts,
    award: ReleasedAward,
    awarded: AwardedAmount,
    shared: frozenset[PersonId],
) -> Iterator[tuple[Reason, bool]]:
    key = (award.award, awarded.component)
    payee = facts.payees.get(award.person)
    employment = facts.people.get(award.person)
    yield "suspended", award.suspended
    yield "leaver", employment is not None and _has_left(employment, order)
    yield "no_payroll_id", payee is None
    yield "other_entity", payee is not None and payee.entity != order.entity
    yield "payroll_id_shared", award.person in shared
    # Without the pay fact that the award used, a newer one may be on its way as well.
    yield "person_not_heard_of", employment is None or employment.pay_version < award.pay_version
    yield "newer_pay_fact", employment is not None and employment.pay_version > award.pay_version
    yield "released_after_cut_off", award.released_at > order.cut_off
    yield "no_wage_type", awarded.component not in facts.wage_types
    yield "in_another_open_batch", key in facts.claimed
    currencies = {issued.amount.currency for issued in facts.ledger.get(key, ())}
    yield "currency_changed", not currencies <= {awarded.amount.currency}


def _has_left(employment: Employment, order: Order) -> bool:
    """Whether the last day lies before the pay period, and nobody came back by its end."""
    left_on, returned_on = employment.left_on, employment.returned_on
    if left_on is None or left_on >= order.period_start:
        return False
    return returned_on is None or returned_on > order.period_end


def _shared_ids(facts: Facts) -> frozenset[PersonId]:
    """Persons whom the payroll system could not tell apart within their entity."""
    count = Counter((p.entity, p.payroll_id) for p in facts.payees.values())
    return frozenset(
        person for person, p in facts.payees.items() if count[p.entity, p.payroll_id] > 1
    )


def _left_out(line: Line, reason: Reason) -> LeftOut:
    return LeftOut(line.person, line.award, line.component, line.amount, reason)
