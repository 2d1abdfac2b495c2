"""Records that cannot be taken: their key waits and is sent through in order, the others flow."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from uuid import uuid4

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer

from chassis.redrive import redrive, skip
from chassis.service import open_store, working
from chassis.settings import Settings
from chassis.store import Store
from tests.chassis.toy import KAFKA, SERVICE, CountedModel, tally_id
from tests.faults import toys
from tests.faults.report import Event, Fault
from tests.support import until

pytestmark = [pytest.mark.fault, pytest.mark.integration, pytest.mark.asyncio]
ONLY_KAFKA = replace(SERVICE, consumers=[KAFKA])
KNOWS_MORE = replace(KAFKA, models={**KAFKA.models, "toy.Renumbered": CountedModel})
EACH, BAD = 6, 3
Headers = list[tuple[str, bytes | None]]
Sent = tuple[int, bytes, Headers]
"""(number, bytes, headers)"""


@pytest_asyncio.fixture(scope="module")
async def store(settings: Settings) -> AsyncIterator[Store]:
    async with open_store(ONLY_KAFKA, settings) as opened, working(ONLY_KAFKA, opened, "all"):
        yield opened


def published(person: str, number: int) -> Sent:
    """As the relay publishes it; the hashes are made up and chain."""
    instant = "2026-03-01T12:00:00.000000+00:00"
    headers = {
        "ce_id": str(uuid4()),
        "ce_type": "toy.Counted",
        "ce_source": "merit/toy",
        "ce_subject": person,
        "ce_time": instant,
        "ce_effectivetime": instant,
        "ce_schemaversion": "1",
        "ce_position": str(number),
        "ce_stream": str(tally_id(person)),
        "ce_version": str(number),
        "ce_previoushash": bytes([number - 1] * 32).hex(),
        "ce_hash": bytes([number] * 32).hex(),
        "ce_actor": "tester",
    }
    data = f'{{"person": "{person}", "number": {number}}}'.encode()
    return number, data, [(name, text.encode()) for name, text in headers.items()]


def with_header(sent: Sent, name: str, content: bytes | None) -> Sent:
    number, data, headers = sent
    return number, data, [pair for pair in headers if pair[0] != name] + [(name, content)]


class Case:
    """One kind of record that is not as it should be, in the middle of a person's stream."""

    def __init__(self, store: Store, name: str, rounds: int) -> None:
        self.store = store
        self.bad = [f"{name} {n}" for n in range(rounds)]
        self.good = [f"beside {name} {n}" for n in range(rounds)]
        self.rounds = rounds

    async def publish(self, spoil: Callable[[list[Sent]], list[Sent]]) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=self.store.settings.kafka)
        await producer.start()
        topic = self.store.settings.topic("toy")
        for person in (*self.bad, *self.good):
            sent = [published(person, n) for n in range(1, EACH + 1)]
            for _, data, headers in spoil(sent) if person in self.bad else sent:
                await producer.send(topic, data, key=person.encode(), headers=headers)
        await producer.stop()
        await until(self.has_heard(self.good, EACH))

    async def heard(self, people: list[str]) -> list[Event]:
        names = {tally_id(person): person for person in people}
        rows = await self.store.pool.fetch(
            "SELECT stream, number FROM heard WHERE stream = ANY ($1) ORDER BY row", list(names)
        )
        return [(names[row["stream"]], row["number"]) for row in rows]

    def has_heard(self, people: list[str], each: int) -> Callable[[], Awaitable[bool]]:
        async def check() -> bool:
            return len(await self.heard(people)) >= len(people) * each

        return check

    async def parked(self) -> list[tuple[str, str]]:
        """Of the first bad person: (number, what is wrong), in order."""
        rows = await self.store.pool.fetch(
            "SELECT version, error FROM parked WHERE key = $1 ORDER BY id", self.bad[0]
        )
        return [(str(row["version"]), row["error"].split(":")[0]) for row in rows]

    async def waits(self, records: int) -> list[tuple[str, str]]:
        """Until so many records wait for each bad person; nothing behind them was applied."""

        async def all_wait() -> bool:
            count = "SELECT count(*) FROM parked WHERE key = ANY ($1)"
            found = await self.store.pool.fetchval(count, self.bad)
            return bool(found == records * self.rounds)

        await until(all_wait)
        assert await self.heard(self.bad[:1]) == [(self.bad[0], n) for n in range(1, BAD)]
        return await self.parked()

    async def mend(self, consumer: object = KAFKA, skips: int = 0) -> None:
        assert isinstance(consumer, type(KAFKA))
        for person in self.bad:
            for _ in range(skips):
                at = self.store.clock()
                await skip(self.store, KAFKA, person, "tester", "cannot be read", at)
            await redrive(self.store, consumer, person)
        assert await self.parked() == []

    async def count(self, fault: Fault, missing: tuple[int, ...] = ()) -> None:
        """Everybody heard everything once and in order, but for what was skipped on the record."""
        everybody = self.bad + self.good
        expected = toys.told(everybody, EACH) - {(p, n) for p in self.bad for n in missing}
        fault.count(self.rounds, expected, await self.heard(everybody))


