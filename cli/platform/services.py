"""The services of a platform: processes of their own, found in services/*."""

import http.client
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cli.platform import ports, processes, state
from cli.platform.errors import PlatformFailed
from cli.platform.paths import ROOT
from cli.platform.processes import Process
from cli.platform.servers import Servers

# Where a service answers unless another program has the port.
PORTS = {
    "portal": 8400,
    "people": 8401,
    "goals": 8402,
    "feedback": 8403,
    "appraisal": 8404,
    "compensation": 8405,
    "payroll": 8406,
    "learning": 8407,
    "audit": 8408,
}
PATIENCE_S = 120.0
Tell = Callable[[str], None]


def known() -> list[str]:
    """The services of this clone that can be started."""
    return sorted(path.parent.name for path in ROOT.glob("services/*/*/app.py") if _own(path))


def _own(app: Path) -> bool:
    return app.parent.name == app.parent.parent.name


def chosen(names: str | None) -> list[str]:
    """The services named in a comma list, all of them without one."""
    found = known()
    wanted = [name.strip() for name in names.split(",")] if names else found
    for name in wanted:
        if name not in found:
            raise PlatformFailed(
                f"there is no service {name!r}; there are {', '.join(found) or 'none yet'}."
            )
    return wanted


def environment(home: Path, servers: Servers, port: int) -> dict[str, str]:
    """What a service's process is told (chassis/settings.py reads it)."""
    return {
        **os.environ,
        "MERIT_POSTGRES": servers.postgres,
        "MERIT_KAFKA": servers.kafka,
        "MERIT_PREFIX": os.environ.get("MERIT_PREFIX") or "merit",
        "MERIT_HOME": str(home),
        "MERIT_PORT": str(port),
        "PYTHONUNBUFFERED": "1",
    }


def command(name: str, role: str) -> list[str]:
    return [sys.executable, "-P", "-m", f"{name}.app", "--role", role]


def start(home: Path, servers: Servers, names: Sequence[str], tell: Tell) -> None:
    """Starts the named services that do not run, and waits until each of them is ready."""
    with state.only_one(home):
        known_state = state.read(home)
        for name in names:
            before = known_state.services.get(name)
            if processes.is_running(before):
                continue
            with _listening(name, before, tell) as held:
                port: int = held.getsockname()[1]
                process = processes.spawn(
                    command(name, "all"),
                    port=port,
                    log=log_of(home, name),
                    folder=ROOT,
                    environment=environment(home, servers, port)
                    | {"MERIT_LISTEN_FD": str(held.fileno())},
                    pass_fds=[held.fileno()],
                )
            known_state = known_state.with_service(name, process)
            state.write(home, known_state)
    wait_ready(home, {name: known_state.services[name] for name in names}, tell)


def _listening(name: str, before: Process | None, tell: Tell) -> socket.socket:
    """The socket that the service answers on, taken here so that nobody else can."""
    usual = before.port if before else PORTS.get(name)
    held = ports.claim(usual)
    port = held.getsockname()[1]
    if usual and port != usual:
        tell(f"port {usual} is taken by another program, {name} uses {port}")
    return held


def wait_ready(home: Path, waiting: dict[str, Process], tell: Tell) -> None:
    """Waits for all of them; raises with the last log lines of the first that dies."""
    began = time.monotonic()
    left = dict(waiting)
    while left:
        for name, process in list(left.items()):
            if is_ready(process.port):
                del left[name]
                tell(f"{name} is ready at http://{ports.HOST}:{process.port}")
            elif not processes.is_running(process):
                raise PlatformFailed(f"{name} stopped while starting; {last_words(home, name)}")
        if left and time.monotonic() - began > PATIENCE_S:
            name = min(left)
            raise PlatformFailed(
                f"{name} is not ready after {PATIENCE_S:.0f} s; {last_words(home, name)}"
            )
        if left:
            time.sleep(0.1)


def last_words(home: Path, name: str) -> str:
    lines = processes.last_lines(log_of(home, name))
    if not lines:
        return f"its log {log_of(home, name)} is empty."
    return f"the end of {log_of(home, name)}:\n" + "\n".join(f"  {line}" for line in lines)


def is_ready(port: int, timeout_s: float = 5.0) -> bool:
    """Whether the service at `port` says that it is ready."""
    connection = http.client.HTTPConnection(ports.HOST, port, timeout=timeout_s)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def stop(home: Path, names: Sequence[str] | None = None) -> list[str]:
    """Stops the named services, or all of them; tells which were running."""
    with state.only_one(home), ThreadPoolExecutor(4) as pool:
        known_state = state.read(home)
        wanted = known_state.services if names is None else names
        running = [name for name in wanted if processes.is_running(known_state.services.get(name))]
        list(
            pool.map(
                lambda name: processes.stop(known_state.services[name], signal.SIGTERM), running
            )
        )
        for name in running:
            known_state = known_state.with_service(name, known_state.services[name].stopped())
        state.write(home, known_state)
    return running


def log_of(home: Path, name: str) -> Path:
    return home / "logs" / f"{name}.log"
