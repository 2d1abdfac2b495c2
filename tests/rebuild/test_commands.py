"""`replay --verify` names the read model with a wrong row, `rebuild` mends it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from chassis.service import open_store
from chassis.settings import Settings
from chassis.topics import ensure_topics
from cli.contracts.files import load_service, service_names
from cli.platform.servers import Servers

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]
ROOT = Path(__file__).parents[2]


@pytest_asyncio.fixture(scope="module")
async def settings(servers: Servers, prefix: str, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A platform with every service's database and topic, and no history."""
    home = tmp_path_factory.mktemp("home")
    found = Settings(postgres=servers.postgres, kafka=servers.kafka, prefix=prefix, home=home)
    await ensure_topics(found, service_names())
    for name in service_names():
        async with open_store(load_service(name), found):
            pass
    return found


def merit(settings: Settings, *words: str) -> tuple[int, Any]:
    environment = os.environ | {
        "MERIT_POSTGRES": settings.postgres,
        "MERIT_KAFKA": settings.kafka,
        "MERIT_PREFIX": settings.prefix,
        "MERIT_HOME": str(settings.home),
    }
    done = subprocess.run(
        [sys.executable, "-m", "cli", *words, "--json"],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        timeout=120,
    )
    return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr.decode()


async def test_a_wrong_row_is_named_and_mended(settings: Settings) -> None:
    async with open_store(load_service("goals"), settings) as store:
        await store.pool.execute(
            """INSERT INTO objective (objective, title, theme, unit, period_start, period_end)
               VALUES ('X', 'nobody set it', '', '', '2026-01-01', '2026-12-31')"""
        )
    code, answer = merit(settings, "replay", "--verify")
    wrong = [(t["service"], t["consumer"], t["table"]) for t in answer["tables"] if not t["equal"]]
    assert (code, wrong) == (1, [("goals", "objectives", "objective")])
    assert len(answer["tables"]) == sum(
        len(c.tables) for name in service_names() for c in load_service(name).consumers
    )
    assert {figure["kind"] for figure in answer["figures"]} == {"score", "merit", "bonus"}
    code, answer = merit(settings, "rebuild", "goals.objectives")
    assert (code, answer["swapped"]) == (0, True)
    code, answer = merit(settings, "replay", "--verify")
    assert (code, answer["equal"]) == (0, True)


async def test_an_unknown_read_model_is_refused_with_those_that_there_are(
    settings: Settings,
) -> None:
    code, words = merit(settings, "rebuild", "goals.plan")
    assert code == 1
    assert "goals.plans" in words
