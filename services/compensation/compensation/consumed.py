"""What compensation hears, and what it does about it: awards open, calculate, suspend.

Every consumer here first stores the fact and then reconsiders the awards that it may concern, so
whichever of an award's facts comes last finds all the others: the order of arrival is free.
"""

from dataclasses import replace

from chassis.access_feed import ACCESS
from chassis.execute import execute
from chassis.record import Consumer, Record, reaction_context
from chassis.store import Store
from compensation.domain import award
from compensation.domain.commands import ConsiderAward, SuspendAward
from compensation.domain.events import CycleLaunched, RangeSet
from compensation.domain.terms import CycleId, PersonId
from compensation.projections import appraisals, persons
from compensation.projections.appraisals import AppraisalFinalised, AppraisalReopened
from compensation.projections.award_facts import award_id, award_ref, gather
from compensation.projections.cycles import CYCLES
from compensation.projections.ranges import RANGES


async def consider(store: Store, record: Record, cycle: str, person: str) -> None:
    """Calculate the person's award from what is known now, or say what it waits for."""
    async with store.pool.acquire() as connection:
        facts = await gather(connection, cycle, person)
    if facts is None:
        return
    ref = award_ref(cycle, person)
    context = reaction_context(store, record, f"consider {cycle} {person}")
    command = ConsiderAward(
        award=award_id(ref),
        person=PersonId(person),
        cycle=CycleId(cycle),
        facts=facts,
        by=context.actor,
        at=context.at,
    )
    await execute(store, award, ref, command, context)


async def suspend(store: Store, record: Record, event: AppraisalReopened) -> None:
    ref = award_ref(event.cycle, event.person)
    context = reaction_context(store, record, "suspend")
    command = SuspendAward(
        award=award_id(ref),
        person=PersonId(event.person),
        cycle=CycleId(event.cycle),
        appraisal_revision=event.revision,
        by=context.actor,
        at=context.at,
    )
    await execute(store, award, ref, command, context)


async def on_person(store: Store, record: Record) -> None:
    """A fact about a person may be the one that their awards wait for."""
    if record.event is None or record.subject is None:
        return
    async with store.pool.acquire() as connection:
        cycles = await appraisals.cycles_of(connection, record.subject)
    for cycle in cycles:
        await consider(store, record, cycle, record.subject)


async def on_appraisal(store: Store, record: Record) -> None:
    match record.event:
        case AppraisalFinalised() as event:
            await consider(store, record, event.cycle, event.person)
        case AppraisalReopened() as event:
            await suspend(store, record, event)
        case _:
            return


async def on_range(store: Store, record: Record) -> None:
    """A range un-waits whoever works in its grade and country."""
    if isinstance(event := record.event, RangeSet):
        async with store.pool.acquire() as connection:
            found = await appraisals.appraised_in(connection, event.grade, event.country)
        for cycle, person in found:
            await consider(store, record, cycle, person)


async def on_launch(store: Store, record: Record) -> None:
    """A launch un-waits whoever was appraised before it."""
    if isinstance(event := record.event, CycleLaunched):
        async with store.pool.acquire() as connection:
            found = await appraisals.persons_of(connection, event.cycle)
        for person in found:
            await consider(store, record, event.cycle, person)


CONSUMERS = (
    ACCESS,
    Consumer("persons", 1, "people", persons.MODELS, persons.apply, on_person, persons.TABLES),
    Consumer(
        "appraisals",
        1,
        "appraisal",
        appraisals.MODELS,
        appraisals.apply,
        on_appraisal,
        appraisals.TABLES,
    ),
    replace(RANGES, react=on_range),
    replace(CYCLES, react=on_launch),
)
