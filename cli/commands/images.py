"""`merit images`: build the container images of deploy/images."""

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    app.command()(images)


def images(
    only: Annotated[str | None, typer.Argument(help="postgres, kafka or service.")] = None,
) -> None:
    """Build the container images: PostgreSQL, Kafka, and one for every service."""
    import time

    from cli.console import Failed, say
    from cli.platform import containers
    from cli.platform.images import NAMES, build, tag

    if only is not None and only not in NAMES:
        raise Failed(f"there is no image {only!r}; there are {', '.join(NAMES)}.")
    with containers.connected() as docker:
        for name in [only] if only else NAMES:
            began = time.monotonic()
            build(docker, name, say)
            say(f"{tag(name)} is built after {time.monotonic() - began:.1f} s")
