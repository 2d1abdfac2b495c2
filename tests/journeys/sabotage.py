"""Services killed (kill -9) and started again while a journey goes on."""

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from cli.platform import services
from tests.journeys.platform import Platform

_BETWEEN_S = 1.0


@dataclass(frozen=True)
class Strike:
    """Which service dies how long after the story came to a stage."""

    stage: str
    service: str
    after_s: float


class Saboteur:
    """Kills services when the story comes to a stage, and starts them again."""

    def __init__(self, running: Platform, strikes: Sequence[Strike]) -> None:
        self.running = running
        self.strikes = strikes
        self.killed: list[str] = []
        self.threads: list[threading.Thread] = []
        self.one_at_a_time = threading.Lock()

    def hear(self, line: str) -> None:
        for strike in self.strikes:
            if strike.stage == line.strip(" …"):
                thread = threading.Thread(target=self.carry_out, args=[strike])
                thread.start()
                self.threads.append(thread)

    def carry_out(self, strike: Strike) -> None:
        time.sleep(strike.after_s)
        with self.one_at_a_time:
            self.running.kill(strike.service)
            self.killed.append(strike.service)
            self.running.start([strike.service])

    def finish(self) -> None:
        for thread in self.threads:
            thread.join(180)


@contextmanager
def each_killed_once(running: Platform, late: Sequence[str] = ()) -> Iterator[None]:
    """Starts the late services one by one, then kills and starts every service once.

    What is inside the block must last longer than that: kills that come after it prove nothing.
    """
    killed: list[str] = []

    def strike() -> None:
        for name in late:
            running.start([name])
        # A service is ready again only when Kafka gave up on its dead predecessor, so the next
        # one is not waited for.
        with ThreadPoolExecutor() as starting:
            for name in services.known():
                time.sleep(_BETWEEN_S)
                running.kill(name)
                killed.append(name)
                starting.submit(running.start, [name])

    thread = threading.Thread(target=strike)
    thread.start()
    try:
        yield
        assert killed == services.known(), "each was killed before the journey's end"
    finally:
        thread.join(300)
