"""`merit demo`: a whole cycle of an invented company, and what came of it."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from cli.demo.story import Told
    from cli.demo.world import World


def register(app: typer.Typer) -> None:
    app.command()(demo)


def demo(
    people: Annotated[int, typer.Option(min=40, max=5_000, help="How many work there.")] = 200,
    seed: Annotated[int, typer.Option(help="Another one, another company.")] = 1,
    down: Annotated[bool, typer.Option("--down", help="Stop the platform at the end.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="The summary as one JSON object, on the last line.")
    ] = False,
) -> None:
    """Run a cycle from the HR extract to acknowledged payroll lines, and say what happened."""
    import asyncio

    from cli.console import Failed, say
    from cli.demo import story, summary
    from cli.demo.world import Unexpected, local_world
    from cli.imports.company import company
    from cli.platform import paths, servers
    from cli.platform import services as running

    home = paths.home()
    start_platform(say)

    async def run() -> tuple[story.Told, list[str]]:
        async with local_world(home) as world:
            if await story.has_run_before(world):
                raise Failed("somebody is registered already; `./merit reset --yes` starts afresh.")
            folder = home / "demo"
            folder.mkdir(parents=True, exist_ok=True)
            told = await story.tell(world, company(people, seed), folder, say)
            return told, await explained(world, told)

    try:
        told, tree = asyncio.run(run())
    except Unexpected as problem:
        raise Failed(f"the demo stopped: {problem}") from None
    for line in summary.as_lines(told, home, tree):
        print(line)
    result = summary.as_json(told, home)
    if down:
        running.stop(home)
        servers.stop(home)
        say("down; the data is kept")
    if as_json:
        print(json.dumps(result))


def start_platform(say: Callable[[str], None]) -> None:
    """Servers and services, started where they do not run yet."""
    from cli.platform import paths, servers
    from cli.platform import services as running

    home = paths.home()
    say("starting PostgreSQL, Apache Kafka and the services")
    found = servers.start(home)
    running.start(home, found, running.chosen(None), say)


async def explained(world: "World", told: "Told") -> list[str]:
    """One bonus, from the amount down to the events."""
    from cli.client import connect
    from cli.commands.explain import lines_of
    from cli.demo.world import ADMIN
    from cli.people_names import Directory

    person = next(p for p in told.staff.planned if p.job not in ("pay-analyst", "auditor"))
    reader = told.staff.office("auditor")
    found = await world.read(reader, "compensation", f"/explain/bonus/{person.id}")
    title = f"Bonus of {person.name} ({person.employee_no}), explained"
    return list(lines_of(found, title, Directory(connect(ADMIN))))
