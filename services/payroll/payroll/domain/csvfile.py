"""The file of a sealed batch and its control figures, as text: the same lines, the same bytes."""

import hashlib
from collections.abc import Mapping, Sequence

from chassis.values import Money, to_major
from payroll.domain.events import BatchSealed, Line

COLUMNS = (
    "line",
    "issue",
    "payroll_id",
    "wage_type",
    "kind",
    "effective_on",
    "amount",
    "currency",
    "new_annual",
    "cost_centre",
)
HASH_TOTAL_DIGITS = 10


def render(lines: Sequence[Line]) -> str:
    """CSV by RFC 4180 (UTF-8, CRLF, header row).

    Amounts are in major units with exactly the currency's decimal places.  No cell needs quotes:
    codes are checked when they are recorded, the rest is ids, dates and figures.
    """
    rows = [COLUMNS, *map(_cells, lines)]
    return "".join(",".join(row) + "\r\n" for row in rows)


def sha256_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def hash_total(lines: Sequence[Line]) -> int:
    """Sum of the payroll ids' digits, each id read as one number, modulo 10^10; 0 without digits.

    A figure without meaning: it differs when a line went missing or to somebody else.
    """
    ids = ("".join(filter(str.isdecimal, line.payroll_id)) for line in lines)
    total: int = sum(int(digits or "0") for digits in ids) % 10**HASH_TOTAL_DIGITS
    return total


def file_name(entity: str, pay_group: str, sequence: int) -> str:
    """The name of the CSV file; the manifest's is the same with .json."""
    return f"payroll-{entity}-{pay_group}-{sequence:06d}.csv"


def manifest(sealed: BatchSealed) -> Mapping[str, object]:
    """What goes beside the file, as a JSON object."""
    return {
        "batch": sealed.batch,
        "sequence": sealed.sequence,
        "file": sealed.file,
        "sha256": sealed.sha256,
        "entity": sealed.entity,
        "pay_group": sealed.pay_group,
        "period_start": sealed.period_start.isoformat(),
        "period_end": sealed.period_end.isoformat(),
        "cut_off": sealed.cut_off.isoformat(),
        "lines": sealed.lines,
        "employees": sealed.employees,
        "totals": [
            {"currency": total.currency, "minor": total.minor, "amount": _plain(total)}
            for total in sealed.totals
        ],
        "hash_total": {
            "value": sealed.hash_total,
            "of": f"digits of payroll_id, summed over the lines, modulo 10^{HASH_TOTAL_DIGITS}",
        },
        "held": sealed.held,
        "releases": [
            {"cycle": held.cycle, "number": held.number, "awards": held.awards}
            for held in sealed.releases
        ],
        "prepared_by": sealed.prepared_by,
        "sealed_by": sealed.sealed_by,
        "sealed_at": sealed.sealed_at.isoformat(),
    }


def _cells(line: Line) -> tuple[str, ...]:
    return (
        line.line,
        str(line.issue),
        line.payroll_id,
        line.wage_type,
        line.kind,
        line.effective_on.isoformat(),
        _plain(line.amount),
        line.amount.currency,
        _plain(line.new_annual) if line.new_annual else "",
        line.cost_centre,
    )


def _plain(amount: Money) -> str:
    return f"{to_major(amount):f}"
