"""Seals on Kafka and in the kept file: what is cut out of a store, and of its seals, is named."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer

from chassis.seal_relay import publish_seals, republish_seals, seals_on_kafka
from chassis.seals import Seal, all_seals, kept_file, make_seal
from chassis.service import open_store, working
from chassis.settings import Settings
from chassis.store import Store
from chassis.topics import ensure
from cli.platform.servers import Servers
from cli.proof.verify import verify
from tests.chassis.toy import SERVICE, count
from tests.proof.test_proof import as_owner
from tests.support import until

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]
CUT = [
    "DELETE FROM event WHERE position > (SELECT last FROM seal WHERE number = 1)",
    """UPDATE stream s SET version = e.version, head_hash = e.hash FROM (
           SELECT DISTINCT ON (stream) stream, version, hash FROM event
           ORDER BY stream, version DESC) e WHERE e.stream = s.id""",
    "DELETE FROM stream s WHERE NOT EXISTS (SELECT FROM event e WHERE e.stream = s.id)",
    "DELETE FROM seal WHERE number = 2",
]


@pytest_asyncio.fixture
async def store(
    request: pytest.FixtureRequest, servers: Servers, prefix: str, tmp_path: Path
) -> AsyncIterator[Store]:
    """Events under two seals, both on Kafka and in the file."""
    number = request.session.items.index(request.node)
    settings = Settings(
        postgres=servers.postgres, kafka=servers.kafka, prefix=f"{prefix}n{number}", home=tmp_path
    )
    await ensure(settings, {settings.seal_topic: 1})
    async with open_store(SERVICE, settings) as opened:
        for person in ("ann", "bob"):
            await count(opened, person, f"{person} 1", 1)
        await make_seal(opened)
        for person in ("ann", "cid"):
            await count(opened, person, f"{person} 2")
        await make_seal(opened)
        assert await publish_seals(opened) == 2
        yield opened


async def faults(store: Store) -> list[str]:
    [found], _ = await verify(store.settings, ["toy"], store.settings.home)
    return found.faults


async def on_kafka(store: Store) -> list[Seal]:
    seals, _ = (await seals_on_kafka(store.settings))["toy"]
    return seals


async def in_store(store: Store) -> list[Seal]:
    async with store.pool.acquire() as connection:
        return await all_seals(connection)


async def test_the_same_seals_are_in_the_store_on_kafka_and_in_the_file(store: Store) -> None:
    assert await on_kafka(store) == await in_store(store)
    [found], _ = await verify(store.settings, ["toy"], store.settings.home)
    assert (found.faults, found.seals, found.published) == ([], 2, 2)
    assert await publish_seals(store) == 0, "nothing new is not published again"


async def test_a_seal_that_a_crash_left_over_is_published_first_and_in_order(store: Store) -> None:
    await count(store, "ann", "ann 3")
    await make_seal(store)
    nowhere = store.settings.model_copy(update={"kafka": "127.0.0.1:1"})
    with pytest.raises(Exception, match=r"127\.0\.0\.1"):
        await publish_seals(replace(store, settings=nowhere))
    assert await faults(store) == [], "not acknowledged yet is no fault"
    await count(store, "ann", "ann 4")
    await make_seal(store)
    async with working(replace(SERVICE, consumers=[]), store, "all"):
        await until(lambda: all_published(store))
    assert [seal.number for seal in await on_kafka(store)] == [1, 2, 3, 4]
    assert await faults(store) == []


async def all_published(store: Store) -> bool:
    return await on_kafka(store) == await in_store(store)


async def test_a_publisher_killed_after_sending_publishes_again_and_that_is_no_fault(
    store: Store,
) -> None:
    await as_owner(store, "UPDATE checkpoint SET position = 0 WHERE consumer = 'seals'")
    assert await publish_seals(store) == 2
    assert [seal.number for seal in await on_kafka(store)] == [1, 2, 1, 2]
    assert await faults(store) == []


async def test_only_one_publishes_at_a_time(store: Store) -> None:
    await as_owner(store, "UPDATE checkpoint SET position = 0 WHERE consumer = 'seals'")
    published = await asyncio.gather(*(publish_seals(store) for _ in range(5)))
    assert sorted(published)[-1] == sum(published) == 2
    assert len(await on_kafka(store)) == 4


async def test_a_tail_cut_with_its_seals_is_found_by_kafka_and_by_the_file(store: Store) -> None:
    await as_owner(store, *CUT)
    assert await faults(store) == [
        "seal 2: is in the kept file and not in the store",
        "seal 2: is on Kafka and not in the store",
    ]
    file = kept_file(store.settings.home, "toy")
    file.write_text(file.read_text().splitlines()[0] + "\n")
    assert await faults(store) == ["seal 2: is on Kafka and not in the store"]


async def test_a_tail_that_was_cut_and_sealed_anew_is_another_one(store: Store) -> None:
    await as_owner(store, *CUT)
    await count(store, "bob", "instead")
    await make_seal(store)
    await publish_seals(store)
    assert await faults(store) == [
        "seal 2: is another one in the kept file than in the store",
        "seal 2: is another one on Kafka than in the store",
    ]


async def test_one_byte_of_a_seal_flipped_is_found(store: Store) -> None:
    await as_owner(
        store,
        "UPDATE seal SET merkle_root = set_byte(merkle_root, 0, 255 - get_byte(merkle_root, 0))",
    )
    found = await faults(store)
    for number in (1, 2):
        assert f"seal {number}: is another one on Kafka than in the store" in found
        assert f"seal {number}: is another one in the kept file than in the store" in found
    assert any("its signature is not this installation's" in fault for fault in found)


async def test_one_byte_of_an_event_flipped_is_found_although_it_was_hashed_and_sealed_anew(
    store: Store,
) -> None:
    """Whoever holds the database and the signing key still cannot change what Kafka has."""
    await as_owner(
        store,
        "UPDATE event SET hash = set_byte(hash, 3, 255 - get_byte(hash, 3)) WHERE version = 1",
        "DELETE FROM seal",
    )
    await make_seal(store)
    assert "seal 1: is another one on Kafka than in the store" in await faults(store)


async def sent(settings: Settings, value: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka)
    await producer.start()
    try:
        await producer.send_and_wait(settings.seal_topic, value, key=b"toy", partition=0)
    finally:
        await producer.stop()


async def test_what_is_no_seal_or_none_of_ours_is_named(store: Store, tmp_path: Path) -> None:
    file = kept_file(tmp_path, "toy")
    file.write_text(file.read_text() + "no seal at all\n")
    forged = replace((await in_store(store))[1], number=3)
    await sent(store.settings, json.dumps(forged.as_json("toy")).encode())
    await sent(store.settings, b"nor this")
    assert await faults(store) == [
        "the kept file: line 3 is no seal",
        "Kafka: the record at offset 3 is no seal",
        "seal 3: on Kafka its signature is not this installation's",
    ]
    await count(store, "ann", "ann 3")
    await make_seal(store)
    assert len(file.read_text().splitlines()) == 4, "sealing goes on"


async def test_a_seal_that_kafka_or_the_file_has_lost_is_named(
    store: Store, tmp_path: Path
) -> None:
    file = kept_file(tmp_path, "toy")
    file.write_text(file.read_text().splitlines()[0] + "\n")
    assert await faults(store) == ["seal 2: is in the store and not in the kept file"]
    await count(store, "ann", "ann 3")
    await make_seal(store)
    await as_owner(store, "UPDATE checkpoint SET position = 3 WHERE consumer = 'seals'")
    assert await faults(store) == ["seal 3: is in the store and not on Kafka"]


async def test_seals_that_kafka_lost_are_sent_again_with_the_history(store: Store) -> None:
    lost = store.settings.model_copy(update={"prefix": f"{store.settings.prefix}again"})
    await ensure(lost, {lost.seal_topic: 1})
    empty = replace(store, settings=lost)
    assert await publish_seals(empty) == 0
    await republish_seals(empty)
    assert await publish_seals(empty) == 2
    assert (await seals_on_kafka(lost))["toy"] == (await in_store(store), [])


async def test_without_kafka_it_is_said_that_nothing_was_compared(store: Store) -> None:
    nowhere = store.settings.model_copy(update={"kafka": "127.0.0.1:1"})
    [found], _ = await verify(nowhere, ["toy"], store.settings.home)
    assert found.faults == ["Kafka: its seals cannot be read (KafkaConnectionError)"]
