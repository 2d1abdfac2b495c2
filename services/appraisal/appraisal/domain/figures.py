"""What the calculations share: exact arithmetic, undefined results, one rounding at the end."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal, localcontext

from chassis.values import Rounding, round_to

ZERO = Decimal(0)
HUNDRED = Decimal(100)
_DIGITS = 60
_STORED_DIGITS = 28


@dataclass(frozen=True, slots=True)
class Undefined:
    """There is no figure, and why: a ratio to zero or a mean of nothing is never 0."""

    reason: str


Figure = Decimal | Undefined


@contextmanager
def exact() -> Iterator[None]:
    """Decimal arithmetic so wide that products are exact and quotients err far behind."""
    with localcontext() as context:
        context.prec = _DIGITS
        yield


def stored(value: Decimal) -> Decimal:
    """The figure as an event keeps it: 28 significant digits."""
    with localcontext() as context:
        context.prec = _STORED_DIGITS
        return +value


def rounded(value: Decimal, places: int, rule: Rounding) -> Decimal:
    """The one rounding at the end.

    The digits of a quotient that 60 digits cut off go first: else 1/3 of 7.035 would lie a hair
    below the half that it is.
    """
    return round_to(stored(value), Decimal(1).scaleb(-places), rule)


def ratio(numerator: Decimal, denominator: Decimal, of: str) -> Figure:
    """The unrounded quotient; Undefined when the denominator is zero."""
    return numerator / denominator if denominator else Undefined(f"{of} is 0")


def mean(values: Sequence[Decimal]) -> Figure:
    """The unrounded arithmetic mean; Undefined of nothing."""
    return sum(values, ZERO) / len(values) if values else Undefined("there are no values")
