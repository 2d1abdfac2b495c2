"""What an operator is told of a service, while its consumers and its relay run and stand still."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest

from chassis.seals import make_seal
from chassis.service import Service, application, open_store, working
from chassis.settings import Settings
from chassis.status import Status, look_once
from chassis.store import Store
from chassis.timers import Timer, set_timer
from cli.platform.servers import Servers
from tests.chassis.edge import client
from tests.chassis.toy import SERVICE, count
from tests.support import until

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]
OPERATOR = "opal"
QUIET = replace(
    SERVICE,
    consumers=[c for c in SERVICE.consumers if c.react is None],
)


@asynccontextmanager
async def opened(
    servers: Servers, prefix: str, home: Path, service: Service = QUIET
) -> AsyncIterator[Store]:
    settings = Settings(postgres=servers.postgres, kafka=servers.kafka, prefix=prefix, home=home)
    async with open_store(service, settings) as store:
        await store.pool.execute(
            "INSERT INTO grant_fact VALUES ($1, 1, 'g', 'admin', 'all', '2020-01-01', NULL, now())",
            OPERATOR,
        )
        yield store


async def read(store: Store, actor: str = OPERATOR) -> httpx2.Response:
    """GET /status, as an actor."""
    app = application(QUIET, store.settings)
    app.state.store = store
    async with client(app, store.settings.home, actor, at=store.clock()) as reader:
        return await reader.get("/status")


async def look(store: Store) -> Status:
    return await look_once(store, QUIET.consumers)


async def test_a_consumer_that_stands_still_shows_what_it_left(
    servers: Servers, prefix: str, tmp_path: Path
) -> None:
    async with opened(servers, f"{prefix}a", tmp_path) as store:
        async with working(QUIET, store, "all") as (busy, _):
            for n in range(1, 4):
                await count(busy, "ann", f"ann {n}", n)
            await until(lambda: level(busy))
            led = (await look(busy)).relay
            assert led.leader is not None
            assert "@" in led.leader
        stopped = await look(store)
        assert stopped.relay.leader is None
        assert [(c.consumer, c.events, c.seconds) for c in stopped.consumers] == [
            ("own.v1", 0, 0),
            ("kafka.v1", 0, 0),
        ]
        await count(store, "ann", "ann 4", 4)
        await count(store, "ann", "ann 5", 5)
        only_relay = replace(QUIET, consumers=[])
        async with working(only_relay, store, "all"):
            await until(lambda: relayed(store))
        later = replace(store, clock=lambda: store.clock() + timedelta(hours=2))
        behind = {c.consumer: c for c in (await look(later)).consumers}
        for consumer in ("own.v1", "kafka.v1"):
            assert behind[consumer].events == 2
            assert 7_200 <= (behind[consumer].seconds or 0) < 7_300


async def level(store: Store) -> bool:
    """Everything that is recorded has been applied, own events and those heard."""
    heard = await store.pool.fetchval("SELECT count(*) FROM heard")
    events = await store.pool.fetchval("SELECT count(*) FROM event")
    return bool(heard == 2 * events) and all(c.events == 0 for c in (await look(store)).consumers)


async def relayed(store: Store) -> bool:
    return (await look(store)).relay.events == 0


async def test_a_relay_that_stands_still_shows_its_age_and_that_nobody_leads(
    servers: Servers, prefix: str, tmp_path: Path
) -> None:
    async with opened(servers, f"{prefix}b", tmp_path) as store:
        await count(store, "ann", "ann 1")
        later = replace(store, clock=lambda: store.clock() + timedelta(minutes=5))
        found = await look(later)
        assert (found.relay.events, found.relay.leader) == (1, None)
        assert 300 <= found.relay.age_s < 400
        assert found.horizon_age_s == found.relay.age_s
        assert found.horizon == found.position


async def test_a_parked_key_timers_and_the_last_seal_are_told(
    servers: Servers, prefix: str, tmp_path: Path
) -> None:
    async with opened(servers, f"{prefix}c", tmp_path) as store:
        await store.pool.execute("INSERT INTO poison VALUES (1)")
        async with working(QUIET, store, "all") as (busy, _):
            await count(busy, "ann", "ann 1")
            await until(lambda: one_is_parked(busy))
        await make_seal(store)
        await count(store, "bob", "bob 1")
        now = store.clock()
        async with store.pool.acquire() as connection:
            for number, due in ((1, -90), (2, -30), (3, 60)):
                timer = Timer(UUID(int=number), "ring", "ann", now + timedelta(seconds=due))
                await set_timer(connection, timer)
        told = (await read(store)).json()
        assert told["parked"] == 1
        assert {c["consumer"]: c["parked"] for c in told["consumers"]} == {
            "own.v1": 0,
            "kafka.v1": 1,
        }
        assert (told["timers"]["set"], told["timers"]["due"]) == (3, 2)
        assert 90 <= told["timers"]["overdue_s"] < 120
        seal: dict[str, Any] = told["seal"]
        assert (seal["number"], seal["position"] + 1) == (1, told["position"])
        assert seal["unpublished"] == 1
        assert 0 <= seal["unsealed_s"] < 60
        assert 0 <= seal["age_s"] < 60


async def one_is_parked(store: Store) -> bool:
    return (await look(store)).parked == 1


async def test_the_horizon_that_is_written_down_takes_its_age_away(
    servers: Servers, prefix: str, tmp_path: Path
) -> None:
    async with opened(servers, f"{prefix}d", tmp_path) as store:
        await count(store, "ann", "ann 1")
        later = replace(store, clock=lambda: store.clock() + timedelta(minutes=5))
        assert (await look(later)).horizon_age_s >= 300
        async with working(replace(QUIET, consumers=[]), store, "all"):
            await until(lambda: level_horizon(later))


async def level_horizon(store: Store) -> bool:
    return (await look(store)).horizon_age_s == 0


async def test_without_kafka_the_store_still_tells_what_it_knows(
    servers: Servers, prefix: str, tmp_path: Path
) -> None:
    async with opened(servers, f"{prefix}e", tmp_path) as store:
        await count(store, "ann", "ann 1")
        lost = replace(store, settings=store.settings.model_copy(update={"kafka": "127.0.0.1:1"}))
        told = (await read(lost)).json()
        assert told["kafka"] is False
        assert {c["consumer"]: c["events"] for c in told["consumers"]} == {
            "own.v1": 1,
            "kafka.v1": None,
        }


async def test_only_who_operates_is_told(servers: Servers, prefix: str, tmp_path: Path) -> None:
    async with opened(servers, f"{prefix}f", tmp_path) as store:
        assert (await read(store, "ann")).status_code == 403
