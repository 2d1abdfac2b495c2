"""How the payroll system knows a person."""

from payroll.domain.codes import require_code
from payroll.domain.commands import MapPayee
from payroll.domain.errors import PayrollIdBelongsToSomebodyElse
from payroll.domain.events import PayeeMapped

INITIAL: PayeeMapped | None = None


def evolve(state: PayeeMapped | None, event: PayeeMapped) -> PayeeMapped | None:
    return event


def decide(state: PayeeMapped | None, c: MapPayee) -> list[PayeeMapped]:
    new = PayeeMapped(c.person, c.payroll_id, c.entity, c.pay_group, c.cost_centre, c.by)
    if state and _as_told(state) == _as_told(new):
        return []
    for name in ("payroll_id", "entity", "pay_group", "cost_centre"):
        require_code(name, getattr(c, name))
    if c.holder not in (None, c.person):
        raise PayrollIdBelongsToSomebodyElse("the payroll id is taken, allowed is one of their own")
    return [new]


def _as_told(event: PayeeMapped) -> tuple[str, ...]:
    return (event.payroll_id, event.entity, event.pay_group, event.cost_centre)
