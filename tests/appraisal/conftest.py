"""The service and its neighbours, running once for each module of tests."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from cli.platform.servers import Servers
from tests.appraisal.world import World, running


@pytest_asyncio.fixture(scope="module")
async def world(
    servers: Servers, prefix: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    async with running(servers, prefix, tmp_path_factory.mktemp("home")) as found:
        yield found
