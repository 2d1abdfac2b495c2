"""What a formula is for `merit calc`, and how its result is rounded and told."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from chassis.values import Money, Rounding, currency_exponent, round_minor, round_to, to_major
from cli.console import Failed
from cli.formulas.given import Input, Values, plain, read, shown

PLACES = Input("places", "whole", "decimal places of the result", "4")
RULE = Input(
    "rounding", "text", "how a half is rounded", "half_up", choices=("half_up", "half_even")
)
STEP = Input("step", "decimal", "the amount is rounded to a multiple of this", "", ("step_minor",))
CURRENCY = Input("currency", "text", "of amounts that name none; EUR unless said", "")
COMMON = (CURRENCY, STEP, PLACES, RULE)


@dataclass(frozen=True, slots=True)
class Result:
    """`value` is None where the formula is undefined; `parts` are its other outputs."""

    value: str | None
    unrounded: str | None
    rounding: str
    undefined_reason: str | None = None
    parts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Formula:
    """One entry of the table.  `undefined` are the errors that mean: there is no value."""

    number: str
    name: str
    inputs: tuple[Input, ...]
    compute: Callable[[Values], Result]
    also: tuple[str, ...] = ()
    version: int = 1
    undefined: tuple[type[Exception], ...] = ()
    refused: tuple[type[Exception], ...] = (ValueError,)

    @property
    def names(self) -> tuple[str, ...]:
        return (self.number, *self.also)


@dataclass(frozen=True, slots=True)
class Calculation:
    """A formula, what it was given and what came out."""

    formula: Formula
    inputs: Mapping[str, str]
    result: Result

    def as_json(self) -> dict[str, Any]:
        return {
            "formula": self.formula.number,
            "name": self.formula.name,
            "inputs": dict(self.inputs),
            "result": self.result.value,
            "unrounded": self.result.unrounded,
            "rounding": self.result.rounding,
            "undefined_reason": self.result.undefined_reason,
            "parts": dict(self.result.parts),
            "version": self.formula.version,
        }


def calculate(formula: Formula, words: Sequence[str]) -> Calculation:
    """Failed for inputs that cannot be read and for what a rule of the service refuses."""
    values = read(formula.inputs, words)
    try:
        result = formula.compute(values)
    except formula.undefined as problem:
        result = Result(None, None, "none", str(problem))
    except formula.refused as problem:
        raise Failed(
            f"{formula.number} refuses: {problem} (rule {type(problem).__name__})"
        ) from None
    return Calculation(formula, values.shown(), result)


def figure(value: Decimal, values: Values, **parts: object) -> Result:
    """A ratio, score or percent, rounded once for showing."""
    places, rule = values.whole("places"), _rule(values)
    rounded = round_to(value, Decimal(1).scaleb(-places), rule)
    words = f"{rule}, to {places} decimal places, once at the end"
    return Result(plain(rounded), plain(value), words, parts=_shown(parts))


def exactly(value: object, **parts: object) -> Result:
    """A result that needs no rounding."""
    return Result(shown(value), shown(value), "none", parts=_shown(parts))


def payment(minor: Decimal, currency: str, values: Values, **parts: object) -> Result:
    """An amount from unrounded minor units, rounded once to the step, else to the minor unit."""
    rule, exponent = _rule(values), currency_exponent(currency)
    step = values.decimal("step") if values.has("step") else Decimal(1).scaleb(-exponent)
    step_minor = step.scaleb(exponent)
    if step_minor < 1 or step_minor != step_minor.to_integral_value():
        raise ValueError(f"step is {step}, allowed is a multiple of the currency's minor unit")
    rounded = round_minor(minor, currency, int(step_minor), rule)
    words = f"{rule}, to {plain(step)} {currency}, once at the end"
    told = {"amount": rounded, "minor": rounded.minor, "currency": currency, **parts}
    return Result(major(rounded), plain(minor.scaleb(-exponent)), words, parts=_shown(told))


def major(amount: Money) -> str:
    return str(to_major(amount))


def _rule(values: Values) -> Rounding:
    return "half_even" if values.text("rounding") == "half_even" else "half_up"


def _shown(parts: Mapping[str, object]) -> dict[str, str]:
    return {name: shown(value) for name, value in parts.items()}
