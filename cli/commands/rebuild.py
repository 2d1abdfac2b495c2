"""rebuild: make a read model again from history, beside the live one."""

from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import Failed
from cli.output import AsJson, print_json, print_table

if TYPE_CHECKING:
    from chassis.rebuild import Rebuilt

HEADINGS = ("table", "rows", "rebuilt", "equal")


def register(app: typer.Typer) -> None:
    app.command()(rebuild)


def rebuild(
    read_model: Annotated[
        str | None, typer.Argument(metavar="SERVICE.CONSUMER", help="As --list names it.")
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help="Show what can be rebuilt.")] = False,
    rollback: Annotated[
        bool, typer.Option("--rollback", help="Put back what the last rebuild took away.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Rebuild a read model from the first event; it is read as before until the exchange."""
    import asyncio

    from cli.replay import running

    if list_:
        _list(as_json)
        return
    if read_model is None:
        raise Failed("name what to rebuild, as `./merit rebuild --list` shows it")
    service, consumer = running.called(read_model)
    done = asyncio.run(running.again(running.here(), service, consumer, swap=True, back=rollback))
    if as_json:
        print_json(told(done))
        return
    print_table(HEADINGS, [(t.table, t.rows, t.rebuilt, t.equal) for t in done.tables])
    print(f"{done.events} events applied; {_outcome(done)}")


def _list(as_json: bool) -> None:
    from cli.replay import running

    rows = [(f"{s.name}.{c.name}", list(c.tables)) for s, c in running.read_models()]
    if as_json:
        print_json([{"name": name, "tables": tables} for name, tables in rows])
    else:
        print_table(("read model", "tables"), rows)


def _outcome(done: "Rebuilt") -> str:
    if not done.swapped:
        return "the live rows are equal and stay"
    return (
        "the live rows were exchanged; "
        f"`./merit rebuild {done.service}.{done.consumer} --rollback` takes it back"
    )


def told(done: "Rebuilt") -> dict[str, object]:
    return {
        "service": done.service,
        "consumer": done.consumer,
        "events": done.events,
        "swapped": done.swapped,
        "tables": [
            {"table": t.table, "rows": t.rows, "rebuilt": t.rebuilt, "equal": t.equal}
            for t in done.tables
        ],
    }
