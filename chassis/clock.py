"""The one clock of the business.  Timeouts and backoff use the monotonic clock instead."""

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

LOOK_S = 0.05  # a step is seen within that time: whoever makes it waits so long
Clock = Callable[[], datetime]


def local_clock(home: Path) -> Clock:
    """Now, plus the seconds in `<home>/clock`, looked at again after LOOK_S; never goes back."""
    offset_file = home / "clock"
    latest = datetime.min.replace(tzinfo=UTC)
    seen: tuple[int, int] | None = None
    offset = timedelta()
    looked = -LOOK_S

    def look() -> None:
        nonlocal seen, offset
        try:
            status = os.stat(offset_file)
            changed = (status.st_ino, status.st_mtime_ns)
            if changed != seen:
                offset, seen = timedelta(seconds=int(offset_file.read_text())), changed
        except (FileNotFoundError, ValueError):
            offset, seen = timedelta(), None

    def now() -> datetime:
        nonlocal latest, looked
        if (instant := time.monotonic()) - looked >= LOOK_S:
            look()
            looked = instant
        latest = max(latest, datetime.now(UTC) + offset)
        return latest

    return now
