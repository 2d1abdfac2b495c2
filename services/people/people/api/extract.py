"""Routes that take rows of an HR extract: what is wanted of a person, recorded if it differs."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from chassis.calls import Call, nobody, permits
from chassis.execute import load_state
from chassis.ids import person_id, stream_id
from chassis.keys import PersonErased
from chassis.problems import described, sentence
from chassis.store import Ref
from chassis.values import Money
from people.domain import person as person_module
from people.domain.commands import Assignment, Pay, TakeRow
from people.domain.errors import (
    ManagersMustNotFormACycle,
    NobodyManagesThemself,
    PeopleRuleBroken,
)
from people.domain.events import JobCode, PersonId
from people.domain.names import Named, NameIsAmbiguous, Names
from people.domain.person import Person, in_force
from people.domain.tree import in_cycles, top_down
from people.projections.persons import directory

router = APIRouter(tags=["people"])

Code = Annotated[str, Field(min_length=1, max_length=64)]
Name = Annotated[str, Field(min_length=1, max_length=200)]


class MoneyBody(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    minor: Annotated[int, Field(strict=True)]
    currency: str

    @model_validator(mode="after")
    def is_money(self) -> "MoneyBody":
        Money(self.minor, self.currency)
        return self


class RowBody(BaseModel):
    """One row.  `manager` is an employee number; `manager_name` serves where there is none.

    `annual` is the pay of a year as contracted at `fte`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    row: int = 0
    employee_no: Code
    name: Name
    hired_on: date
    left_on: date | None = None
    leave_reason: Annotated[str, Field(max_length=200)] = ""
    manager: Code | None = None
    manager_name: Name | None = None
    unit: Code
    entity: Code
    job: Code
    grade: Code
    location: Annotated[str, Field(max_length=64)] = ""
    fte: Decimal = Decimal(1)
    country: Annotated[str, Field(pattern="^[A-Z]{2}$")]
    annual: MoneyBody | None = None
    assigned_from: date | None = None
    paid_from: date | None = None


class PersonBody(RowBody):
    """A row by itself; what differs counts from `as_of`, today unless said."""

    as_of: date | None = None
    source: Annotated[str, Field(min_length=1, max_length=100)] = "people"


class ImportBody(BaseModel):
    """Rows as `POST /people` takes them; a row that is not valid is refused by itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    as_of: date
    source: Annotated[str, Field(min_length=1, max_length=100)]
    rows: Annotated[list[dict[str, Any]], Field(max_length=1000)]


class RowLiesOutsideThePopulation(PeopleRuleBroken):
    """The actor's role does not reach this person."""

    field = "unit"


@router.post("/people")
async def record_person(
    body: PersonBody, call: Annotated[Call, Depends(permits("import_people", nobody))]
) -> dict[str, Any]:
    """Record what the row says and the record does not: a new person, or only the changes."""
    row = RowBody.model_validate(body.model_dump(exclude={"as_of", "source"}))
    extract = Extract(call, body.as_of or call.at.date(), body.source, await _reach(call))
    return await extract.take(row)


@router.post("/people/import")
async def import_people(
    body: ImportBody, call: Annotated[Call, Depends(permits("import_people", nobody))]
) -> dict[str, Any]:
    """Take an extract row by row, in any order; each is recorded, unchanged, or refused and why.

    A row that was taken stays taken when another is refused.
    """
    rows, refused = _valid(body.rows)
    rows = _with_managers(rows)
    extract = Extract(call, body.as_of, body.source, await _reach(call))
    by_number = {row.employee_no: row for row in rows}
    managers = {number: row.manager for number, row in by_number.items()}
    circle = in_cycles(managers)
    answers = list(refused)
    after = None
    with suppress(PersonErased):  # the row of that person says so itself
        # All keys in one go; one after the other they would take most of the time.
        await call.store.keys.for_writing(person_id(number) for number in by_number)
    for number in [*circle, *top_down({n: m for n, m in managers.items() if n not in circle})]:
        row = by_number[number]
        try:
            if number in circle:
                raise _circle_at(row)
            answer = await extract.take(row)
            after = answer.pop("after") if answer["events"] else after
            answers.append({"row": row.row, **answer})
        except (PeopleRuleBroken, PersonErased) as problem:
            answers.append(_refusal(row.row, problem))
    return {"rows": sorted(answers, key=lambda answer: int(answer["row"])), "after": after}


def _with_managers(rows: Sequence[RowBody]) -> list[RowBody]:
    """A manager's name that a row of this call has, as that row's number; others stay."""
    names = Names(Named(row.employee_no, row.name) for row in rows)
    found = []
    for row in rows:
        number = None
        if row.manager_name and not row.manager:
            with suppress(NameIsAmbiguous):  # said when the record is asked, too
                number = names.find(row.manager_name)
        found.append(row.model_copy(update={"manager": number}) if number else row)
    return found


def _circle_at(row: RowBody) -> PeopleRuleBroken:
    if row.manager == row.employee_no:
        return NobodyManagesThemself("the manager is the person, allowed is somebody else")
    return ManagersMustNotFormACycle("the managers above lead back to this person")


def _valid(rows: Sequence[Mapping[str, Any]]) -> tuple[list[RowBody], list[dict[str, Any]]]:
    """The rows that can be read, one a person, and the refusals of the others."""
    found: dict[str, RowBody] = {}
    refused = []
    for number, content in enumerate(rows, start=1):
        given = content.get("row")
        place = given if isinstance(given, int) else number
        try:
            row = RowBody.model_validate({**content, "row": place})
        except ValidationError as problem:
            first = described({**problem.errors()[0], "loc": ("row", *problem.errors()[0]["loc"])})
            refused.append(_refused(place, first["field"], first["found"], first["allowed"]))
            continue
        if row.employee_no in found:
            other = found[row.employee_no].row
            reason = f"row {other} is the same person"
            refused.append(_refused(place, "employee_no", row.employee_no, reason))
            continue
        found[row.employee_no] = row
    return list(found.values()), refused


