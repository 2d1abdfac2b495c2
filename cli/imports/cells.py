"""One cell into one value: dates, amounts, shares; what is wrong is said without repeating it."""

from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from chassis.values import Money, UnknownCurrency, from_major
from cli.imports.mapping import PeopleMapping


class CellIsUnreadable(Exception):
    """A cell says something that cannot be used: `found` and what would be right."""

    def __init__(self, field: str, found: str, reason: str) -> None:
        super().__init__(field, found, reason)
        self.field = field
        self.found = found
        self.reason = reason


def as_date(field: str, text: str, mapping: PeopleMapping) -> date:
    """The day, in the first of the mapping's forms that fits."""
    for form in mapping.date_formats:
        try:
            day = datetime.strptime(text, form).date()  # noqa: DTZ007 (a day has no zone)
        except ValueError:
            continue
        if "%y" in form and mapping.short_years_from is not None:
            century = mapping.short_years_from
            year = century + (day.year - century) % 100
            try:
                return day.replace(year=year)
            except ValueError:
                continue
        return day
    forms = " or ".join(mapping.date_formats)
    raise CellIsUnreadable(field, shortened(text), f"not a date written as {forms}")


def as_amount(field: str, text: str, currency: str, mapping: PeopleMapping) -> Money:
    """Money above zero; nothing of the amount is repeated in what is refused."""
    value = as_number(field, text, mapping)
    if value <= 0:
        found = "zero" if value == 0 else "a negative number"
        raise CellIsUnreadable(field, found, "must be above zero")
    try:
        return from_major(value, currency)
    except UnknownCurrency as problem:
        raise CellIsUnreadable(
            "currency", shortened(currency), "not an ISO 4217 currency code such as EUR"
        ) from problem
    except ValueError as problem:
        raise CellIsUnreadable(field, "a number", f"too many decimals for {currency}") from problem


def as_number(field: str, text: str, mapping: PeopleMapping) -> Decimal:
    thousands = "," if mapping.decimal_point == "." else "."
    plain = text.replace(" ", "").replace(thousands, "").replace(mapping.decimal_point, ".")
    try:
        value = Decimal(plain)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise CellIsUnreadable(field, "text that is no number", "must be a number")
    return value


def as_share(field: str, text: str, mapping: PeopleMapping) -> Decimal:
    """A part of full time, written as 0.5 or as 50 %; above 0 to 1."""
    value = as_number(field, text.removesuffix("%"), mapping)
    share = (value / 100 if text.endswith("%") else value).normalize()
    if not 0 < share <= 1:
        raise CellIsUnreadable(field, shortened(text), "must be above 0 and at most 1 (100 %)")
    return share


def shortened(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
