"""How long until another service sees an accepted command, while others send commands too.

People is told of a new employee; goals keeps who has which job.  Measured from people's answer
to the row in goals' own table, over the relay, Kafka and goals' consumer.  In turn with it, the
same payload through the same Kafka with a bare producer and consumer: what no relay could beat.
"""

import asyncio
import json
import statistics
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import httpx2
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from benchmarks.measuring import Row
from chassis.auth import issue_token
from chassis.clock import local_clock
from chassis.ids import person_id
from chassis.settings import Settings
from chassis.topics import ensure_topics

PATIENCE_S = 30.0
TOPIC = "probes"  # of the bare way, which nobody else writes to
_POLL_S = 0.001
_CLIENTS = 8
_WARM_UP = 10


@dataclass(frozen=True)
class Wanted:
    """going_on: whether it measures yet.  rate: commands a second that we send besides."""

    going_on: Callable[[], bool]
    rate: float


def for_seconds(seconds: float) -> Callable[[], bool]:
    """True for that long from the first question on."""
    ends: list[float] = []

    def going_on() -> bool:
        now = time.perf_counter()
        ends.extend([] if ends else [now + seconds])
        return now < ends[0]

    return going_on


@dataclass
class Taken:
    """Milliseconds of each probe, and what was going on meanwhile."""

    command: list[float] = field(default_factory=list)
    visible: list[float] = field(default_factory=list)
    ceiling: list[float] = field(default_factory=list)
    load: list[float] = field(default_factory=list)
    seconds: float = 0.0

    def rows(self) -> list[Row]:
        """Median and 99th percentile as every benchmark gives its rows; less is better here."""
        name = "accepted in people → visible in goals"
        medians = {"ours": self.visible, "ceiling": self.ceiling}
        tails = {side: [summary(found).get("p99", 0.0)] for side, found in medians.items()}
        return [
            Row(f"{name}, median", "ms", medians, lower_is_better=True),
            Row(f"{name}, 99th percentile", "ms", tails, lower_is_better=True),
        ]

    def figures(self) -> dict[str, Any]:
        rate = round(len(self.load) / self.seconds, 1) if self.seconds else 0.0
        return {
            "accepted_to_visible_ms": summary(self.visible),
            "ceiling_ms": summary(self.ceiling),
            "command_ms": summary(self.command),
            "load_command_ms": summary(self.load),
            "load_commands_per_s": rate,
            "seconds": round(self.seconds, 1),
        }


def summary(values: Sequence[float]) -> dict[str, float]:
    """Count, median, 99th percentile and the worst."""
    if len(values) < 2:
        return {"count": len(values)}
    p99 = statistics.quantiles(values, n=100, method="inclusive")[98]
    found = {"p50": statistics.median(values), "p99": p99, "max": max(values)}
    return {"count": len(values)} | {name: round(value, 2) for name, value in found.items()}


def employee(number: str) -> dict[str, object]:
    """A row as an extract has it."""
    return {
        "employee_no": number,
        "name": f"Employee {number}",
        "hired_on": "2026-01-01",
        "unit": "production",
        "entity": "US01",
        "job": "technician",
        "grade": "G2",
        "location": "Boston",
        "country": "US",
        "annual": {"minor": 5_680_000, "currency": "USD"},
    }


