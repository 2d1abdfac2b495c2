"""The payroll system's acknowledgement file: CSV text into answers."""

import csv
from decimal import Decimal, InvalidOperation
from typing import Literal

from payroll.domain.commands import LineAnswer
from payroll.domain.events import LineId

REQUIRED = ("line", "status", "amount")


class BadRow(Exception):
    """A row that cannot be read; the header is row 1."""

    def __init__(self, row: int, field: str, found: str, allowed: str) -> None:
        super().__init__(row, field, found, allowed)
        self.row, self.field, self.found, self.allowed = row, field, found, allowed


def read_answers(text: str) -> tuple[LineAnswer, ...]:
    """Columns line, status (paid or rejected), amount (major units); perhaps currency, reason."""
    rows = csv.DictReader(text.removeprefix("\ufeff").splitlines())
    header = rows.fieldnames or ()
    for name in REQUIRED:
        if name not in header:
            raise BadRow(1, name, "no such column", ", ".join(REQUIRED))
    return tuple(_answer(row, number) for number, row in enumerate(rows, start=2))


def _answer(row: dict[str, str | None], number: int) -> LineAnswer:
    line = (row["line"] or "").strip()
    if not line:
        raise BadRow(number, "line", "nothing", "a line's id")
    amount = (row["amount"] or "").strip()
    return LineAnswer(
        line=LineId(line),
        status=_status((row["status"] or "").strip().lower(), number),
        amount=_amount(amount, number) if amount else None,
        currency=(row.get("currency") or "").strip() or None,
        reason=(row.get("reason") or "").strip()[:1000],
    )


def _status(text: str, number: int) -> Literal["paid", "rejected"]:
    if text == "paid":
        return "paid"
    if text == "rejected":
        return "rejected"
    raise BadRow(number, "status", f"text of {len(text)} characters", "paid or rejected")


def _amount(text: str, number: int) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or abs(amount) >= Decimal(10) ** 15 or len(text) > 30:
        raise BadRow(number, "amount", f"text of {len(text)} characters", "a decimal number")
    return amount
