"""What tests of several folders do alike."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

from chassis.gate import TRANSIENT


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 60) -> None:
    """Poll until it holds, also while the database is away; a test that waits has a limit."""
    deadline = time.monotonic() + seconds
    while True:
        with suppress(*TRANSIENT):
            if await condition():
                return
        assert time.monotonic() < deadline, "not in time"
        await asyncio.sleep(0.02)
