"""test: everything that CI runs, stage by stage."""

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    app.command("test")(check_and_test)


def check_and_test(
    unit: Annotated[bool, typer.Option("--unit", help="What needs no server.")] = False,
    integration: Annotated[bool, typer.Option("--integration", help="What needs one.")] = False,
    journeys: Annotated[bool, typer.Option("--journeys", help="Several services.")] = False,
    faults: Annotated[
        bool, typer.Option("--faults", help="Kills, restarts; the long way.")
    ] = False,
    expression: Annotated[str | None, typer.Option("-k", help="Only tests that match.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="The last line is the table of faults, for programs.")
    ] = False,
) -> None:
    """Check style, types and structure, then run the tests; without a kind, all of them."""
    from cli.checks import Wanted, run

    kinds = {"unit": unit, "integration": integration, "journey": journeys, "fault": faults}
    wanted = Wanted(tuple(kind for kind, on in kinds.items() if on), expression, as_json)
    raise typer.Exit(run(wanted))
