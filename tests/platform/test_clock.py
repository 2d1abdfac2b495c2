"""The local clock moves forward only, by steps that a person can write."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chassis.clock import LOOK_S, local_clock
from cli.platform import clock
from cli.platform.errors import PlatformFailed


@pytest.mark.parametrize(
    ("step", "seconds"),
    [("+7d", 604_800), ("+3h", 10_800), ("90m", 5_400), ("+1d12h", 129_600), ("+2w", 1_209_600)],
)
def test_a_step_is_read(step: str, seconds: int) -> None:
    assert clock.step_seconds(step) == seconds


@pytest.mark.parametrize("step", ["-3h", "7", "d", "+", "+7y", "", "+7d -1h", "+1.5h"])
def test_anything_else_is_refused(step: str) -> None:
    with pytest.raises(PlatformFailed, match="not a step forward"):
        clock.step_seconds(step)


def test_steps_add_up(tmp_path: Path) -> None:
    clock.advance(tmp_path, 3_600)
    instant = clock.advance(tmp_path, 86_400)
    assert (tmp_path / "clock").read_text() == "90000"
    assert abs(instant - datetime.now(UTC) - timedelta(seconds=90_000)) < timedelta(seconds=5)


def test_services_see_each_step_at_once_and_never_go_back(tmp_path: Path) -> None:
    told = local_clock(tmp_path)
    assert abs(told() - datetime.now(UTC)) < timedelta(seconds=5)
    for days in range(1, 20):
        clock.advance(tmp_path, 86_400)
        ahead = told()
        assert abs(ahead - datetime.now(UTC) - timedelta(days=days)) < timedelta(seconds=5)
    (tmp_path / "clock").unlink()
    time.sleep(LOOK_S)
    assert told() == ahead


@pytest.mark.parametrize("seconds", [-1, 10**10])
def test_it_never_goes_back_nor_beyond_a_century(tmp_path: Path, seconds: int) -> None:
    clock.advance(tmp_path, 60)
    with pytest.raises(PlatformFailed, match="forward"):
        clock.advance(tmp_path, seconds)
    assert clock.offset(tmp_path) == 60


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "clock").write_text("soon")
    with pytest.raises(PlatformFailed, match="whole number of seconds"):
        clock.now(tmp_path)
