"""Two relays at once, leaders whose sessions end, members that join and leave under load."""

import asyncio
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from chassis.consume import Subscription, make_broker
from chassis.record import Record
from chassis.service import open_store, working
from chassis.settings import Settings
from chassis.store import Connection, Store
from chassis.topics import ensure_topics
from cli.platform.servers import Servers
from tests.chassis.toy import KAFKA, SERVICE
from tests.faults import toys
from tests.faults.report import Fault
from tests.support import until

pytestmark = [pytest.mark.fault, pytest.mark.integration, pytest.mark.asyncio]


async def apply_slowly(connection: Connection, records: Sequence[Record]) -> None:
    """Long enough for a member to come or go in the midst of a batch."""
    assert KAFKA.apply is not None
    await KAFKA.apply(connection, records)
    await connection.execute("SELECT pg_sleep(0.2)")


ONLY_KAFKA = replace(SERVICE, consumers=[replace(KAFKA, apply=apply_slowly)])
PEOPLE = [f"person-{n}" for n in range(6)]
END_LEADER = """
SELECT pg_terminate_backend(pid) FROM pg_locks
WHERE locktype = 'advisory' AND classid = 19794 AND objid = 1 AND objsubid = 2
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


@asynccontextmanager
async def member(settings: Settings) -> AsyncIterator[Store]:
    """A worker as another process would run it: a relay that wants to lead, a consumer."""
    async with (
        open_store(ONLY_KAFKA, settings) as opened,
        working(ONLY_KAFKA, opened, "all") as (_, workers),
    ):

        async def listening() -> bool:
            return workers.listening

        await until(listening)
        yield opened


async def slowly(store: Store, each: int) -> None:
    async def one(person: str) -> None:
        for n in range(1, each + 1):
            await toys.tell(store, person, [n])
            await asyncio.sleep(0.04)

    await asyncio.gather(*map(one, PEOPLE))


async def counted(store: Store, fault: Fault, rounds: int, each: int) -> None:
    await until(toys.has_heard(store, "kafka", len(PEOPLE) * each))
    await asyncio.sleep(0.5)
    fault.count(rounds, toys.told(PEOPLE, each), await toys.heard(store, "kafka"))


def settings_of(servers: Servers, prefix: str, home: Path) -> Settings:
    return Settings(postgres=servers.postgres, kafka=servers.kafka, prefix=prefix, home=home)


async def test_two_relays_and_leaders_whose_sessions_end(
    servers: Servers, prefix: str, tmp_path: Path, fault: Fault
) -> None:
    settings, each = settings_of(servers, prefix + "r", tmp_path), fault(40, 400)
    async with open_store(ONLY_KAFKA, settings) as store, member(settings), member(settings):
        telling = asyncio.create_task(slowly(store, each))
        ended = 0
        while not telling.done():
            ended += len(await toys.as_superuser(store, END_LEADER))
            await asyncio.sleep(0.6)
        await telling
        assert ended, "a leader was there to be ended"
        await counted(store, fault, ended, each)


async def test_members_that_join_and_leave_under_load(
    servers: Servers, prefix: str, tmp_path: Path, fault: Fault
) -> None:
    settings, each = settings_of(servers, prefix + "m", tmp_path), fault(40, 400)
    async with member(settings) as store:
        telling = asyncio.create_task(slowly(store, each))
        rounds = 0
        while not telling.done():
            async with member(settings):
                await asyncio.sleep(1)
            rounds += 1
        await telling
        await counted(store, fault, rounds, each)


WHO_LEADS = """
SELECT application_name FROM pg_stat_activity JOIN pg_locks USING (pid)
WHERE locktype = 'advisory' AND classid = 19794 AND objid = 1 AND objsubid = 2 AND granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


@asynccontextmanager
async def listener(store: Store) -> AsyncIterator[None]:
    """The consumer alone, without a relay beside it."""
    await ensure_topics(store.settings, [store.service])
    broker, _ = make_broker(store, ONLY_KAFKA.consumers)
    await broker.start()
    try:
        yield
    finally:
        await broker.stop()


