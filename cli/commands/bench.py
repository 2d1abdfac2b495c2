"""bench: measure what the product costs in time, on a platform of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import benching
from cli.console import Failed, say

if TYPE_CHECKING:
    from chassis.settings import Settings

HEADINGS = ("", "count", "median", "p99", "worst")


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Measure, on a platform of its own.", no_args_is_help=True)
    group.command()(latency)
    benching.add_to(group)
    app.add_typer(group, name="bench")


def latency(
    seconds: Annotated[float, typer.Option(min=1, help="How long it measures.")] = 20,
    rate: Annotated[float, typer.Option(min=0, help="Commands a second besides.")] = 20,
    demo: Annotated[bool, typer.Option("--demo", help="While the demo runs, as its load.")] = False,
    events: Annotated[int, typer.Option(min=0, help="In each store before.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Only the line of JSON.")] = False,
) -> None:
    """Accepted command to visible in another service's read model, under load."""
    import asyncio

    from benchmarks import latency as measuring
    from benchmarks import recording
    from cli.output import print_table

    before = round(os.getloadavg()[0], 2)
    with platform_of_its_own(None if demo else ["people", "goals"], events) as (settings, url):
        if demo:
            say("measuring while the demo runs")
            with story(settings.home) as load:
                taken = asyncio.run(measuring.run_beside(settings, url, load))
                if load.wait() != 0:
                    raise Failed("the demo failed beside the measurement.")
        else:
            say(f"measuring for {seconds:.0f} s")
            wanted = measuring.Wanted(measuring.for_seconds(seconds), rate)
            taken = asyncio.run(measuring.run(settings, url, wanted))
    figures = taken.figures()
    if not as_json:
        print_table(HEADINGS, [_row(name, figures[key]) for key, name in ROWS.items()])
        print(f"milliseconds; {figures['load_commands_per_s']} commands a second of ours besides")
    rows = taken.rows()
    recording.keep(
        recording.record("latency", rows, recording.Conditions(events or None, load_before=before))
    )
    print(json.dumps(recording.result("latency", rows) | {"figures": figures}))


@contextmanager
def platform_of_its_own(
    names: Sequence[str] | None, events: int
) -> Iterator[tuple["Settings", str]]:
    """Servers and these services (None: all) in a folder that is gone afterwards; people's URL."""
    import asyncio

    from benchmarks import filled
    from goals.app import SERVICE as GOALS
    from people.app import SERVICE as PEOPLE

    with benching.servers_of_its_own() as settings:
        if events:
            say(f"filling two stores with {events:,} events")
            asyncio.run(filled.fill(settings, events, [PEOPLE, GOALS], say))
        with benching.running(settings, names) as url:
            yield settings, url


@contextmanager
def story(home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`merit demo` on the platform of this folder, as a process of its own."""
    environment = os.environ | {"MERIT_HOME": str(home)}
    command = [sys.executable, "-P", "-m", "cli", "demo"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.terminate()


ROWS = {
    "accepted_to_visible_ms": "accepted in people → visible in goals",
    "ceiling_ms": "the same payload through Kafka alone",
    "command_ms": "the command itself, to its answer",
    "load_command_ms": "the commands sent besides",
}


def _row(name: str, summary: dict[str, float]) -> list[str]:
    return [name, *(str(summary.get(key, "-")) for key in ("count", "p50", "p99", "max"))]
