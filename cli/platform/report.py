"""What runs on a platform right now, for `merit status`."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import psutil

from cli.platform import processes, services, state
from cli.platform.kafka import live_brokers
from cli.platform.ports import HOST, answers
from cli.platform.processes import Process
from cli.platform.servers import given

SLOW_S = 2.0

Condition = Literal["ready", "not ready", "stopped", "died", "given"]


@dataclass(frozen=True, slots=True)
class Part:
    """One server or service; `died` was started and is gone without having been stopped."""

    name: str
    condition: Condition
    address: str
    pid: int | None = None
    memory_mb: int | None = None
    running_s: int | None = None

    def as_json(self) -> dict[str, object]:
        return asdict(self)

    def as_row(self) -> tuple[str, ...]:
        return (
            self.name,
            self.condition,
            self.address,
            "" if self.pid is None else str(self.pid),
            "" if self.memory_mb is None else f"{self.memory_mb} MB",
            "" if self.running_s is None else duration(self.running_s),
        )


def duration(seconds: int) -> str:
    hours, rest = divmod(seconds, 3_600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s"


def parts(home: Path) -> list[Part]:
    """The servers first, then the services by name."""
    known = state.read(home)
    theirs_kafka, theirs_postgres = given()
    with ThreadPoolExecutor(8) as pool:
        found = [
            pool.submit(_server, "postgres", known.postgres, theirs_postgres),
            pool.submit(_server, "kafka", known.kafka, theirs_kafka),
        ]
        names = sorted({*services.known(), *known.services})
        found += [pool.submit(_service, name, known.services.get(name)) for name in names]
        return [part.result() for part in found]


def _server(name: str, process: Process | None, theirs: str | None) -> Part:
    if theirs is not None:
        return Part(name, "given", theirs.rsplit("@", 1)[-1])
    if process is None:
        return Part(name, "stopped", "")
    ready = live_brokers(process.port) > 0 if name == "kafka" else answers(process.port)
    return _part(name, process, f"{HOST}:{process.port}", ready=ready)


def _service(name: str, process: Process | None) -> Part:
    if process is None:
        return Part(name, "stopped", "")
    at = f"http://{HOST}:{process.port}"
    return _part(name, process, at, ready=services.is_ready(process.port, SLOW_S))


def _part(name: str, process: Process, address: str, *, ready: bool) -> Part:
    if process.pid == 0:
        return Part(name, "stopped", address)
    if not processes.is_running(process):
        return Part(name, "died", address)
    try:
        top = psutil.Process(process.pid)
        memory = sum(_memory(one) for one in (top, *top.children(recursive=True)))
        seconds = round(time.time() - top.create_time())
    except psutil.NoSuchProcess:
        return Part(name, "died", address)
    condition: Condition = "ready" if ready else "not ready"
    return Part(name, condition, address, process.pid, memory // 2**20, seconds)


def _memory(process: psutil.Process) -> int:
    """Bytes that belong to the process alone, or its resident size where that is not told."""
    try:
        return int(process.memory_full_info().uss)
    except (psutil.Error, AttributeError):
        return int(process.memory_info().rss)
