"""Routes about roles, and what waits for an administrator."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from chassis.calls import Call, in_query, nobody, permits
from chassis.execute import execute
from chassis.ids import stream_id
from chassis.store import Context, Ref, Store
from chassis.tokens import Page, fresh, paging
from people.domain import grants
from people.domain.commands import (
    GrantRole,
    ProposeRole,
    RecordFirstAdministrator,
    RevokeRole,
)
from people.domain.events import GrantId, Role
from people.projections.erasures import ERASURES, waiting_for
from people.projections.roles import ROLES, open_proposals, roles_after

router = APIRouter(tags=["roles"])

Id = Annotated[str, Field(min_length=1, max_length=100)]


class ProposeBody(BaseModel):
    """`population` is all, entity:<code> or unit:<code>; `valid_from` is today unless said."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    actor: Id
    role: Role
    population: Annotated[str, Field(min_length=1, max_length=100)] = "all"
    valid_from: date | None = None
    valid_to: date | None = None


class GrantBody(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    actor: Id
    grant: Id


class RevokeBody(GrantBody):
    """`valid_to` is the last day on which the role still holds, today unless said."""

    reason: Annotated[str, Field(min_length=1, max_length=500)]
    valid_to: date | None = None


@router.post("/roles/propose")
async def propose_role(
    body: ProposeBody, call: Annotated[Call, Depends(permits("propose_role", nobody))]
) -> dict[str, Any]:
    """Propose a role for somebody; `grant` in the answer is what a second person grants."""
    # The same idempotency key has to give the same grant again.
    grant = GrantId(str(stream_id("grant", call.actor, call.context.key)))
    command = ProposeRole(
        grant=grant,
        actor=body.actor,
        role=body.role,
        population=body.population,
        valid_from=body.valid_from or call.at.date(),
        valid_to=body.valid_to,
        by=call.actor,
        at=call.at,
    )
    return {"grant": grant, **await call.execute(grants, ref_of(body.actor), command)}


@router.post("/roles/grant")
async def grant_role(
    body: GrantBody, call: Annotated[Call, Depends(permits("grant_role", nobody))]
) -> dict[str, Any]:
    """Grant a proposed role, as somebody else than who proposed it."""
    command = GrantRole(GrantId(body.grant), call.actor, call.at)
    return await call.execute(grants, ref_of(body.actor), command)


@router.post("/roles/revoke")
async def revoke_role(
    body: RevokeBody, call: Annotated[Call, Depends(permits("revoke_role", nobody))]
) -> dict[str, Any]:
    """End a role with a reason."""
    last_day = body.valid_to or call.at.date()
    command = RevokeRole(GrantId(body.grant), last_day, body.reason, call.actor, call.at)
    return await call.execute(grants, ref_of(body.actor), command)


@router.get("/roles", dependencies=[Depends(fresh(ROLES))])
async def list_roles(
    call: Annotated[Call, Depends(permits("read_roles", nobody))],
    page: Annotated[Page, Depends(paging)],
    actor: Annotated[str | None, Query(max_length=100)] = None,
) -> dict[str, Any]:
    """Every proposal and grant, or those of one actor."""
    (after,) = page.start(1)
    async with call.store.pool.acquire() as connection:
        rows = await roles_after(connection, actor, after, page.limit + 1)
    return page.answer(rows, "grant")


@router.get("/todo", dependencies=[Depends(fresh(ROLES)), Depends(fresh(ERASURES))])
async def todo(
    call: Annotated[Call, Depends(permits("read_todo", in_query("person")))],
    person: Annotated[str, Query(min_length=1, max_length=100)],
) -> dict[str, Any]:
    """What waits for the person: for an administrator, what somebody else proposed."""
    async with call.store.pool.acquire() as connection:
        admin = await connection.fetchval(
            "SELECT EXISTS (SELECT FROM grants_at($1, $2) WHERE role = 'admin')", person, call.at
        )
        proposals = await open_proposals(connection, person) if admin else []
        erasures = await waiting_for(connection, person) if admin else []
    return {
        "items": [
            *(_to_confirm(person, erasure) for erasure in erasures),
            *(
                {
                    "person": person,
                    "what": "grant_role",
                    "title": f"Decide on the role {p['role']} for {p['actor']}",
                    "due": None,
                    "stream": str(ref_of(p["actor"]).id),
                    "command": "people.grant_role",
                    "arguments": {"actor": p["actor"], "grant": p["grant"]},
                }
                for p in proposals
            ),
        ]
    }


def _to_confirm(person: str, erasure: dict[str, Any]) -> dict[str, Any]:
    about = erasure["person"]
    return {
        "person": person,
        "what": "confirm_erasure",
        "title": f"Decide whether {about} is erased ({erasure['reason']})",
        "due": None,
        "stream": str(stream_id("person", about)),
        "command": "people.confirm_erasure",
        "arguments": {"person": about},
    }


def ref_of(actor: str) -> Ref:
    stream = stream_id("grants", actor)
    return Ref("grants", stream, str(stream))


async def record_first_administrators(store: Store) -> None:
    """The administrators that the configuration names; a repeat changes nothing."""
    at = store.clock()
    for actor in store.settings.admins:
        grant = GrantId(str(stream_id("grant", "first-administrator", actor)))
        by = f"system:{store.service}"
        command = RecordFirstAdministrator(grant, actor, at.date(), by, at)
        context = Context(actor=by, at=at, key=f"first-administrator/{actor}")
        await execute(store, grants, ref_of(actor), command, context)
