"""Payees and wage types: what the payroll map brings."""

from typing import Annotated, Any, Self, get_args

from fastapi import APIRouter, Depends
from pydantic import Field, model_validator

from chassis.calls import Call, in_path, nobody, permits
from chassis.ids import stream_id
from chassis.problems import not_found
from chassis.store import Ref
from chassis.tokens import fresh
from payroll.api.scope import Strict, require_entity
from payroll.domain import payee as payee_module
from payroll.domain import setup as setup_module
from payroll.domain.commands import MapPayee, SetWageTypes
from payroll.domain.events import Component, PersonId, WageType
from payroll.projections.payees import PAYEES, holder_of, payee_of, wage_types_of

router = APIRouter(tags=["setup"])
Code = Annotated[str, Field(min_length=1, max_length=40)]


class PayeeBody(Strict):
    """How the payroll system of the legal entity knows the person."""

    payroll_id: Code
    entity: Code
    pay_group: Code
    cost_centre: Code


class WageTypesBody(Strict):
    """The payroll system's wage type per component; what is left out stays as it is."""

    merit: Code | None = None
    lump_sum: Code | None = None
    bonus: Code | None = None

    @model_validator(mode="after")
    def names_one(self) -> Self:
        if not (self.merit or self.lump_sum or self.bonus):
            raise ValueError("a wage type for merit, lump_sum or bonus")
        return self


@router.put("/payees/{person}")
async def map_payee(
    person: str,
    body: PayeeBody,
    call: Annotated[Call, Depends(permits("map_payee", in_path("person")))],
) -> dict[str, Any]:
    """Map a person to their id, pay group and cost centre in a legal entity's payroll system."""
    async with call.store.pool.acquire() as connection:
        holder = await holder_of(connection, body.entity, body.payroll_id)
    command = MapPayee(
        person=PersonId(person),
        payroll_id=body.payroll_id,
        entity=body.entity,
        pay_group=body.pay_group,
        cost_centre=body.cost_centre,
        holder=holder,
        by=call.actor,
        at=call.at,
    )
    return await call.execute(
        payee_module, Ref("payee", stream_id("payee", person), person), command
    )


@router.get("/payees/{person}", dependencies=[Depends(fresh(PAYEES))])
async def payee(
    person: str, call: Annotated[Call, Depends(permits("read_payee", in_path("person")))]
) -> dict[str, Any]:
    """How the payroll system knows the person."""
    async with call.store.pool.acquire() as connection:
        row = await payee_of(connection, person)
    if row is None:
        raise not_found("payee")
    return row


@router.put("/wage-types/{entity}")
async def set_wage_types(
    entity: str,
    body: WageTypesBody,
    call: Annotated[Call, Depends(permits("set_wage_types", nobody))],
) -> dict[str, Any]:
    """Say which wage type merit, lump sum and bonus are in the legal entity's payroll system."""
    await require_entity(call, entity)
    given: list[tuple[Component, str | None]] = [
        (component, getattr(body, component)) for component in get_args(Component)
    ]
    command = SetWageTypes(
        entity=entity,
        wage_types=tuple(WageType(component, code) for component, code in given if code),
        by=call.actor,
        at=call.at,
    )
    stream = stream_id("setup", entity)
    return await call.execute(setup_module, Ref("setup", stream, str(stream)), command)


@router.get("/wage-types/{entity}", dependencies=[Depends(fresh(PAYEES))])
async def wage_types(
    entity: str, call: Annotated[Call, Depends(permits("read_wage_types", nobody))]
) -> dict[str, Any]:
    """The wage types of the legal entity."""
    async with call.store.pool.acquire() as connection:
        found = await wage_types_of(connection, entity)
    if not found:
        raise not_found("legal entity with wage types")
    await require_entity(call, entity)
    return {"entity": entity, "wage_types": found}
