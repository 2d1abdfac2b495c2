"""Money, rounding, allocation and periods: the only thing of ours that a domain may import."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, localcontext
from typing import Literal

Rounding = Literal["half_up", "half_even"]

# ISO 4217 codes in circulation; the exponent is 2 unless the second table says otherwise.
_CODES = frozenset(
    """AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN
    BZD CAD CDF CHF CLF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP
    GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR
    KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK
    MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR
    SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS
    UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG""".split()
)
_EXPONENTS = {
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    "CLF": 4,
}


class UnknownCurrency(ValueError):
    """The code is not an ISO 4217 currency in circulation."""


class CurrenciesDiffer(ValueError):
    """Amounts of two currencies were put together without a named rate."""


class NothingToAllocateBy(ValueError):
    """An amount cannot be split: no share is above zero, or one is below it."""


class PeriodEndsBeforeItStarts(ValueError):
    """The last day of a period lies before its first."""


def currency_exponent(code: str) -> int:
    """Decimal places of the currency's minor unit (JPY 0, most 2, KWD 3).  Source: ISO 4217."""
    if code not in _CODES:
        raise UnknownCurrency(f"currency is {code!r}, allowed is an ISO 4217 code such as 'EUR'")
    return _EXPONENTS.get(code, 2)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in integer minor units of one currency."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        currency_exponent(self.currency)

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __str__(self) -> str:
        return f"{to_major(self):,} {self.currency}"

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise CurrenciesDiffer(f"{self.currency} and {other.currency} need a named rate")


def to_major(amount: Money) -> Decimal:
    """The amount in major units, with exactly the currency's decimal places."""
    return Decimal(amount.minor).scaleb(-currency_exponent(amount.currency))


def from_major(amount: Decimal, currency: str) -> Money:
    """Money from an exact decimal of major units; ValueError if it has too many places."""
    minor = amount.scaleb(currency_exponent(currency))
    if minor != minor.to_integral_value():
        raise ValueError(f"{currency} has {currency_exponent(currency)} decimal places, found more")
    return Money(int(minor), currency)


def round_to(value: Decimal, step: Decimal, rule: Rounding = "half_up") -> Decimal:
    """The multiple of `step` nearest to `value`; half_up means half away from zero."""
    mode = ROUND_HALF_UP if rule == "half_up" else ROUND_HALF_EVEN
    with localcontext() as context:
        context.prec = 60
        return (value / step).quantize(Decimal(1), rounding=mode) * step


def round_minor(
    minor: Decimal, currency: str, step_minor: int = 1, rule: Rounding = "half_up"
) -> Money:
    """Money from an unrounded count of minor units, rounded once to a multiple of `step_minor`."""
    return Money(int(round_to(minor, Decimal(step_minor), rule)), currency)


def allocate(total: int, shares: Mapping[str, Decimal]) -> dict[str, int]:
    """`total` minor units split by shares with the largest remainder, exact to the last unit.

    Ties go to the smaller key in code-point order, so row order never matters; a zero share gets
    nothing; a negative total is split by its absolute value.  Source: handbook 2.6.
    """
    if any(share < 0 for share in shares.values()) or not any(shares.values()):
        raise NothingToAllocateBy("shares must not be negative and one must be above 0")
    with localcontext() as context:
        context.prec = 60
        whole = sum(shares.values(), Decimal(0))
        exact = {key: abs(total) * share / whole for key, share in shares.items() if share}
        parts = {key: int(part.to_integral_value(ROUND_FLOOR)) for key, part in exact.items()}
        left = abs(total) - sum(parts.values())
        order = sorted(exact, key=lambda key: (parts[key] - exact[key], key))
    for key in order[:left]:
        parts[key] += 1
    sign = -1 if total < 0 else 1
    return {key: sign * parts.get(key, 0) for key in shares}


@dataclass(frozen=True, slots=True)
class Period:
    """Calendar days from `start` to `end`, both included."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise PeriodEndsBeforeItStarts(f"{self.start} to {self.end}")

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    def __contains__(self, day: date) -> bool:
        return self.start <= day <= self.end

    def overlap(self, other: "Period") -> "Period | None":
        """The days that both have, or None."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Period(start, end) if start <= end else None

    def split_at(self, days: "list[date]") -> "list[Period]":
        """The period cut so that each given day inside it begins a new part."""
        starts = [self.start, *sorted({day for day in days if self.start < day <= self.end})]
        ends = [start - timedelta(days=1) for start in starts[1:]] + [self.end]
        return [Period(start, end) for start, end in zip(starts, ends, strict=True)]
