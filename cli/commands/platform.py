"""up, down, status, logs, reset, serve: the local platform."""

import json
import os
import shutil
from pathlib import Path
from typing import Annotated

import typer

from cli.console import Failed, console, say

Services = Annotated[
    str | None, typer.Option("--services", metavar="A,B", help="Only these services.")
]


def register(app: typer.Typer) -> None:
    for command in (up, down, status, logs, reset, serve):
        app.command()(command)


def up(services: Services = None) -> None:
    """Start PostgreSQL, Kafka and the services, each a process of its own."""
    import time

    from cli.platform import paths, servers
    from cli.platform import services as running

    home, began = paths.home(), time.monotonic()
    names = running.chosen(services)
    say("starting PostgreSQL and Apache Kafka")
    found = servers.start(home)
    say(f"servers are ready after {time.monotonic() - began:.1f} s: {found.postgres} {found.kafka}")
    running.start(home, found, names, say)
    say(f"up after {time.monotonic() - began:.1f} s; `./merit status` shows it")


def down() -> None:
    """Stop the services and the servers; the data is kept."""
    from cli.platform import paths, servers
    from cli.platform import services as running

    home = paths.home()
    for name in running.stop(home):
        say(f"{name} stopped")
    servers.stop(home)
    say("down; the data is kept")


def status(
    consumers: Annotated[
        bool, typer.Option("--consumers", help="Those that are level, too.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show what runs, how far each service and its consumers are, and what to look at."""
    from cli import standing
    from cli.client import connect
    from cli.people_names import ADMINS
    from cli.platform import paths
    from cli.platform.report import parts

    found = parts(paths.home())
    told = standing.ask(connect(ADMINS[0]), found)
    if as_json:
        print(json.dumps(standing.as_json(found, told)))
    else:
        standing.show(found, told, every_consumer=consumers)


def logs(
    service: Annotated[str | None, typer.Argument(help="All of them without one.")] = None,
    lines: Annotated[int, typer.Option("-n", "--lines", min=1, help="How many each.")] = 40,
) -> None:
    """Show the last lines of the logs."""
    from cli.platform import paths
    from cli.platform.processes import last_lines

    folder = paths.home() / "logs"
    found = sorted(folder.glob("*.log"))
    if service is not None:
        found = [log for log in found if log.stem == service]
        if not found:
            there = ", ".join(sorted(log.stem for log in folder.glob("*.log"))) or "none yet"
            raise Failed(f"there is no log of {service!r} in {folder}; there are: {there}.")
    for log in found:
        if service is None:
            console().print(f"== {log.stem} ==", style="bold", markup=False)
        for line in last_lines(log, lines):
            print(line)


def reset(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Stop everything and remove its data: databases, topics, clock, payroll files, kept seals."""
    from cli.platform import paths, servers
    from cli.platform import services as running

    home = paths.home()
    if any(servers.given()):
        raise Failed(
            "reset removes the embedded servers' data only; MERIT_KAFKA or MERIT_POSTGRES names "
            "servers of your own, whose databases and topics are yours to drop."
        )
    if not yes and not typer.confirm(f"Remove all data of the platform in {home}?"):
        raise Failed("nothing was removed.")
    running.stop(home)
    servers.stop(home)
    servers.remove_data(home)
    (home / "clock").unlink(missing_ok=True)
    # Files of a history that is gone would be taken for those of the next one.
    for made in ("outbox", "seals", "demo"):
        shutil.rmtree(home / made, ignore_errors=True)
    for log in (home / "logs").glob("*.log"):
        log.unlink(missing_ok=True)
    say("removed; `./merit up` starts afresh")


def serve(
    service: Annotated[str, typer.Argument(help="Which service.")],
    role: Annotated[str, typer.Option(help="api, worker or all.")] = "all",
    port: Annotated[int | None, typer.Option(min=1, max=65_535, help="Where it answers.")] = None,
) -> None:
    """Run one service, or one role of it, in this terminal."""
    from cli.platform import paths, ports, servers
    from cli.platform import services as running

    [name] = running.chosen(service) if "," not in service else [service]
    if role not in ("api", "worker", "all"):
        raise Failed(f"the role is api, worker or all, not {role!r}.")
    if port is not None and not ports.is_free(port):
        raise Failed(f"port {port} is taken by another program; choose another with --port.")
    home: Path = paths.home()
    found = servers.addresses(home)
    answers_at = port or ports.choose(running.PORTS.get(name))
    say(f"{name} ({role}) at http://{ports.HOST}:{answers_at}; Ctrl-C stops it")
    command = running.command(name, role)
    os.chdir(paths.ROOT)
    os.execve(command[0], command, running.environment(home, found, answers_at))