@pytest.fixture
def case(store: Store, fault: Fault) -> Case:
    return Case(store, fault.case, fault(2, 50))


BEHIND = "an earlier event of this key is parked"
REST = [(str(n), BEHIND) for n in range(BAD + 1, EACH + 1)]


async def test_headers_without_text_lose_nothing(case: Case, fault: Fault) -> None:
    def spoil(sent: list[Sent]) -> list[Sent]:
        sent[2] = with_header(sent[2], "trace", b"\xff\xfe")
        sent[3] = with_header(sent[3], "trace", None)
        return sent

    await case.publish(spoil)
    await until(case.has_heard(case.bad, EACH))
    assert await case.parked() == []
    await case.count(fault)


@pytest.mark.parametrize("content", [None, b"\xff\xfe"], ids=["null", "not utf-8"])
async def test_a_header_of_ours_is(case: Case, fault: Fault, content: bytes | None) -> None:
    await case.publish(
        lambda sent: [*sent[:2], with_header(sent[2], "ce_time", content), *sent[3:]]
    )
    (number, error), *rest = await case.waits(4)
    assert (number, rest) == ("3", REST)
    assert error not in ("", BEHIND)
    await case.mend(skips=1)
    await case.count(fault, missing=(3,))


async def test_bytes_that_nobody_can_read(case: Case, fault: Fault) -> None:
    await case.publish(lambda sent: [*sent[:2], (3, b"\xff{", sent[2][2]), *sent[3:]])
    assert await case.waits(4) == [("3", "ValidationError"), *REST]
    await case.mend(skips=1)
    await case.count(fault, missing=(3,))


async def test_a_type_that_the_consumer_must_know_and_does_not(case: Case, fault: Fault) -> None:
    await case.publish(
        lambda sent: [*sent[:2], with_header(sent[2], "ce_type", b"toy.Renumbered"), *sent[3:]]
    )
    assert await case.waits(4) == [("3", "AttributeError in apply"), *REST]
    await case.mend(KNOWS_MORE)
    await case.count(fault)


async def test_a_hole_that_is_filled_later(case: Case, fault: Fault) -> None:
    await case.publish(lambda sent: [*sent[:2], *sent[3:], sent[2]])
    assert await case.waits(4) == [("4", "hole"), ("5", BEHIND), ("6", BEHIND), ("3", BEHIND)]
    await case.mend()
    await case.count(fault)


async def test_records_that_come_again(case: Case, fault: Fault) -> None:
    await case.publish(lambda sent: [record for record in sent for _ in range(2)] + sent)
    await until(case.has_heard(case.bad, EACH))
    assert await case.parked() == []
    await case.count(fault)


async def test_an_event_that_cannot_be_applied(store: Store, case: Case, fault: Fault) -> None:
    def spoil(sent: list[Sent]) -> list[Sent]:
        number, data, headers = sent[2]
        return [
            *sent[:2],
            (number, data.replace(b'"number": 3', b'"number": 66'), headers),
            *sent[3:],
        ]

    await store.pool.execute("INSERT INTO poison VALUES (66)")
    await case.publish(spoil)
    assert await case.waits(4) == [("3", "Poisoned in apply"), *REST]
    await store.pool.execute("DELETE FROM poison")
    await case.mend()
    seen = [(who, 3 if number == 66 else number) for who, number in await case.heard(case.bad)]
    fault.count(case.rounds, toys.told(case.bad, EACH), seen)
