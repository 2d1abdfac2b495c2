"""What the calculations share: undefined results, exact arithmetic, and the hash of what was used."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext

ZERO = Decimal(0)
HUNDRED = Decimal(100)
_DIGITS = 60
_KEPT_DIGITS = 28


@dataclass(frozen=True, slots=True)
class Undefined:
    """There is no figure, and why: a ratio to zero or a mean of nothing is never 0."""

    reason: str


Figure = Decimal | Undefined


def ratio(numerator: Decimal, denominator: Decimal, of: str) -> Figure:
    """The unrounded quotient; Undefined when the denominator is zero."""
    return numerator / denominator if denominator else Undefined(f"{of} is 0")


def mean(values: Sequence[Decimal]) -> Figure:
    """The unrounded arithmetic mean; Undefined of nothing."""
    return sum(values, ZERO) / len(values) if values else Undefined("there are no values")


@contextmanager
def exact() -> Iterator[None]:
    """Decimal arithmetic so wide that a bound that is met exactly is met after `kept`."""
    with localcontext() as context:
        context.prec = _DIGITS
        yield


def kept(value: Decimal) -> Decimal:
    """The unrounded figure as it is stored and compared: 28 significant digits.

    100·(1/3)·3 is 99.99… to 60 digits and 100 here, so it reaches the band that begins at 100.
    """
    with localcontext() as context:
        context.prec = _KEPT_DIGITS
        return +value


def content_hash(value: object) -> str:
    """SHA-256, in hex, of JSON with sorted keys; 30 and 30.0 hash the same."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    assert isinstance(value, Decimal), "besides dates and decimals there are texts and numbers"
    text = format(value, "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text) if value else "0"
