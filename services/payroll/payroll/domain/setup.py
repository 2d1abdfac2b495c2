"""Which wage type a component of an award is in a legal entity's payroll system."""

from collections.abc import Mapping

from payroll.domain.codes import require_code
from payroll.domain.commands import SetWageTypes
from payroll.domain.errors import ComponentIsNamedTwice
from payroll.domain.events import Component, WageType, WageTypesSet

State = Mapping[Component, str]
INITIAL: State = {}


def evolve(state: State, event: WageTypesSet) -> State:
    return {entry.component: entry.code for entry in event.wage_types}


def decide(state: State, c: SetWageTypes) -> list[WageTypesSet]:
    """Components that are not named keep the wage type that they have."""
    named = [entry.component for entry in c.wage_types]
    if len(set(named)) < len(named):
        raise ComponentIsNamedTwice("a component is named twice, allowed is once")
    require_code("entity", c.entity)
    for entry in c.wage_types:
        require_code("wage_type", entry.code)
    merged = {**state, **{entry.component: entry.code for entry in c.wage_types}}
    if merged == state:
        return []
    wage_types = tuple(WageType(component, merged[component]) for component in sorted(merged))
    return [WageTypesSet(c.entity, wage_types, c.by)]
