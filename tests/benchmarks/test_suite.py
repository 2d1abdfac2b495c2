"""Each benchmark runs, loses nothing, and says what it found in the agreed shape."""

import json
from pathlib import Path

import pytest

from benchmarks import append, load, recording, report, suite
from benchmarks.measuring import Case, Row, Slice, measure
from benchmarks.peer import client
from benchmarks.recording import Conditions
from chassis.settings import Settings
from cli import benching
from cli.platform import paths
from cli.platform.servers import Servers

SHAPE = "case ours peer ceiling unit ratio_peer ratio_ceiling lost".split()


def small() -> Row:
    return Row("a case", "events/s", {"ours": [50.0, 200.0, 90.0], "ceiling": [100.0]}, lost=2)


def test_a_row_has_medians_and_ratios() -> None:
    assert small().as_json() == {
        "case": "a case",
        "ours": 90.0,
        "peer": None,
        "ceiling": 100.0,
        "unit": "events/s",
        "ratio_peer": None,
        "ratio_ceiling": 0.9,
        "lost": 2,
    }


@pytest.mark.asyncio
async def test_the_sides_take_turns() -> None:
    turns: list[tuple[str, int]] = []

    async def ours(number: int) -> Slice:
        turns.append(("ours", number))
        return Slice(10, 2.0, lost=1)

    async def ceiling(number: int) -> Slice:
        turns.append(("ceiling", number))
        return Slice(10, 1.0)

    row = await measure(Case("a case", ours, ceiling=ceiling), slices=2)
    assert turns == [("ours", 0), ("ceiling", 0), ("ours", 1), ("ceiling", 1)]
    assert row.as_json()["ratio_ceiling"] == 0.5
    assert row.lost == 2


def test_a_record_becomes_a_table_with_its_conditions(tmp_path: Path) -> None:
    found = recording.record("append", [small()], Conditions(1_000, 3, {}, 0.1))
    kept = json.loads(recording.keep(found, tmp_path).read_text())
    assert kept["samples"] == {"a case": {"ours": [50.0, 200.0, 90.0], "ceiling": [100.0]}}
    page = report.page(recording.kept(tmp_path))
    assert "| a case | 90 | – | 100 | events/s | – | 0.9 | 2 |" in page
    assert "1,000 events in the store; medians of 3 slices" in page


def test_the_page_is_made_from_the_records() -> None:
    assert report.PAGE.read_text() == report.page(recording.kept()), "run ./merit bench report"


def test_every_benchmark_is_a_command() -> None:
    assert list(benching.SUITE) == list(suite.BENCHMARKS)


@pytest.mark.integration
@pytest.mark.asyncio
@pytest.mark.parametrize("bench", list(suite.BENCHMARKS))
async def test_a_benchmark_loses_nothing(
    bench: str, servers: Servers, prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suite, "APPENDED", 32)
    monkeypatch.setattr(append, "CONNECTIONS", (1, 2))
    settings = Settings(
        postgres=servers.postgres, kafka=servers.kafka, prefix=prefix + bench, home=tmp_path
    )
    peer = client.environment(paths.home())
    monkeypatch.setattr(load, "SLICE", 1_000)
    asked = suite.Asked(settings, 2_200, 1, peer, lambda line: None)
    found: list[Row] = []
    await suite.run([bench], asked, lambda name, one: found.extend(one.rows))
    shown = recording.result(bench, found)
    assert shown["rows"]
    for row in shown["rows"]:
        assert list(row) == SHAPE
        assert row["ours"] > 0
        assert row["lost"] == 0, row["case"]
    if peer is None and bench in suite.HAVE_PEER:
        pytest.skip("ran, and lost nothing; without the peer: `./merit bench append` installs it")
