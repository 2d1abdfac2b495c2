"""The embedded platform for real: it keeps data between runs and leaves no process behind."""

import asyncio
import subprocess
import sys
import time
from pathlib import Path

import asyncpg
import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from cli.platform import postgres, servers, state
from cli.platform.servers import Servers

pytestmark = pytest.mark.integration


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("MERIT_KAFKA", raising=False)
    monkeypatch.delenv("MERIT_POSTGRES", raising=False)
    monkeypatch.delenv("MERIT_PLATFORM", raising=False)
    return tmp_path / "home"


def test_a_platform_keeps_its_data_between_runs_and_leaves_no_process(home: Path) -> None:
    try:
        first = servers.start(home, throwaway=True)
        asyncio.run(put(first))
        assert servers.start(home) == first, "a running platform is used as it is"
        pids = running_pids(home)
        servers.stop(home)
        assert [pid for pid in pids if psutil.pid_exists(pid)] == []

        second = servers.start(home, throwaway=True)
        assert second == first, "the ports are remembered"
        assert asyncio.run(get(second)) == (42, b"kept")
    finally:
        servers.stop(home)
        postgres.remove_data(home)


def test_a_start_that_was_killed_is_taken_up_by_the_next(home: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from cli.platform import servers; "
        "servers.start(Path(sys.argv[1]), throwaway=True)"
    )
    try:
        first = subprocess.Popen([sys.executable, "-P", "-c", program, str(home)])
        until = time.monotonic() + 30
        while state.read(home).kafka is None or state.read(home).postgres is None:
            assert time.monotonic() < until, "the servers were not spawned"
            time.sleep(0.01)
        first.kill()
        first.wait(timeout=10)
        pids = running_pids(home)
        servers.start(home, throwaway=True)
        assert running_pids(home)[:2] == pids[:2]
    finally:
        servers.stop(home)
        postgres.remove_data(home)


def running_pids(home: Path) -> list[int]:
    known = state.read(home)
    assert known.kafka is not None
    assert known.postgres is not None
    parents = [known.kafka.pid, known.postgres.pid]
    children = [child.pid for pid in parents for child in psutil.Process(pid).children(True)]
    return parents + children


async def put(at: Servers) -> None:
    connection = await asyncpg.connect(f"{at.postgres}/postgres")
    await connection.execute("create table kept as select 42 as answer")
    await connection.close()
    admin = AIOKafkaAdminClient(bootstrap_servers=at.kafka)
    await admin.start()
    await admin.create_topics([NewTopic("kept", 1, 1)])
    await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=at.kafka, enable_idempotence=True)
    await producer.start()
    await producer.send_and_wait("kept", b"kept")
    await producer.stop()


async def get(at: Servers) -> tuple[int, bytes | None]:
    connection = await asyncpg.connect(f"{at.postgres}/postgres")
    answer = int(await connection.fetchval("select answer from kept"))
    await connection.close()
    consumer = AIOKafkaConsumer(bootstrap_servers=at.kafka, auto_offset_reset="earliest")
    await consumer.start()
    consumer.assign([TopicPartition("kept", 0)])
    record = await asyncio.wait_for(consumer.getone(), 10)
    await consumer.stop()
    value: bytes | None = record.value
    return answer, value
