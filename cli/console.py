"""How the merit command talks: one sentence for a failure, plain lines otherwise."""

import functools
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


class Failed(Exception):
    """What went wrong and what to do, in one sentence; main prints it and exits with 1."""


@functools.cache
def console() -> "Console":
    """Where results go: standard output."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=True)


def say(text: str) -> None:
    """A line of progress on standard error, so that results can be piped."""
    print(text, file=sys.stderr, flush=True)
