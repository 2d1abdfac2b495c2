"""bench: measure what the product costs in time, on a platform of its own."""

import json
import os
import shutil
from pathlib import Path
from typing import Annotated

import typer

from cli.console import say

HEADINGS = ("", "count", "median", "p99", "worst")


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Measure, on a platform of its own.", no_args_is_help=True)
    group.command()(latency)
    app.add_typer(group, name="bench")


def latency(
    seconds: Annotated[float, typer.Option(min=1, help="How long it measures.")] = 20,
    rate: Annotated[float, typer.Option(min=0, help="Commands a second besides.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Only the line of JSON.")] = False,
) -> None:
    """Accepted command to visible in another service's read model, under load."""
    import asyncio
    import secrets
    import tempfile

    from benchmarks import latency as measuring
    from chassis.settings import Settings
    from cli.output import print_table
    from cli.platform import servers, services, state

    home = Path(tempfile.mkdtemp(prefix="merit-bench-"))
    prefix = os.environ["MERIT_PREFIX"] = f"bench{secrets.token_hex(3)}"
    try:
        say("starting PostgreSQL, Kafka, people and goals")
        found = servers.start(home)
        services.start(home, found, ["people", "goals"], lambda line: None)
        say(f"measuring for {seconds:.0f} s")
        settings = Settings(kafka=found.kafka, postgres=found.postgres, prefix=prefix, home=home)
        url = f"http://127.0.0.1:{state.read(home).services['people'].port}"
        wanted = measuring.Wanted(seconds, rate)
        figures = asyncio.run(measuring.run(settings, url, wanted)).figures()
    finally:
        services.stop(home)
        servers.stop(home)
        shutil.rmtree(home, ignore_errors=True)
    if not as_json:
        print_table(HEADINGS, [_row(name, figures[key]) for key, name in ROWS.items()])
        print(f"milliseconds; {figures['load_commands_per_s']} commands a second besides")
    print(json.dumps(figures))


ROWS = {
    "accepted_to_visible_ms": "accepted in people → visible in goals",
    "ceiling_ms": "the same payload through Kafka alone",
    "command_ms": "the command itself, to its answer",
    "load_command_ms": "the commands sent besides",
}


def _row(name: str, summary: dict[str, float]) -> list[str]:
    return [name, *(str(summary.get(key, "-")) for key in ("count", "p50", "p99", "max"))]