def _refusal(row: int, problem: Exception) -> dict[str, Any]:
    if isinstance(problem, PersonErased):
        return _refused(row, "name", "an erased person", "The person's data was erased")
    place = getattr(problem, "field", "row")
    return _refused(row, place, str(problem), sentence(type(problem)))


def _refused(row: int, place: str, found: str, reason: str) -> dict[str, Any]:
    return {"row": row, "outcome": "refused", "field": place, "found": found, "reason": reason}


@dataclass
class Extract:
    """One extract being taken: each person is loaded once, and managers are followed upwards.

    `reach` are the populations that the actor may record for.
    """

    call: Call
    as_of: date
    source: str
    reach: frozenset[str]
    _states: dict[PersonId, Person] = field(default_factory=dict)
    _names: Names | None = None

    async def take(self, row: RowBody) -> dict[str, Any]:
        """Execute the row's command; raises the rule that it breaks."""
        person = PersonId(person_id(row.employee_no))
        state = await self._state(person)
        self._within_reach(row, state)
        manager, noted = await self._manager(row)
        known_as = await self.call.opened(state.name)
        command = self._command(row, person, manager, await self._chain(manager), known_as)
        # A key of its own, so that a repeated import repeats the answer of each row.
        key = str(stream_id("row", self.call.context.key, row.employee_no))
        own = replace(self.call, context=replace(self.call.context, key=key))
        answer = await own.execute(person_module, ref_of(person), command)
        self._states.pop(person, None)
        outcome = "recorded" if answer["events"] else "unchanged"
        return {**answer, "person": person, "outcome": outcome, "noted": noted}

    def _command(
        self,
        row: RowBody,
        person: PersonId,
        manager: PersonId | None,
        chain: tuple[PersonId, ...],
        known_as: str,
    ) -> TakeRow:
        return TakeRow(
            person=person,
            employee_no=row.employee_no,
            name=row.name,
            known_as=known_as,
            hired_on=row.hired_on,
            left_on=row.left_on,
            leave_reason=row.leave_reason,
            assignment=Assignment(
                manager,
                row.unit,
                row.entity,
                JobCode(row.job),
                row.grade,
                row.location,
                row.fte,
                row.country,
            ),
            chain=chain,
            pay=Pay(Money(row.annual.minor, row.annual.currency), row.fte) if row.annual else None,
            as_of=self.as_of,
            assigned_from=row.assigned_from,
            paid_from=row.paid_from,
            source=self.source,
            by=self.call.actor,
            at=self.call.at,
        )

    async def _manager(self, row: RowBody) -> tuple[PersonId | None, list[dict[str, str]]]:
        """The manager, or nobody and why: then the row goes in without one."""
        if row.manager:
            manager = PersonId(person_id(row.manager))
            # Who manages themself is refused by the rule, registered or not.
            if row.manager == row.employee_no or (await self._state(manager)).started_on:
                return manager, []
            return None, [_note(row.manager, "this manager is not registered")]
        if not row.manager_name:
            return None, []
        try:
            found = (await self._known_names()).find(row.manager_name)
        except NameIsAmbiguous as problem:
            return None, [_note(row.manager_name, str(problem))]
        if found is None:
            return None, [_note(row.manager_name, "nobody of this name is registered")]
        return PersonId(found), []

    async def _chain(self, manager: PersonId | None) -> tuple[PersonId, ...]:
        """The managers above that one, nearest first, from the streams themselves."""
        chain: list[PersonId] = []
        while manager is not None and manager not in chain:
            chain.append(manager)
            assignment = in_force((await self._state(manager)).assignments, self.as_of)
            manager = assignment.manager if assignment else None
        return tuple(chain[1:])

    async def _state(self, person: PersonId) -> Person:
        if person not in self._states:
            self._states[person] = await load_state(self.call.store, person_module, ref_of(person))
        return self._states[person]

    async def _known_names(self) -> Names:
        if self._names is None:
            async with self.call.store.pool.acquire() as connection:
                rows = await directory(connection, self.as_of, None, 100_000, None)
            people = await self.call.opened(rows)
            self._names = Names(Named(row["person"], row["name"]) for row in people)
        return self._names

    def _within_reach(self, row: RowBody, state: Person) -> None:
        """An HR partner records for their population: where the person is and where they go."""
        if "all" in self.reach:
            return
        current = in_force(state.assignments, self.as_of)
        places = [(row.unit, row.entity)]
        places += [(current.unit, current.entity)] if current else []
        for unit, entity in places:
            if self.reach.isdisjoint({f"unit:{unit}", f"entity:{entity}"}):
                raise RowLiesOutsideThePopulation(f"unit {unit} of {entity}")


async def _reach(call: Call) -> frozenset[str]:
    if "admin" in call.held:
        return frozenset({"all"})
    rows = await call.fetch(
        "SELECT population FROM grants_at($1, $2) WHERE role = 'hrbp'", call.actor, call.at
    )
    return frozenset(row["population"] for row in rows)


def _note(found: str, reason: str) -> dict[str, str]:
    return {"field": "manager", "found": found, "reason": reason}


def ref_of(person: PersonId) -> Ref:
    return Ref("person", stream_id("person", person), person)
