"""The route that shows a performance contract as it was signed."""

from datetime import date
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime

from chassis.calls import Call, in_path, permits
from chassis.problems import not_found
from chassis.sealing import ERASED
from chassis.tokens import fresh
from goals.domain.content import Terms, content_hash
from goals.domain.events import PlanContent
from goals.projections.contracts import CONTRACTS, revisions_of

router = APIRouter(tags=["contracts"])


@router.get("/contracts/{person}", dependencies=[Depends(fresh(CONTRACTS))])
async def show_contract(
    person: str,
    call: Annotated[Call, Depends(permits("read_contract", in_path("person")))],
    period: Annotated[str | None, Query(max_length=40, description="A plan's name.")] = None,
    on: Annotated[date | None, Query(description="A day that it counts on.")] = None,
    as_of: Annotated[AwareDatetime | None, Query(description="What was known then.")] = None,
) -> dict[str, Any]:
    """The contract for a day in the revision that counts then, its signed text and its revisions.

    Without a day it is the one that counts today, or else the newest that there is.
    `hash_matches` says whether the text that is shown is the one that was signed; it is null once
    the person's texts were erased.
    """
    async with call.store.pool.acquire() as connection:
        revisions = await revisions_of(connection, person, period, as_of or call.at)
    found = _counting(revisions, on or call.at.date())
    if found is None and on is None:
        found = next(iter(revisions), None)
    if found is None:
        raise not_found("contract")
    shown: dict[str, Any] = await call.opened(found)
    known = [
        {key: r[key] for key in ("plan", "period", "revision", "effective_on", "content_hash")}
        for r in revisions
    ]
    return {**shown, "hash_matches": _hash_matches(shown), "revisions": known}


def _counting(revisions: list[dict[str, Any]], day: date) -> dict[str, Any] | None:
    counting = (r for r in revisions if r["effective_on"] <= day <= r["period_end"])
    return next(counting, None)


def _hash_matches(shown: dict[str, Any]) -> bool | None:
    content = msgspec.convert(shown["content"], PlanContent, strict=False)
    if content.salt == ERASED:
        return None
    amended = shown["previous_hash"] is not None
    terms = Terms(
        person=shown["person"],
        period_start=shown["period_start"],
        period_end=shown["period_end"],
        job=shown["job"],
        job_version=shown["job_version"],
        effective_on=shown["effective_on"] if amended else None,
        reason=shown["reason"] if amended else "",
    )
    return bool(content_hash(content, terms) == shown["content_hash"])
