"""The demo's summary: for a person to read, and as one JSON object for a program."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil

from chassis.values import Money
from cli.demo.story import Told
from cli.platform import state
from cli.platform.ports import HOST


def as_json(told: Told, home: Path) -> dict[str, Any]:
    payroll = told.payroll
    return {
        "people": len(told.staff.people),
        "contracts_in_force": told.agreed["contracts"],
        "appraisals_finalised": told.finalised,
        "awards": told.figures["awards"],
        "bonus_total": told.figures["bonus"],
        "merit_total": told.figures["merit"],
        "payroll": {key: payroll[key] for key in ("lines", "total", "acknowledged")},
        **told.books,
        "seconds": told.seconds,
        "rss_mib": memory_mib(home),
    }


def as_lines(told: Told, home: Path, explained: list[str]) -> Iterator[str]:
    """What happened, what it came to, and where to look next."""
    name = {person.id: person for person in told.staff.people}[told.timed_out]
    left = len(told.staff.people) - len(told.staff.active)
    yield ""
    yield f"A year of {len(told.staff.people)} people in {sum(told.seconds.values()):.0f} seconds"
    yield ""
    yield f"  people               {len(told.staff.active)} employed, {left} who left"
    agreed = told.agreed
    yield (
        f"  plans agreed         {agreed['contracts']}, each signed by two over one hash;"
        f" {agreed['amended']} amended since"
    )
    coached = told.coached
    yield (
        f"  coached              {coached['readings']} readings, {coached['check_ins']} check-ins,"
        f" {coached['feedback']} times feedback"
    )
    yield f"  appraisals final     {told.finalised}"
    yield f"    never answered     {name.name} ({name.employee_no}): recorded as silence"
    yield f"  merit, a year        {money_of(told.figures['merit'])}"
    yield f"  bonus                {money_of(told.figures['bonus'])}"
    for batch in told.payroll["batches"]:
        yield f"  payroll {batch['entity']}         {batch['lines']} lines sealed and acknowledged"
    yield f"  paid in all          {money_of(told.payroll['total'])}"
    books = told.books
    yield (
        f"  events               {books['events']} recorded; {books['lost']} lost,"
        f" {books['duplicated']} twice, {books['parked']} parked"
    )
    yield f"  memory               {memory_mib(home)} MiB for everything"
    yield ""
    yield from explained
    yield ""
    yield "Where to look"
    for service, process in sorted(state.read(home).services.items()):
        yield f"  {service:<14} http://{HOST}:{process.port}/docs"
    number = told.staff.planned[0].employee_no
    yield f"  ./merit history {number}    ./merit show contract {number}    ./merit status"
    yield f"  payroll files in {home / 'outbox' / 'payroll'}"
    yield "Stop with ./merit down; ./merit reset --yes removes what the demo made."


def money_of(sums: Mapping[str, int]) -> str:
    """Amounts by currency, in major units."""
    parts = [str(Money(minor, currency)) for currency, minor in sorted(sums.items())]
    return " + ".join(parts) or "nothing"


def memory_mib(home: Path) -> int:
    """Memory of servers and services with their children; what they share is counted once."""
    found = state.read(home)
    given = [found.kafka, found.postgres, *found.services.values()]
    total = 0
    for process in (p for p in given if p and p.pid):
        try:
            parent = psutil.Process(process.pid)
            total += sum(_proportional(p) for p in [parent, *parent.children(recursive=True)])
        except psutil.Error:
            continue
    return total >> 20


def _proportional(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except (psutil.Error, AttributeError):
        try:
            return int(process.memory_info().rss)
        except psutil.Error:
            return 0
