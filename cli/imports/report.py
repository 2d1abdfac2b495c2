"""What an import says about a file: what went in, what was already so, what was refused and why."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True, order=True)
class Remark:
    """One thing about one row; `row` is the line of the file that a person would count."""

    row: int
    field: str
    found: str
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """`noted` are rows that went in although something about them was left out."""

    rows: int
    recorded: int
    unchanged: int
    refused: tuple[Remark, ...]
    noted: tuple[Remark, ...] = ()

    def as_json(self) -> dict[str, object]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Request:
    """What one row, or one file, asks of a service; `row` is where it stands in the file."""

    row: int
    service: str
    method: str
    path: str
    body: dict[str, object]


@dataclass(frozen=True, slots=True)
class Requests:
    """A whole file, read: what to ask, and what cannot be asked."""

    rows: int
    requests: tuple[Request, ...]
    refused: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a service answered to the row: `events` counts what it recorded."""

    row: int
    events: int = 0
    refused: Remark | None = None
    noted: tuple[Remark, ...] = ()


def report(
    rows: int,
    outcomes: Iterable[Outcome],
    refused: Iterable[Remark] = (),
    noted: Iterable[Remark] = (),
    repeated: int = 0,
) -> Report:
    """The file's own remarks and the services' answers together.

    repeated: rows that say the same as an earlier one; they count as unchanged.
    """
    answers = list(outcomes)
    said_no = [answer.refused for answer in answers if answer.refused]
    said_yes = [answer for answer in answers if not answer.refused]
    remarks = [remark for answer in answers for remark in answer.noted]
    return Report(
        rows=rows,
        recorded=sum(1 for answer in said_yes if answer.events),
        unchanged=sum(1 for answer in said_yes if not answer.events) + repeated,
        refused=tuple(sorted([*refused, *said_no])),
        noted=tuple(sorted([*noted, *remarks])),
    )
