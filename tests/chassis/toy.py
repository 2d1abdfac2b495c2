"""A service of one event, for tests of the kernel on real servers; runs as a process too."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel

from chassis.execute import execute
from chassis.ids import stream_id
from chassis.policy import allow
from chassis.record import Consumer, Record, reaction_context
from chassis.service import Service, run
from chassis.store import Answer, Connection, Context, Ref, Store


@dataclass(frozen=True, slots=True)
class Counted:
    """The next number on a person's tally."""

    person: str
    number: int
    remark: Annotated[str, "personal:person"] = ""


@dataclass(frozen=True, slots=True)
class Count:
    """Count on; `number` None takes the next."""

    person: str
    number: int | None = None
    remark: str = ""


class ToyRuleBroken(Exception):
    """The toy's rules."""


class NumberTaken(ToyRuleBroken):
    """That number is not the next."""


INITIAL = 0


def evolve(state: int, event: Counted) -> int:
    return event.number


def decide(state: int, command: Count) -> list[Counted]:
    number = state + 1 if command.number is None else command.number
    if number == state:
        return []
    if number != state + 1:
        raise NumberTaken(f"found {number}, allowed is {state + 1}")
    return [Counted(command.person, number, command.remark)]


class tally:  # noqa: N801  # stands for a domain module
    """The decider above, under one name."""

    INITIAL = INITIAL
    evolve = staticmethod(evolve)
    decide = staticmethod(decide)


class CountedModel(BaseModel):
    """What the toy's consumer reads of its own topic."""

    person: str
    number: int


class Poisoned(Exception):
    """An event that the projection cannot take."""


def hear(consumer: str) -> Consumer:
    """A consumer of the toy's topic that writes down all that it hears."""

    async def apply(connection: Connection, records: Sequence[Record]) -> None:
        poison = {r["number"] for r in await connection.fetch("SELECT number FROM poison")}
        if any(record.event.number in poison for record in records):
            raise Poisoned
        await write_down(connection, consumer, records)

    return Consumer(consumer, 1, "toy", models={"toy.Counted": CountedModel}, apply=apply)


async def write_down(connection: Connection, consumer: str, records: Sequence[Record]) -> None:
    await connection.executemany(
        "INSERT INTO heard (consumer, stream, version, number) VALUES ($1, $2, $3, $4)",
        [(consumer, r.stream, r.version, r.event.number) for r in records],
    )


async def apply_own(connection: Connection, records: Sequence[Record]) -> None:
    await write_down(connection, "own", records)


async def echo(store: Store, record: Record) -> None:
    """A reaction: each number of a person is counted again under the echo's tally."""
    if not record.event.person.startswith("echo-"):
        person = f"echo-{record.event.person}"
        await execute(
            store, tally, ref(person), Count(person), reaction_context(store, record, "echo")
        )


def ref(person: str) -> Ref:
    return Ref("tally", tally_id(person), person)


def tally_id(person: str) -> UUID:
    return stream_id("tally", person)


async def count(store: Store, person: str, key: str, number: int | None = None) -> Answer:
    """One command, as an API would execute it."""
    context = Context("tester", store.clock(), key)
    return await execute(store, tally, ref(person), Count(person, number), context)


KAFKA = hear("kafka")
SERVICE = Service(
    name="toy",
    events={("toy.Counted", 1): Counted},
    rule_broken=ToyRuleBroken,
    policy={"count": allow("anyone")},
    routers=[],
    consumers=[
        KAFKA,
        Consumer("own", 1, "own", apply=apply_own),
        Consumer("echo", 1, "toy", models={"toy.Counted": CountedModel}, react=echo),
    ],
    migrations=Path(__file__).with_name("toy_migrations"),
    unpublished=frozenset({"secret"}),
)

if __name__ == "__main__":
    run(SERVICE)
