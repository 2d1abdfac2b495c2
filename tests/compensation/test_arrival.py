"""The order in which an award's facts arrive does not matter, nor does hearing one again."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from chassis.codec import GENESIS
from chassis.execute import execute, load_state
from chassis.ids import derived_id, new_id, stream_id
from chassis.record import Consumer, Record, own_record
from chassis.service import open_store
from chassis.settings import Settings
from chassis.store import Context, Store
from cli.platform.servers import Servers
from compensation.api.cycles import cycle_ref
from compensation.api.setup import setup_ref
from compensation.app import SERVICE
from compensation.domain import award, compcycle, ranges
from compensation.domain.award import AwardState
from compensation.domain.commands import LaunchCycle, SetRange
from compensation.domain.terms import CycleId
from compensation.projections import appraisals, awards, persons
from compensation.projections.award_facts import award_ref
from tests.compensation.cases import ANALYST, LAUNCHER, TERMS, T, eur

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]

Arrive = Callable[[Store, str], Awaitable[None]]
HEARD = {consumer.name: consumer for consumer in SERVICE.consumers}


@pytest_asyncio.fixture(scope="module")
async def store(
    servers: Servers, prefix: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Store]:
    home: Path = tmp_path_factory.mktemp("home")
    settings = Settings(postgres=servers.postgres, kafka=servers.kafka, prefix=prefix, home=home)
    async with open_store(SERVICE, settings) as opened:
        yield opened


async def hear(store: Store, consumer: Consumer, *records: Record) -> None:
    """As the runtime does it: apply and commit, then react."""
    async with store.pool.acquire() as connection, connection.transaction():
        assert consumer.apply is not None
        await consumer.apply(connection, records)
    for record in records:
        assert consumer.react is not None
        await consumer.react(store, record)


def told(person: str, source: str, type_: str, version: int, event: Mapping[str, Any]) -> Record:
    """A record as it comes from another service's topic."""
    models = persons.MODELS | appraisals.MODELS
    stream = stream_id(source, person)
    return Record(
        position=version,
        stream=stream,
        version=version,
        id=derived_id(stream, str(version)),
        type=f"{source}.{type_}",
        schema_version=1,
        source=f"merit/{source}",
        subject=person,
        key=person,
        actor="importer",
        on_behalf_of=None,
        effective_at=T,
        recorded_at=T,
        correlation=None,
        causation=None,
        previous_hash=GENESIS,
        hash=GENESIS,
        event=models[f"{source}.{type_}"].model_validate({"person": person, **event}),
        body=b"",
    )


def cycle_of(person: str) -> CycleId:
    """A cycle and a grade of its own for each order, so that they do not help each other."""
    return CycleId(f"cycle-{person}")


async def hired(store: Store, person: str) -> None:
    record = told(person, "people", "PersonRegistered", 1, {"hired_on": "2020-01-01"})
    await hear(store, HEARD["persons"], record)


async def assigned(store: Store, person: str) -> None:
    event = {"effective_on": "2020-01-01", "manager": "max", "entity": "DE01"}
    event |= {"grade": "G5", "country": person}
    await hear(store, HEARD["persons"], told(person, "people", "AssignmentChanged", 2, event))


async def paid(store: Store, person: str) -> None:
    annual = {"minor": 5_000_000, "currency": "EUR"}
    event = {"effective_on": "2020-01-01", "annual": annual, "fte": "1"}
    await hear(store, HEARD["persons"], told(person, "people", "PayRecorded", 3, event))


async def finalised(store: Store, person: str) -> None:
    event = {"cycle": cycle_of(person), "revision": 1, "score": "3.1", "rating": "meets"}
    record = told(person, "appraisal", "AppraisalFinalised", 1, {**event, "sheet_hash": "s"})
    await hear(store, HEARD["appraisals"], record)


async def range_set(store: Store, person: str) -> None:
    command = SetRange(
        range=f"range {person}",
        grade="G5",
        country=person,
        currency="EUR",
        effective_on=TERMS.period_start,
        minimum=eur(48_000),
        midpoint=eur(60_000),
        maximum=eur(72_000),
        by=ANALYST,
        at=T,
    )
    context = Context(ANALYST, T, str(new_id()))
    await execute(store, ranges, setup_ref("range", person), command, context)
    await hear(store, HEARD["ranges"], *await own(store, "compensation.RangeSet", person))


async def launched(store: Store, person: str) -> None:
    command = LaunchCycle(cycle_of(person), TERMS, LAUNCHER, T)
    context = Context(LAUNCHER, T, str(new_id()))
    await execute(store, compcycle, cycle_ref(cycle_of(person)), command, context)
    await hear(store, HEARD["cycles"], *await own(store, "compensation.CycleLaunched", person))


async def own(store: Store, type_: str, word: str) -> list[Record]:
    """The own store's events of a type that mention the word."""
    rows = await store.pool.fetch(
        "SELECT * FROM event e JOIN (SELECT id, key FROM stream) s ON s.id = e.stream"
        " WHERE type = $1 AND data::text LIKE $2",
        type_,
        f"%{word}%",
    )
    return [own_record(row, store.registry, store.service) for row in rows]


ARRIVALS: Sequence[Arrive] = (hired, assigned, paid, finalised, range_set, launched)
# Each fact comes last in some of them, and the appraisal comes at every place.
ORDERS = [order for n, order in enumerate(permutations(ARRIVALS)) if n % 29 == 0]


@pytest.mark.parametrize("number", range(len(ORDERS)))
async def test_any_order_gives_the_same_award(store: Store, number: int) -> None:
    person = f"person-{number}-of-{len(ORDERS)}"
    for arrive in ORDERS[number]:
        await arrive(store, person)
    state: AwardState = await load_state(store, award, award_ref(cycle_of(person), person))
    assert state.status == "calculated"
    assert state.merit is not None
    assert state.bonus is not None
    assert (state.revision, state.merit.amount, state.bonus.amount) == (1, eur(1_250), eur(5_500))


async def test_hearing_it_all_again_changes_nothing(store: Store) -> None:
    person = "twice"
    for arrive in ARRIVALS:
        await arrive(store, person)
    before: AwardState = await load_state(store, award, award_ref(cycle_of(person), person))
    record = told(
        person,
        "appraisal",
        "AppraisalFinalised",
        1,
        {"cycle": cycle_of(person), "revision": 1, "score": "3.1", "rating": "meets"}
        | {"sheet_hash": "s"},
    )
    react = HEARD["appraisals"].react
    assert react is not None
    await react(store, record)
    assert await load_state(store, award, award_ref(cycle_of(person), person)) == before


async def test_the_award_view_is_the_same_in_one_batch_as_in_many(store: Store) -> None:
    for number, order in enumerate(ORDERS[:15]):
        for arrive in order:
            await arrive(store, f"viewed-{number}")
    rows = await store.pool.fetch(
        "SELECT * FROM event e JOIN (SELECT id, key FROM stream) s ON s.id = e.stream"
        " ORDER BY position"
    )
    records = [own_record(row, store.registry, store.service) for row in rows]
    assert len(records) > 50
    views = []
    for size in (1, 7, len(records)):
        async with store.pool.acquire() as connection:
            transaction = connection.transaction()
            await transaction.start()
            for start in range(0, len(records), size):
                await awards.apply(connection, records[start : start + size])
            found = await connection.fetch("SELECT * FROM award ORDER BY award")
            views.append([str(dict(row)) for row in found])
            await transaction.rollback()
    assert views[0]
    assert views[0] == views[1] == views[2]