@dataclass(frozen=True)
class Bench:
    """The ends of the way: people's API, goals' database, and Kafka between them."""

    people: httpx2.AsyncClient
    goals: asyncpg.Connection
    producer: AIOKafkaProducer
    consumer: AIOKafkaConsumer
    topic: str
    token: Callable[[], str]

    async def register(self, number: str) -> float:
        """One command; how many milliseconds its answer took."""
        # A new token each time: the demo moves the clock by months, and a token lives an hour.
        headers = {"Idempotency-Key": number, "Authorization": f"Bearer {self.token()}"}
        began = time.perf_counter()
        answer = await self.people.post("/people", json=employee(number), headers=headers)
        answer.raise_for_status()
        return (time.perf_counter() - began) * 1000

    async def seen(self, number: str) -> float:
        """How many milliseconds from now until goals knows the employee's job."""
        began, person = time.perf_counter(), person_id(number)
        while not await self.goals.fetchval("SELECT 1 FROM employment WHERE person = $1", person):
            if time.perf_counter() - began > PATIENCE_S:
                raise TimeoutError(f"goals has not heard of the employee for {PATIENCE_S:.0f} s")
            await asyncio.sleep(_POLL_S)
        return (time.perf_counter() - began) * 1000

    async def bare(self, number: str) -> float:
        """How many milliseconds the same payload takes through Kafka and nothing else."""
        payload = json.dumps(employee(number)).encode()
        began = time.perf_counter()
        await self.producer.send(self.topic, value=payload, key=number.encode())
        async with asyncio.timeout(PATIENCE_S):
            record = await self.consumer.getone()
        assert record.key == number.encode(), "nobody else writes to this topic"
        return (time.perf_counter() - began) * 1000


@asynccontextmanager
async def opened(settings: Settings, people_url: str) -> AsyncIterator[Bench]:
    """Both ends, connected; the topic of the bare way has as many partitions as a service's."""
    clock, topic = local_clock(settings.home), settings.topic(TOPIC)

    def token() -> str:
        return issue_token(settings.home, settings.admins[0], clock())

    async with AsyncExitStack() as stack:
        people = await stack.enter_async_context(
            httpx2.AsyncClient(base_url=people_url, timeout=PATIENCE_S)
        )
        goals = await asyncpg.connect(settings.dsn(settings.database("goals")))
        stack.push_async_callback(goals.close)
        await ensure_topics(settings, [TOPIC])
        producer = AIOKafkaProducer(
            bootstrap_servers=settings.kafka, acks="all", enable_idempotence=True
        )
        consumer = AIOKafkaConsumer(
            topic, bootstrap_servers=settings.kafka, auto_offset_reset="earliest"
        )
        await producer.start()
        stack.push_async_callback(producer.stop)
        await consumer.start()
        stack.push_async_callback(consumer.stop)
        yield Bench(people, goals, producer, consumer, topic, token)


async def measure(bench: Bench, wanted: Wanted) -> Taken:
    """Probe after probe while the load runs; the first few only warm things up."""
    for n in range(_WARM_UP):
        await bench.register(f"warm-{n}")
        await bench.seen(f"warm-{n}")
        await bench.bare(f"warm-{n}")
    taken, began = Taken(), time.perf_counter()
    async with asyncio.TaskGroup() as group:
        others = [
            group.create_task(_load(bench, n, wanted.rate, taken))
            for n in range(_CLIENTS if wanted.rate else 0)
        ]
        while wanted.going_on():
            number = f"probe-{len(taken.visible)}"
            taken.command.append(await bench.register(number))
            taken.visible.append(await bench.seen(number))
            taken.ceiling.append(await bench.bare(number))
        taken.seconds = time.perf_counter() - began
        for other in others:
            other.cancel()
    return taken


async def _load(bench: Bench, client: int, rate: float, taken: Taken) -> None:
    """One of the clients, in turn with the others; each waits for its answer, so none pile up."""
    following, sent = time.perf_counter() + client / rate, 0
    while True:
        taken.load.append(await bench.register(f"load-{client}-{sent}"))
        sent += 1
        following += _CLIENTS / rate
        await asyncio.sleep(max(0.0, following - time.perf_counter()))


async def run(settings: Settings, people_url: str, wanted: Wanted) -> Taken:
    """Measure on people and goals as they run with these settings."""
    async with opened(settings, people_url) as bench:
        return await measure(bench, wanted)


async def run_beside(settings: Settings, people_url: str, load: subprocess.Popen[bytes]) -> Taken:
    """Measure from the first employee that the load registers until it ends."""
    async with opened(settings, people_url) as bench:
        while not await bench.goals.fetchval("SELECT count(*) FROM employment"):
            if load.poll() is not None:
                raise RuntimeError("the load ended before it registered anybody")
            await asyncio.sleep(0.05)
        return await measure(bench, Wanted(lambda: load.poll() is None, rate=0))
