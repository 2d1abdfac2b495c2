"""The benchmarks measure what they say."""

from pathlib import Path

import pytest

from benchmarks.latency import Taken, Wanted, for_seconds, run, summary
from chassis.settings import Settings
from cli.platform import state
from cli.platform.servers import Servers
from tests.journeys.platform import platform


def test_a_summary_says_the_middle_and_the_end_of_the_tail() -> None:
    found = summary([float(n) for n in range(1, 101)])
    assert found == {"count": 100, "p50": 50.5, "p99": 99.01, "max": 100.0}


def test_too_few_values_have_no_percentiles() -> None:
    assert summary([3.0]) == {"count": 1}
    assert Taken().figures()["load_commands_per_s"] == 0.0


def test_latency_has_rows_like_every_benchmark() -> None:
    taken = Taken(visible=[4.0, 6.0, 11.0], ceiling=[2.0, 3.0, 4.0])
    median, tail = (row.as_json() for row in taken.rows())
    assert (median["ours"], median["ceiling"], median["ratio_ceiling"]) == (6.0, 3.0, 2.0)
    assert (tail["ours"], tail["unit"], tail["lost"]) == (10.9, "ms", 0)


@pytest.mark.journey
@pytest.mark.asyncio
async def test_a_command_is_followed_from_people_to_goals(
    servers: Servers, prefix: str, tmp_path: Path
) -> None:
    with platform(servers, prefix, tmp_path, ["people", "goals"]):
        url = f"http://127.0.0.1:{state.read(tmp_path).services['people'].port}"
        settings = Settings(
            kafka=servers.kafka, postgres=servers.postgres, prefix=prefix, home=tmp_path
        )
        figures = (await run(settings, url, Wanted(for_seconds(1), rate=8))).figures()
    assert figures["accepted_to_visible_ms"]["p50"] > 0
    assert figures["ceiling_ms"]["count"] == figures["accepted_to_visible_ms"]["count"]
    assert figures["load_command_ms"]["count"] > 0
