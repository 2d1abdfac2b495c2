"""kill -9 of the API, the relay, the consumer and the projection, at random points, under load."""

import asyncio
import random
import socket
from datetime import date, timedelta
from pathlib import Path

import httpx2
import pytest

from chassis.auth import issue_token
from chassis.service import open_store
from chassis.settings import Settings
from chassis.store import Store
from cli.platform.servers import Servers
from tests.chassis.toy import SERVICE
from tests.faults import toys
from tests.faults.parts import PARTS
from tests.faults.report import Fault
from tests.support import until

pytestmark = [pytest.mark.fault, pytest.mark.integration, pytest.mark.asyncio]
PEOPLE = [f"person-{n}" for n in range(4)]


class Client:
    """Tells a person's numbers to the API, each under its key until it is answered."""

    def __init__(self, port: int, store: Store) -> None:
        token = issue_token(store.settings.home, "ann", store.clock(), timedelta(days=1))
        self._headers = {"Authorization": f"Bearer {token}"}
        self._url = f"http://127.0.0.1:{port}"

    async def tell(self, person: str, enough: asyncio.Event) -> int:
        """Until it is enough; how many were answered."""
        number = 0
        while not enough.is_set():
            await self._insist(person, number + 1)
            number += 1
            await asyncio.sleep(0.03)
        return number

    async def _insist(self, person: str, number: int) -> None:
        headers = {**self._headers, "Idempotency-Key": f"{person}-{number}"}
        body = {"person": person, "number": number}
        while True:
            try:
                async with httpx2.AsyncClient(base_url=self._url, timeout=10) as client:
                    answer = await client.post("/counts", json=body, headers=headers)
            except httpx2.TransportError:
                continue
            if answer.status_code < 500:
                assert answer.json()["events"] == 1, answer.text
                return
            await asyncio.sleep(0.05)


async def start(part: str, settings: Settings, listening: socket.socket) -> toys.Running:
    return await toys.spawn(settings, "tests.faults.parts", part, listen=listening.fileno())


async def test_kill_9_of_api_relay_consumer_and_projection(
    servers: Servers, prefix: str, tmp_path: Path, fault: Fault
) -> None:
    settings = Settings(
        postgres=servers.postgres, kafka=servers.kafka, prefix=prefix, home=tmp_path
    )
    chance, rounds, enough = random.Random(11), fault(4, 120), asyncio.Event()
    listening = socket.create_server(("127.0.0.1", 0))
    async with open_store(SERVICE, settings) as store:
        await store.pool.execute(
            "INSERT INTO person_fact VALUES ('ann', 1, 'assigned', NULL, 'x', 'x', $1, $2)",
            *(date(2020, 1, 1), store.clock()),
        )
        parts = {part: await start(part, settings, listening) for part in PARTS}
        try:
            client = Client(listening.getsockname()[1], store)
            telling = asyncio.gather(*(client.tell(person, enough) for person in PEOPLE))
            await until(toys.has_heard(store, "kafka", 1))
            victims = [part for _ in range(rounds) for part in PARTS][:rounds]
            chance.shuffle(victims)
            for victim in victims:
                await asyncio.sleep(chance.uniform(0.2, fault(1.0, 2.0)))
                await toys.kill(parts[victim])
                parts[victim] = await start(victim, settings, listening)
            enough.set()
            answered = dict(zip(PEOPLE, await telling, strict=True))
            expected = {(p, n) for p, each in answered.items() for n in range(1, each + 1)}
            expected |= {(f"echo-{p}", n) for p, n in expected}
            for consumer in ("kafka", "own"):
                await until(toys.has_heard(store, consumer, len(expected)), 120)
            await asyncio.sleep(0.5)
        finally:
            for process in parts.values():
                await toys.kill(process)
            listening.close()
        fault.count(rounds, expected, await toys.heard(store, "kafka"), "consumer")
        fault.count(rounds, expected, await toys.heard(store, "own"), "projection")
