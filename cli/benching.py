"""The commands of `merit bench` that measure the kernel: one per benchmark, and the report."""

import json
import os
import secrets
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.console import Failed, say

if TYPE_CHECKING:
    from benchmarks.suite import Found
    from chassis.settings import Settings

SUITE = {
    "append": (
        "Appends a second, beside eventsourcing's and a naked insert of the same rows.",
        10_000,
    ),
    "read": ("Everything in order, decoded, beside eventsourcing's and a naked cursor.", 100_000),
    "load": ("Streams of 10, 100 and 1,000 events, beside eventsourcing's.", 10_000),
    "projection": ("A projection that catches up, beside eventsourcing's runner.", 50_000),
    "relay": ("From the store to Kafka, beside plain aiokafka.", 50_000),
    "consume": ("From Kafka to a read model, beside plain aiokafka.", 50_000),
    "verify": ("Hashes, chains and seals of a store, beside only reading it.", 1_000_000),
}
AsJson = Annotated[bool, typer.Option("--json", help="Only the line of JSON.")]


def add_to(group: typer.Typer) -> None:
    for name, (words, events) in SUITE.items():
        group.command(name, help=words)(_command(name, events))
    group.command("all")(everything)
    group.command()(scale)
    group.command()(capture)
    group.command()(report)


def _command(bench: str, default: int) -> Callable[..., None]:
    def command(
        events: Annotated[
            int, typer.Option(min=1_000, help="How many events the store holds.")
        ] = default,
        slices: Annotated[int, typer.Option(min=1, help="Measured in turn; medians of.")] = 5,
        peer: Annotated[bool, typer.Option(help="Measure the other library as well.")] = True,
        as_json: AsJson = False,
    ) -> None:
        _measure(bench, events, slices, peer=peer, as_json=as_json)

    return command


def _measure(bench: str, events: int, slices: int, *, peer: bool, as_json: bool) -> None:
    import uvloop

    from benchmarks import suite

    python = _peer() if peer else None
    keep = _keeper(events, slices, as_json=as_json)
    with servers_of_its_own() as settings:
        uvloop.run(suite.run([bench], suite.Asked(settings, events, slices, python, say), keep))


def _peer() -> Path:
    from benchmarks.peer import client
    from cli.platform import paths

    try:
        return client.install(paths.home(), say)
    except client.PeerMissing as missing:
        raise Failed(f"{missing}; `--no-peer` measures without it.") from missing


def _keeper(
    events: int | None, slices: int | None, *, as_json: bool
) -> "Callable[[str, Found], None]":
    """Records and shows what was found.  The machine's load is what it was before all of it."""
    from benchmarks import recording

    load = round(os.getloadavg()[0], 2)

    def keep(bench: str, found: "Found") -> None:
        conditions = recording.Conditions(events, slices, found.versions, load)
        recording.keep(recording.record(bench, found.rows, conditions))
        shown = recording.result(bench, found.rows)
        if not as_json:
            show(shown["rows"])
        print(json.dumps(shown))

    return keep


def everything(
    events: Annotated[int, typer.Option(min=50_000, help="In each store.")] = 1_000_000,
    slices: Annotated[int, typer.Option(min=1, help="Measured in turn; medians of.")] = 5,
    peer: Annotated[bool, typer.Option(help="Measure the other library as well.")] = True,
    as_json: AsJson = False,
) -> None:
    """All benchmarks, each in a store of that size, filled once."""
    import uvloop

    from benchmarks import capture as capturing
    from benchmarks import filled, suite
    from benchmarks import latency as waiting
    from benchmarks.suite import Found
    from feedback.app import SERVICE as FEEDBACK
    from goals.app import SERVICE as GOALS
    from people.app import SERVICE as PEOPLE

    python = _peer() if peer else None
    keep = _keeper(events, slices, as_json=as_json)
    with servers_of_its_own() as settings:
        asked = suite.Asked(settings, events, slices, python, say)
        uvloop.run(suite.run(suite.ALL, asked, keep))
        say("copying the store for feedback")
        uvloop.run(filled.drop(settings, "peer"))
        uvloop.run(filled.copy(settings, [FEEDBACK]))
        burst = capturing.Asked(64, 4, slices, say)
        keep("capture", Found(*uvloop.run(capturing.run(settings, burst))))
        say("copying the store for people and goals")
        uvloop.run(filled.drop(settings, "feedback"))
        uvloop.run(filled.copy(settings, [PEOPLE, GOALS]))
        with running(settings, ["people", "goals"]) as url:
            wanted = waiting.Wanted(waiting.for_seconds(20), rate=20)
            taken = uvloop.run(waiting.run(settings, url, wanted))
        keep("latency", Found(taken.rows(), {}))


