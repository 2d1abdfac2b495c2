"""What each fault case counts, and the table of all of them at the end of a run."""

import json
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TypeVar

PROPERTY = "fault"
T = TypeVar("T")
Event = tuple[str, int]
"""(stream, version)"""


@dataclass(frozen=True, slots=True)
class Row:
    """One case of the table."""

    case: str
    rounds: int
    lost: int
    duplicated: int
    reordered: int
    seconds: float


@dataclass
class Fault:
    """A case while it runs; `count` judges what was seen and keeps the row."""

    case: str
    long: bool = False
    began: float = field(default_factory=time.monotonic)
    rows: list[dict[str, object]] = field(default_factory=list)  # as pytest-xdist can send them

    def __call__(self, short: T, long: T) -> T:
        """What the run at hand takes: `./merit test --faults` runs the long way."""
        return long if self.long else short

    def count(
        self, rounds: int, expected: Iterable[Event], seen: Sequence[Event], by: str = ""
    ) -> None:
        """Every expected event once and in the order of its stream, and no other."""
        row = self._keep(f"{self.case}: {by}" if by else self.case, rounds, expected, seen)
        assert (row.lost, row.duplicated, row.reordered) == (0, 0, 0), row

    def control(self, rounds: int, expected: Iterable[Event], seen: Sequence[Event]) -> None:
        """The same without our mechanism loses events, which shows that the case can find it."""
        row = self._keep(f"control: {self.case}", rounds, expected, seen)
        assert row.lost, "the control lost nothing: the case shows nothing"

    def _keep(
        self, case: str, rounds: int, expected: Iterable[Event], seen: Sequence[Event]
    ) -> Row:
        wanted, found = set(expected), Counter(seen)
        assert wanted, "a case without events shows nothing"
        unknown = set(found) - wanted
        row = Row(
            case=case,
            rounds=rounds,
            lost=len(wanted - set(found)),
            duplicated=sum(found.values()) - len(found),
            reordered=reordered(seen),
            seconds=round(time.monotonic() - self.began, 1),
        )
        self.rows.append(asdict(row))
        assert not unknown, f"{len(unknown)} events that were never committed"
        return row


def reordered(seen: Sequence[Event]) -> int:
    """How many came after a later one of their stream."""
    highest: dict[str, int] = {}
    late = 0
    for stream, version in seen:
        late += version < highest.get(stream, 0)
        highest[stream] = max(version, highest.get(stream, 0))
    return late


def table(rows: Sequence[Row]) -> list[str]:
    head = f"{'fault':<64}{'rounds':>7}{'lost':>7}{'twice':>7}{'order':>7}{'seconds':>9}"
    lines = [
        f"{r.case[:63]:<64}{r.rounds:>7}{r.lost:>7}{r.duplicated:>7}{r.reordered:>7}{r.seconds:>9}"
        for r in rows
    ]
    return [head, *lines]


def write_json(file: Path, rows: Sequence[Row]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"cases": [asdict(row) for row in rows]}) + "\n")
