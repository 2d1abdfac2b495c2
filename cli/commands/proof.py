"""seal, verify, export: prove that history is as it was recorded."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.output import AsJson, print_json

if TYPE_CHECKING:
    from chassis.settings import Settings
    from cli.proof.consumers import Applied
    from cli.proof.history import Checked


def register(app: typer.Typer) -> None:
    app.command()(verify)
    exports = typer.Typer(help="Write histories for others to check.", no_args_is_help=True)
    exports.command("history")(export_history)
    app.add_typer(exports, name="export")


def local_settings() -> "tuple[Settings, Path]":
    """The running platform's servers, and its home."""
    import os

    from chassis.settings import Settings
    from cli.platform import paths, servers

    home = paths.home()
    found = servers.addresses(home)
    prefix = os.environ.get("MERIT_PREFIX") or "merit"
    return Settings(postgres=found.postgres, kafka=found.kafka, prefix=prefix, home=home), home


def verify(as_json: AsJson = False) -> None:
    """Check every chain, every seal, and that every consumer applied what the stores hold."""
    from dataclasses import asdict

    import uvloop

    from chassis.service import spare_the_collector
    from cli.platform import services
    from cli.proof.verify import verify as check

    settings, home = local_settings()
    spare_the_collector()
    stores, applied = uvloop.run(check(settings, services.known(), home))
    if as_json:
        told = [{k: v for k, v in asdict(s).items() if k != "heads"} for s in stores]
        print_json({"stores": told, "consumers": [asdict(one) for one in applied]})
    else:
        for line in lines_of(stores, applied):
            print(line)
    if any(s.faults for s in stores) or any(a.faults for a in applied):
        raise typer.Exit(1)


def lines_of(stores: "list[Checked]", applied: "list[Applied]") -> list[str]:
    lines = [f"{'store':<14}{'events':>8}{'streams':>9}{'seals':>7}{'sealed':>8}{'on Kafka':>10}"]
    for s in stores:
        counts = f"{s.events:>8}{s.streams:>9}{s.seals:>7}{s.sealed:>8}{s.published:>10}"
        lines.append(f"{s.service:<14}{counts}")
    behind = sum(one.behind for one in applied)
    count = sum(one.applied for one in applied)
    lines.append(f"{len(applied)} consumers applied {count} events, {behind} to come")
    faults = [f"{s.service}: {fault}" for s in stores for fault in s.faults]
    faults += [f"{a.service}, {a.consumer}: {fault}" for a in applied for fault in a.faults]
    return [*lines, *(faults or ["everything is as it was recorded"])]


def export_history(
    folder: Annotated[Path, typer.Argument(help="Where the files go, one a service.")],
) -> None:
    """Write every service's history with its seals, for tools/verify_history.py."""
    import asyncio

    settings, home = local_settings()
    folder.mkdir(parents=True, exist_ok=True)
    for line in asyncio.run(_export_all(settings, home, folder)):
        print(line)


async def _export_all(settings: "Settings", home: Path, folder: Path) -> list[str]:
    import asyncpg

    from cli.platform import services
    from cli.proof.export import export_history as export

    lines = []
    for name in services.known():
        file = folder / f"{name}.jsonl"
        database = settings.dsn(settings.database(name))
        connection = await asyncpg.connect(database, server_settings={"timezone": "UTC"})
        try:
            lines.append(f"{file}  {await export(connection, name, home, file)} events")
        finally:
            await connection.close()
    return lines
