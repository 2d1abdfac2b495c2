"""clock: the local platform's own time, which only moves forward."""

from typing import Annotated

import typer

from cli.console import console


def register(app: typer.Typer) -> None:
    # Without -h, so that `clock -3h` is answered by the clock and not by the help.
    options = {"ignore_unknown_options": True, "help_option_names": ["--help"]}
    app.command(context_settings=options)(clock)


def clock(
    step: Annotated[
        str | None, typer.Argument(metavar="[+7d|+3h|…]", help="How far to move it forward.")
    ] = None,
) -> None:
    """Show the platform's time, or move it forward."""
    from cli.platform import clock as local
    from cli.platform import paths

    home = paths.home()
    instant = local.advance(home, local.step_seconds(step)) if step else local.now(home)
    console().print(instant.isoformat(timespec="seconds"))
