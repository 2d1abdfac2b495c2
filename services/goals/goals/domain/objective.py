"""An objective of the organisation or of a unit."""

from goals.domain.commands import SetObjective
from goals.domain.errors import ObjectiveMustNotServeItself, PeriodMustNotEndBeforeItStarts
from goals.domain.events import ObjectiveSet

INITIAL: ObjectiveSet | None = None


def evolve(state: ObjectiveSet | None, event: ObjectiveSet) -> ObjectiveSet | None:
    return event


def decide(state: ObjectiveSet | None, command: SetObjective) -> list[ObjectiveSet]:
    """The parent may be set later: a file lists objectives in any order."""
    if command.period_end < command.period_start:
        raise PeriodMustNotEndBeforeItStarts(f"{command.period_start} to {command.period_end}")
    if command.parent == command.objective:
        raise ObjectiveMustNotServeItself(f"parent is {command.parent}, allowed is another")
    wanted = ObjectiveSet(
        command.objective,
        command.title,
        command.theme,
        command.unit,
        command.parent,
        command.period_start,
        command.period_end,
    )
    return [] if wanted == state else [wanted]