@contextmanager
def running(settings: "Settings", names: Sequence[str] | None) -> Iterator[str]:
    """These services (None: all) on the servers of the settings; people's address."""
    from cli.platform import servers, services, state

    os.environ["MERIT_PREFIX"] = settings.prefix
    found = servers.Servers(settings.kafka, settings.postgres)
    try:
        services.start(settings.home, found, names or services.known(), lambda line: None)
        yield f"http://127.0.0.1:{state.read(settings.home).services['people'].port}"
    finally:
        services.stop(settings.home)


def scale(
    events: Annotated[
        int, typer.Option(min=10_000, help="In the larger store; the other has a tenth.")
    ] = 10_000_000,
    slices: Annotated[int, typer.Option(min=1, help="Measured in turn; medians of.")] = 5,
    as_json: AsJson = False,
) -> None:
    """Each rate in a large store, beside the same in one of a tenth of its size."""
    import uvloop

    from benchmarks import scale as scaling

    keep = _keeper(events, slices, as_json=as_json)
    with servers_of_its_own() as settings:
        keep("scale", uvloop.run(scaling.run(settings, events, slices, say)))


def capture(
    clients: Annotated[int, typer.Option(min=1, help="How many ask at once.")] = 64,
    seconds: Annotated[float, typer.Option(min=1, help="How long a slice takes.")] = 4,
    slices: Annotated[int, typer.Option(min=1, help="Measured in turn; medians of.")] = 5,
    events: Annotated[int, typer.Option(min=0, help="In the store before.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Feedback over HTTP until it is durable: in groups, beside one commit for each."""
    import uvloop

    from benchmarks import capture as capturing
    from benchmarks import filled
    from benchmarks.suite import Found
    from feedback.app import SERVICE as FEEDBACK

    keep = _keeper(events or None, slices, as_json=as_json)
    with servers_of_its_own() as settings:
        if events:
            say(f"filling a store with {events:,} events")
            uvloop.run(filled.fill(settings, events, [FEEDBACK], say))
        asked = capturing.Asked(clients, seconds, slices, say)
        keep("capture", Found(*uvloop.run(capturing.run(settings, asked))))


def show(rows: list[dict[str, Any]]) -> None:
    """The rows as a table: medians, and how many times the others' figures ours are."""
    from cli.output import print_table

    headings = ("", "ours", "peer", "ceiling", "", "÷ peer", "÷ ceiling", "lost")
    names = ("case", "ours", "peer", "ceiling", "unit", "ratio_peer", "ratio_ceiling", "lost")
    print_table(headings, [[_cell(row[name]) for name in names] for row in rows])


def _cell(value: object) -> object:
    return f"{value:,.0f}" if isinstance(value, float) and value >= 100 else value


def report() -> None:
    """Make docs/performance.md from the records."""
    from benchmarks import report as making

    say(f"wrote {making.write()}")


@contextmanager
def servers_of_its_own() -> "Iterator[Settings]":
    """PostgreSQL and Kafka in a folder that is gone afterwards; they write to disk as always."""
    from chassis.settings import Settings
    from cli.platform import servers

    home = Path(tempfile.mkdtemp(prefix="merit-bench-"))
    prefix = f"bench{secrets.token_hex(3)}"
    before = signal.signal(signal.SIGTERM, _leave)
    try:
        say("starting PostgreSQL and Kafka")
        found = servers.start(home)
        yield Settings(kafka=found.kafka, postgres=found.postgres, prefix=prefix, home=home)
    finally:
        servers.stop(home)
        servers.remove_data(home)
        shutil.rmtree(home, ignore_errors=True)
        signal.signal(signal.SIGTERM, before)


def _leave(*_: object) -> None:
    """By way of every `finally`: no server stays behind."""
    sys.exit(128 + signal.SIGTERM)