async def leader_of(store: Store, relays: Sequence[toys.Running]) -> toys.Running:
    """The process whose session leads, as soon as one of them does."""
    found: list[toys.Running] = []

    async def one_leads() -> bool:
        names = [row["application_name"] for row in await toys.as_superuser(store, WHO_LEADS)]
        led_by = {name.partition(" ")[2].partition("@")[0] for name in names}
        found.extend(process for process in relays if str(process.pid) in led_by)
        return bool(found)

    await until(one_leads)
    return found[0]


async def test_leaders_paused_while_their_sessions_end(
    servers: Servers, prefix: str, tmp_path: Path, fault: Fault
) -> None:
    """One wakes up and believes that it leads; another has led since."""
    settings, rounds = settings_of(servers, prefix + "p", tmp_path), fault(1, 15)
    each = fault(60, 600)
    async with open_store(ONLY_KAFKA, settings) as store, listener(store):
        relays = [await toys.spawn(settings, "tests.faults.parts", "relay") for _ in range(2)]
        try:
            telling = asyncio.create_task(slowly(store, each))
            for _ in range(rounds):
                paused = await leader_of(store, relays)
                paused.send_signal(signal.SIGSTOP)
                assert await toys.as_superuser(store, END_LEADER)
                await leader_of(store, [other for other in relays if other is not paused])
                await asyncio.sleep(0.3)
                paused.send_signal(signal.SIGCONT)
                await asyncio.sleep(0.3)
            await telling
            await counted(store, fault, rounds, each)
        finally:
            for process in relays:
                await toys.kill(process)


async def test_a_batch_that_another_member_has_applied(
    servers: Servers, prefix: str, tmp_path: Path, fault: Fault
) -> None:
    """What a zombie has in its hands: it is not applied, and the zombie goes where the other is."""
    settings, each = settings_of(servers, prefix + "b", tmp_path), fault(5, 200)
    async with member(settings) as store:
        await asyncio.gather(*(toys.tell(store, p, range(1, each + 1)) for p in PEOPLE))
        await until(toys.has_heard(store, "kafka", len(PEOPLE) * each))
    topic = settings.topic("toy")
    zombie = AIOKafkaConsumer(bootstrap_servers=settings.kafka, auto_offset_reset="earliest")
    async with open_store(ONLY_KAFKA, settings) as store:
        await zombie.start()
        zombie.assign([TopicPartition(topic, n) for n in range(settings.partitions("toy"))])
        subscription = Subscription(store, ONLY_KAFKA.consumers[0])
        subscription._subscriber = SimpleNamespace(consumer=zombie)
        taken: set[TopicPartition] = set()
        while sum([await zombie.position(p) for p in zombie.assignment()]) < len(PEOPLE) * each:
            batch = await subscription.poll(zombie)
            if batch:
                await subscription.take(batch)
            taken |= {TopicPartition(topic, heard.partition) for heard in batch}
        ends = await zombie.end_offsets(list(taken))
        assert {p: await zombie.position(p) for p in taken} == ends
        await zombie.stop()
        await counted(store, fault, len(taken), each)


async def test_a_consumer_that_was_paused_beyond_its_session(
    servers: Servers, prefix: str, tmp_path: Path, fault: Fault
) -> None:
    """Its partitions have another member when it wakes up with a batch in its hands."""
    if not fault.long:
        pytest.skip("a session lasts ten seconds; runs with --faults")
    settings, rounds = settings_of(servers, prefix + "z", tmp_path), 4
    each = 700
    async with open_store(ONLY_KAFKA, settings) as store, member(settings):
        zombie = await toys.spawn(settings, "tests.faults.parts", "listener")
        try:
            telling = asyncio.create_task(slowly(store, each))
            for _ in range(rounds):
                await asyncio.sleep(6)
                zombie.send_signal(signal.SIGSTOP)
                await asyncio.sleep(12)
                zombie.send_signal(signal.SIGCONT)
            await telling
            await counted(store, fault, rounds, each)
        finally:
            await toys.kill(zombie)
