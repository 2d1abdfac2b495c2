"""How every benchmark measures: slices in turn, medians, one row per case."""

import statistics
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

Side = Callable[[int], Awaitable["Slice"]]
SIDES = ("ours", "peer", "ceiling")


@dataclass(frozen=True, slots=True)
class Slice:
    """One measured stretch of one side.  lost: events that should be there afterwards and are not,
    are there twice, or came out of order."""

    events: int
    seconds: float
    lost: int = 0

    @property
    def rate(self) -> float:
        return self.events / self.seconds


@dataclass(frozen=True)
class Case:
    """What is compared; each side is told the number of the slice.  None: there is nothing."""

    name: str
    ours: Side
    peer: Side | None = None
    ceiling: Side | None = None
    unit: str = "events/s"


@dataclass
class Row:
    """A case measured: the slices of each side."""

    case: str
    unit: str
    samples: dict[str, list[float]] = field(default_factory=dict)
    lost: int = 0
    lower_is_better: bool = False

    def median(self, side: str) -> float | None:
        found = self.samples.get(side)
        return round(statistics.median(found), 2 if self.lower_is_better else 0) if found else None

    def ratio(self, side: str) -> float | None:
        """How many times the other's figure ours is."""
        ours, other = self.median("ours"), self.median(side)
        return round(ours / other, 2) if ours is not None and other else None

    def as_json(self) -> dict[str, Any]:
        return {
            "case": self.case,
            **{side: self.median(side) for side in SIDES},
            "unit": self.unit,
            "ratio_peer": self.ratio("peer"),
            "ratio_ceiling": self.ratio("ceiling"),
            "lost": self.lost,
        }


async def measure(case: Case, slices: int) -> Row:
    """The sides take turns, so that whatever else the machine does meets them alike."""
    row = Row(case.name, case.unit)
    for number in range(slices):
        for side in SIDES:
            run: Side | None = getattr(case, side)
            if run is not None:
                found = await run(number)
                row.samples.setdefault(side, []).append(found.rate)
                row.lost += found.lost
    return row


async def measure_all(
    cases: Sequence[Case], slices: int, progress: Callable[[str], None]
) -> list[Row]:
    rows = []
    for case in cases:
        progress(f"measuring {case.name}")
        rows.append(await measure(case, slices))
    return rows
