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
    """What the file asks of a service; `row` is where that stands, `rows` how many say it.

    employee_no: whom it is about, where that is somebody who has to be registered already.
    """

    row: int
    service: str
    method: str
    path: str
    body: dict[str, object]
    rows: int = 1
    employee_no: str | None = None


@dataclass(frozen=True, slots=True)
class Requests:
    """A whole file, read: what to ask, and what cannot be asked."""

    rows: int
    requests: tuple[Request, ...]
    refused: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a service answered to the row, or rows: `events` counts what it recorded."""

    row: int
    events: int = 0
    rows: int = 1
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
        recorded=sum(answer.rows for answer in said_yes if answer.events),
        unchanged=sum(answer.rows for answer in said_yes if not answer.events) + repeated,
        refused=tuple(sorted([*refused, *said_no])),
        noted=tuple(sorted([*noted, *remarks])),
    )
