"""Quotients without rounding on the way: products are exact, one division comes last."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal, localcontext

from compensation.domain.errors import CompensationRuleBroken

_DIGITS = 60
_STORED_DIGITS = 28


class RatioIsUndefined(CompensationRuleBroken):
    """The denominator of a ratio is zero, so the ratio has no value, not the value zero."""


@contextmanager
def exact() -> Iterator[None]:
    """Decimal arithmetic wide enough that products of pay, percents and factors are exact."""
    with localcontext() as context:
        context.prec = _DIGITS
        yield


def quotient(numerator: Decimal, denominator: Decimal) -> Decimal:
    """To 60 digits, so a bound that is met exactly is met here; RatioIsUndefined for zero."""
    if not denominator:
        raise RatioIsUndefined("the denominator is 0, allowed is any other number")
    with exact():
        return numerator / denominator


def stored(value: Decimal) -> Decimal:
    """The figure as an event keeps it: 28 significant digits, for people to look at."""
    with localcontext() as context:
        context.prec = _STORED_DIGITS
        return +value
