"""The merit command: one typer app, filled by the modules in cli/commands."""

import importlib
import os
import pkgutil
import sys
import traceback
from pathlib import Path

import typer

from cli import commands
from cli.console import Failed

HELP = "Meritledger: an event-sourced system of record for performance and pay."


def build() -> typer.Typer:
    """The app with every command; each module in cli/commands offers `register(app)`."""
    app = typer.Typer(
        name="merit",
        help=HELP,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    for name in sorted(module.name for module in pkgutil.iter_modules(commands.__path__)):
        importlib.import_module(f"cli.commands.{name}").register(app)
    return app


def main() -> None:
    try:
        build()(prog_name="./merit")
    except Failed as failure:
        sys.exit(f"merit: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115  # the reader went away; that is its right
    except Exception as error:
        if os.environ.get("MERIT_DEBUG"):
            raise
        sys.exit(f"merit: {type(error).__name__}: {error} ({keep_trace()})")


def keep_trace() -> str:
    """Puts the traceback where a developer finds it, out of the person's sight."""
    from cli.platform.paths import home

    log = Path(home()) / "logs" / "merit.log"
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a") as file:
            traceback.print_exc(file=file)
    except OSError:
        return "set MERIT_DEBUG=1 for details"
    return f"details are in {log}"
