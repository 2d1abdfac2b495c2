"""What appraisal hears, from itself too, and what it does about it: open, reassign, time out."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from pydantic import BaseModel

from appraisal.domain import appraisal as appraisal_module
from appraisal.domain.commands import OpenAppraisal, Reassign, TimeOut
from appraisal.domain.events import AppraisalId, AppraisalOpened, CycleOpened, PersonId
from appraisal.projections.appraisals import ACKNOWLEDGEMENT, APPRAISALS, appraisal_ref, open_for
from appraisal.projections.heard import appraised, manager_now
from appraisal.projections.setup import CYCLES, cycle_called, open_cycles
from chassis.access_feed import ACCESS
from chassis.execute import execute
from chassis.ids import derived_id
from chassis.record import Consumer, Record, reaction_context
from chassis.store import Connection, Context, Store
from chassis.timers import Fire, Timer, set_timer, timer_context

ASSIGNMENT = "assignment"


class AssignmentChanged(BaseModel):
    person: str
    effective_on: date
    manager: str | None
    unit: str
    entity: str


class PersonLeft(BaseModel):
    person: str
    effective_on: date


class PersonReturned(BaseModel):
    person: str


class ContractIssued(BaseModel):
    """Also what a ContractAmended has, which says from when it counts."""

    plan: UUID
    person: str
    period_start: date
    period_end: date
    effective_on: date | None = None
    revision: int
    content: dict[str, Any]
    content_hash: str


class ProgressRecorded(BaseModel):
    """Also what a ProgressCorrected has, which says whose place it takes."""

    reading: UUID
    corrects: UUID | None = None
    plan: UUID
    person: str
    goal: str
    value: Decimal
    as_of: date


async def apply_people(connection: Connection, records: Sequence[Record]) -> None:
    for record in records:
        match record.event:
            case AssignmentChanged() as e:
                await connection.execute(
                    """INSERT INTO employment VALUES ($1, $2, $3, $4, $5)
                       ON CONFLICT (person, effective_on)
                       DO UPDATE SET manager = $3, unit = $4, entity = $5""",
                    e.person,
                    e.effective_on,
                    e.manager,
                    e.unit,
                    e.entity,
                )
                begins = datetime.combine(e.effective_on, time(), UTC)
                if begins > record.recorded_at:
                    timer = derived_id(record.id, ASSIGNMENT)
                    await set_timer(connection, Timer(timer, ASSIGNMENT, e.person, begins))
            case PersonLeft() as e:
                await _employed(connection, e.person, e.effective_on)
            case PersonReturned() as e:
                await _employed(connection, e.person, None)
            case _:
                pass


async def _employed(connection: Connection, person: str, left_on: date | None) -> None:
    await connection.execute(
        """INSERT INTO employed VALUES ($1, $2)
           ON CONFLICT (person) DO UPDATE SET left_on = $2""",
        person,
        left_on,
    )


async def on_person(store: Store, record: Record) -> None:
    """Where somebody works decides who appraises them, and in which cycles."""
    if isinstance(record.event, AssignmentChanged | PersonReturned):
        await _settle(store, record.event.person, reaction_context(store, record, "settle"))


async def assignment_begins(store: Store, timer: Timer) -> None:
    """The day has come from which an assignment that was recorded earlier counts."""
    await _settle(store, timer.subject, timer_context(store, timer))


async def _settle(store: Store, person: str, context: Context) -> None:
    """Open what is missing; what is not final follows the person to the manager they have now."""
    async with store.pool.acquire() as connection:
        cycles = await open_cycles(connection)
    for cycle in cycles:
        await _open(store, cycle, [person], context)
    async with store.pool.acquire() as connection:
        manager = await manager_now(connection, person, context.at.date())
        found = await open_for(connection, [person])
    for row in found:
        ref = appraisal_ref(row["cycle"], person)
        own = _with_key(context, f"reassign {ref.id}")
        await execute(store, appraisal_module, ref, Reassign(manager), own)


def _with_key(context: Context, purpose: str) -> Context:
    """The same cause, for one of several commands; it repeats when the cause is heard again."""
    return replace(context, key=str(derived_id(UUID(context.key), purpose)))


_CONTRACT = f"INSERT INTO contract VALUES ({', '.join(f'${n}' for n in range(1, 14))})"
_READING = f"INSERT INTO reading VALUES ({', '.join(f'${n}' for n in range(1, 14))})"


async def apply_goals(connection: Connection, records: Sequence[Record]) -> None:
    contracts = [_contract(r, r.event) for r in records if isinstance(r.event, ContractIssued)]
    readings = [_reading(r, r.event) for r in records if isinstance(r.event, ProgressRecorded)]
    await connection.executemany(_CONTRACT, contracts)
    await connection.executemany(_READING, readings)


def _contract(record: Record, e: ContractIssued) -> tuple[Any, ...]:
    begins = e.effective_on or e.period_start
    content = orjson.dumps(e.content).decode()
    what = (e.plan, e.revision, e.person, e.period_start, e.period_end, begins)
    place = (record.id, record.position, record.stream, record.version, record.actor)
    return (*what, content, e.content_hash, *place)


def _reading(record: Record, e: ProgressRecorded) -> tuple[Any, ...]:
    what = (e.reading, e.plan, e.person, e.goal, e.value, e.as_of, e.corrects)
    place = (record.id, record.position, record.recorded_at)
    return (*what, *place, record.stream, record.version, record.actor)


async def open_for_contract(store: Store, record: Record) -> None:
    """A contract that comes while a cycle is open gets its appraisal, if it has none yet."""
    if not isinstance(record.event, ContractIssued):
        return
    async with store.pool.acquire() as connection:
        cycles = await open_cycles(connection)
    context = reaction_context(store, record, "open")
    for cycle in cycles:
        await _open(store, cycle, [record.event.person], context)


async def open_for_cycle(store: Store, record: Record) -> None:
    """A cycle that is opened appraises everybody of its population who has a contract."""
    if isinstance(record.event, CycleOpened):
        async with store.pool.acquire() as connection:
            cycle = await cycle_called(connection, record.event.cycle)
        assert cycle is not None, "applied before it is reacted to"
        await _open(store, cycle, None, reaction_context(store, record, "open"))


async def _open(
    store: Store, cycle: dict[str, Any], persons: Sequence[str] | None, context: Context
) -> None:
    """Each under a key of its own: after a crash those that are open already stay as they are."""
    async with store.pool.acquire() as connection:
        found = await appraised(connection, cycle, context.at.date(), persons)
    for row in found:
        ref = appraisal_ref(cycle["cycle"], row["person"])
        command = OpenAppraisal(
            appraisal=AppraisalId(str(ref.id)),
            cycle=cycle["cycle"],
            person=PersonId(row["person"]),
            manager=PersonId(row["manager"]) if row["manager"] else None,
            period_start=cycle["period_start"],
            period_end=cycle["period_end"],
            self_due=cycle["self_due"],
            manager_due=cycle["manager_due"],
            interview_due=cycle["interview_due"],
            acknowledge_days=cycle["acknowledge_days"],
            scheme_hash=cycle["scheme_hash"],
            content=cycle["content"],
        )
        await execute(store, appraisal_module, ref, command, _with_key(context, f"open {ref.id}"))


async def follow_manager(store: Store, record: Record) -> None:
    """The manager may have changed between the look at employments and the opening."""
    if isinstance(record.event, AppraisalOpened):
        e = record.event
        async with store.pool.acquire() as connection:
            manager = await manager_now(connection, e.person, store.clock().date())
        ref = appraisal_ref(e.cycle, e.person)
        context = reaction_context(store, record, "follow")
        await execute(store, appraisal_module, ref, Reassign(manager), context)


async def time_out(store: Store, timer: Timer) -> None:
    """The employee had until now to answer; the appraisal knows whether they did."""
    cycle, person, revision = timer.subject.split("\n")
    context = timer_context(store, timer)
    command = TimeOut(int(revision), context.at)
    await execute(store, appraisal_module, appraisal_ref(cycle, person), command, context)


PEOPLE = Consumer(
    name="people",
    version=1,
    source="people",
    models={
        "people.AssignmentChanged": AssignmentChanged,
        "people.PersonLeft": PersonLeft,
        "people.PersonReturned": PersonReturned,
    },
    apply=apply_people,
    react=on_person,
    tables=("employment", "employed"),
)
GOALS = Consumer(
    name="goals",
    version=1,
    source="goals",
    models={
        "goals.ContractIssued": ContractIssued,
        "goals.ContractAmended": ContractIssued,
        "goals.ProgressRecorded": ProgressRecorded,
        "goals.ProgressCorrected": ProgressRecorded,
    },
    apply=apply_goals,
    react=open_for_contract,
    tables=("contract", "reading"),
)
CONSUMERS = (
    ACCESS,
    PEOPLE,
    GOALS,
    replace(CYCLES, react=open_for_cycle),
    replace(APPRAISALS, react=follow_manager),
)
TIMERS: dict[str, Fire] = {ACKNOWLEDGEMENT: time_out, ASSIGNMENT: assignment_begins}
