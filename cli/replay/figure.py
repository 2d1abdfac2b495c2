"""A figure that was recorded, and whether it comes out again."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One recorded figure of a stream: a score, a merit increase, a bonus."""

    kind: str
    stream: str
    revision: int
    equal: bool
