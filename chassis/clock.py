"""The one clock of the business.  Timeouts and backoff use the monotonic clock instead."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

Clock = Callable[[], datetime]


def local_clock(home: Path) -> Clock:
    """Now, plus the seconds in `<home>/clock`, read at each call; never goes back."""
    offset_file = home / "clock"
    latest = datetime.min.replace(tzinfo=UTC)

    def now() -> datetime:
        nonlocal latest
        try:
            offset_s = int(offset_file.read_text())
        except (FileNotFoundError, ValueError):
            offset_s = 0
        latest = max(latest, datetime.now(UTC) + timedelta(seconds=offset_s))
        return latest

    return now
