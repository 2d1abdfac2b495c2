"""Routes about persons: the directory, one person, their pay, the line above and below."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from chassis.calls import Call, in_path, nobody, permits
from chassis.problems import not_found
from chassis.tokens import Page, fresh, paging
from people.projections.persons import PERSONS, directory, line, pays_of, person_on

router = APIRouter(tags=["people"], dependencies=[Depends(fresh(PERSONS))])
SCAN = 500
SEES_LEAVERS = frozenset({"admin", "hrbp", "aud"})


@router.get("/people")
async def list_people(
    call: Annotated[Call, Depends(permits("read_directory", nobody))],
    page: Annotated[Page, Depends(paging)],
    q: Annotated[str | None, Query(max_length=100)] = None,
    employee_no: Annotated[str | None, Query(max_length=64)] = None,
) -> dict[str, Any]:
    """The directory by employee number, or those whose name contains `q`.

    People who left are listed for administrators, HR and auditors only.
    """
    today = call.at.date()
    (after,) = page.start(1)
    found: list[dict[str, Any]] = []
    while len(found) <= page.limit:
        async with call.store.pool.acquire() as connection:
            rows = await directory(connection, today, after, SCAN, employee_no)
        found += await _shown(call, rows, q, today)
        if len(rows) < SCAN:
            break
        after = rows[-1]["employee_no"]
    return page.answer(found[: page.limit + 1], "employee_no")


async def _shown(
    call: Call, rows: Sequence[dict[str, Any]], q: str | None, today: date
) -> list[dict[str, Any]]:
    """Names are sealed in the table, so they are opened and then searched."""
    leavers_too = bool(call.held & SEES_LEAVERS)
    present = [
        row
        for row in rows
        if leavers_too or row["left_on"] is None or row["left_on"] >= today.isoformat()
    ]
    people = await call.opened(present)
    wanted = (q or "").casefold()
    return [person for person in people if wanted in person["name"].casefold()]


@router.get("/people/{person}")
async def show_person(
    person: str,
    call: Annotated[Call, Depends(permits("read_person", in_path("person")))],
    on: date | None = None,
) -> dict[str, Any]:
    """Who the person is and where they work on that day, today unless said; pay is apart."""
    async with call.store.pool.acquire() as connection:
        found = await person_on(connection, person, on or call.at.date())
    if found is None:
        raise not_found("person")
    return await call.opened(found)


@router.get("/people/{person}/pay")
async def show_pay(
    person: str, call: Annotated[Call, Depends(permits("read_pay", in_path("person")))]
) -> dict[str, Any]:
    """The pays on record, newest first; somebody else's look is kept in the access log."""
    async with call.store.pool.acquire() as connection:
        return {"person": person, "items": await pays_of(connection, person)}


@router.get("/tree/{person}")
async def show_tree(
    person: str,
    call: Annotated[Call, Depends(permits("read_tree", in_path("person")))],
    on: date | None = None,
) -> dict[str, Any]:
    """The managers above the person, nearest first, and the direct reports."""
    async with call.store.pool.acquire() as connection:
        found = await line(connection, person, on or call.at.date())
    return await call.opened({"person": person, **found})
