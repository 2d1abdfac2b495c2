"""Where pay lies in its salary range: compa-ratio (F27) and range penetration (F28)."""

from collections.abc import Sequence
from decimal import Decimal

from chassis.values import CurrenciesDiffer, Money
from compensation.domain.exact import exact, quotient


def compa_ratio(annual: Money, midpoint: Money, fte: Decimal = Decimal(1)) -> Decimal:
    """Full-time pay over the midpoint; 1 is paid at the midpoint.  F27.

    annual: as contracted at `fte`, so full-time pay is annual / fte.
    """
    _same_currency(annual, midpoint)
    with exact():
        full_time_midpoint = midpoint.minor * fte
    return quotient(Decimal(annual.minor), full_time_midpoint)


def range_penetration(
    annual: Money, minimum: Money, maximum: Money, fte: Decimal = Decimal(1)
) -> Decimal:
    """How far full-time pay has come from the minimum (0) to the maximum (1).  F28.

    Below 0 the pay is green-circled, above 1 red-circled.
    """
    _same_currency(annual, minimum)
    _same_currency(annual, maximum)
    with exact():
        above_minimum = annual.minor - minimum.minor * fte
        width = (maximum.minor - minimum.minor) * fte
    return quotient(above_minimum, width)


def group_compa_ratio(pairs: Sequence[tuple[Money, Money]]) -> Decimal:
    """The compa-ratio of a group as the sum of pay over the sum of midpoints.  F27.

    pairs: full-time pay and midpoint of each person, one currency throughout.
    """
    pay, midpoints = Money(0, _currency(pairs)), Money(0, _currency(pairs))
    for one_pay, one_midpoint in pairs:
        pay, midpoints = pay + one_pay, midpoints + one_midpoint
    return compa_ratio(pay, midpoints)


def mean_compa_ratio(pairs: Sequence[tuple[Money, Money]]) -> Decimal:
    """The compa-ratio of a group as the mean of the persons' ratios.  F27."""
    ratios = [compa_ratio(pay, midpoint) for pay, midpoint in pairs]
    return quotient(sum(ratios, Decimal(0)), Decimal(len(ratios)))


def _currency(pairs: Sequence[tuple[Money, Money]]) -> str:
    # An empty group has no ratio; the quotient of two zeros says so.
    return pairs[0][0].currency if pairs else "EUR"


def _same_currency(one: Money, other: Money) -> None:
    if one.currency != other.currency:
        raise CurrenciesDiffer(f"{one.currency} and {other.currency} need a named rate")
