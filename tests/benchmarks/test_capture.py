"""`bench capture` runs on real servers, and counts what is not there."""

from pathlib import Path
from uuid import uuid4

import pytest

from benchmarks.capture import Asked, lost_of, run
from chassis.settings import Settings
from cli.platform.servers import Servers

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]


async def test_both_ways_accept_and_lose_nothing(
    servers: Servers, prefix: str, tmp_path: Path
) -> None:
    settings = Settings(
        postgres=servers.postgres, kafka=servers.kafka, prefix=prefix, home=tmp_path
    )
    asked = Asked(clients=4, seconds=1.0, slices=1, progress=lambda line: None)
    ((row,), versions) = await run(settings, asked)
    found = row.as_json()
    assert found["case"] == "feedback over HTTP, 4 clients"
    assert found["lost"] == 0
    assert all(found[side] > 0 for side in ("ours", "peer", "ceiling"))
    assert "postgresql" in versions
    assert await lost_of(settings, [str(uuid4()), str(uuid4())]) == 2
