"""The local clock: real time plus an offset that only grows, kept in `<home>/clock`."""

import os
import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from chassis.clock import LOOK_S
from cli.platform import state
from cli.platform.errors import PlatformFailed

UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
MOST = timedelta(days=36_500)


def offset(home: Path) -> int:
    """Seconds that the local clock is ahead of real time."""
    try:
        return int((home / "clock").read_text())
    except FileNotFoundError:
        return 0
    except (OSError, ValueError) as error:
        raise PlatformFailed(
            f"{home / 'clock'} must hold a whole number of seconds; remove it to go by real time."
        ) from error


def now(home: Path) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=offset(home))


def step_seconds(text: str) -> int:
    """Seconds in a step such as +7d, +3h or +1d12h."""
    if not re.fullmatch(r"\+?(\d{1,9}[smhdw])+", text):
        raise PlatformFailed(
            f"{text!r} is not a step forward; write +7d, +3h, +30m or +1d12h "
            "(the clock never goes back)."
        )
    return sum(int(count) * UNITS[unit] for count, unit in re.findall(r"(\d+)([smhdw])", text))


def advance(home: Path, seconds: int) -> datetime:
    """Moves the clock forward and tells the resulting instant."""
    with state.only_one(home):
        ahead = offset(home) + seconds
        if seconds < 0 or timedelta(seconds=ahead) > MOST:
            raise PlatformFailed("the clock only moves forward, and at most 100 years.")
        part = home / f"clock.{os.getpid()}"
        part.write_text(str(ahead))
        part.replace(home / "clock")
        time.sleep(LOOK_S)  # then every process has seen it
    return now(home)
