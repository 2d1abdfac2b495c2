"""The one clock of the business.  Timeouts and backoff use the monotonic clock instead."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

Clock = Callable[[], datetime]


def local_clock(home: Path) -> Clock:
    """Now, plus the seconds in `<home>/clock`, looked at in each call; never goes back."""
    offset_file = home / "clock"
    latest = datetime.min.replace(tzinfo=UTC)
    seen: tuple[int, int] | None = None
    offset = timedelta()

    def now() -> datetime:
        nonlocal latest, seen, offset
        try:
            status = os.stat(offset_file)
            changed = (status.st_ino, status.st_mtime_ns)
            if changed != seen:
                offset, seen = timedelta(seconds=int(offset_file.read_text())), changed
        except (FileNotFoundError, ValueError):
            offset, seen = timedelta(), None
        latest = max(latest, datetime.now(UTC) + offset)
        return latest

    return now
