"""A service that sums: each way in which a read model can be fed, with timers and a reaction."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from chassis.ids import derived_id
from chassis.record import Consumer, Record
from chassis.store import Connection, Store
from chassis.timers import Timer, set_timer
from tests.chassis.toy import SERVICE as TOY
from tests.chassis.toy import CountedModel, Poisoned

_SUM = """INSERT INTO {} VALUES ($1, $2, $3) ON CONFLICT (tally)
    DO UPDATE SET total = {}.total + excluded.total, version = excluded.version"""


async def apply_own(connection: Connection, records: Sequence[Record]) -> None:
    """Sums, sets a timer that is due at once, and refuses poison."""
    poison = {r["number"] for r in await connection.fetch("SELECT number FROM poison")}
    for record in records:
        if record.event.number in poison:
            raise Poisoned
        what = (record.stream, record.event.number, record.version)
        await connection.execute(_SUM.format("own_sum", "own_sum"), *what)
        timer = Timer(derived_id(record.id, "ring"), "ring", "", record.recorded_at)
        await set_timer(connection, timer)


async def apply_heard(connection: Connection, records: Sequence[Record]) -> None:
    for record in records:
        what = (record.stream, record.event.number, record.version)
        await connection.execute(_SUM.format("heard_sum", "heard_sum"), *what)


async def apply_reacting(connection: Connection, records: Sequence[Record]) -> None:
    """Refuses to be told twice."""
    await connection.executemany(
        "INSERT INTO reacting VALUES ($1, $2)", [(r.stream, r.version) for r in records]
    )


FAILING: list[str] = []
REACTED: list[tuple[str, int]] = []


async def react(store: Store, record: Record) -> None:
    """Fails once with what passes by itself for each tally named in FAILING."""
    if record.event.person in FAILING:
        FAILING.remove(record.event.person)
        raise ConnectionError
    REACTED.append((record.event.person, record.version))


async def ring(store: Store, timer: Timer) -> None:
    await store.pool.execute("INSERT INTO fired VALUES ($1)", timer.id)


OWN = Consumer("own", 1, "own", apply=apply_own, tables=("own_sum",))
REACTING = Consumer("re-acting", 1, "own", apply=apply_reacting, react=react, tables=("reacting",))
HEARD = Consumer(
    "heard",
    1,
    "toy",
    models={"toy.Counted": CountedModel},
    apply=apply_heard,
    tables=("heard_sum",),
)
ALL = (OWN, REACTING, HEARD)
SERVICE = replace(
    TOY, consumers=ALL, migrations=Path(__file__).with_name("migrations"), timers={"ring": ring}
)
