"""The journey that all others are compared with, walked once a run."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from cli.demo.story import Told, tell
from cli.demo.world import local_world
from cli.platform.servers import Servers
from tests.journeys.platform import COMPANY, figures_of, platform, silent


@pytest.fixture(scope="session")
def undisturbed(
    servers: Servers, run_prefix_text: str, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """The figures of a cycle in which nothing happened to any service."""
    home = tmp_path_factory.mktemp("undisturbed")

    async def walk() -> Told:
        async with local_world(home) as world:
            return await tell(world, COMPANY, home, silent)

    with platform(servers, f"{run_prefix_text}u", home) as running:
        return figures_of(asyncio.run(walk()), running)


@pytest.fixture(scope="session")
def run_prefix_text() -> str:
    """What every database and topic of this run starts with, and a mark for journeys."""
    import os

    from tests.conftest import run_prefix

    return f"{run_prefix()}j{os.environ.get('PYTEST_XDIST_WORKER', '')}"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path
