"""What rebuild and replay run on: the services' declarations and the platform's servers."""

import sys
import time
from dataclasses import dataclass, field

from chassis.feeds import HistoryIsShort
from chassis.rebuild import NothingKept, RebuildRuns, Rebuilt, rebuild
from chassis.record import Consumer
from chassis.service import Service
from chassis.settings import Settings
from cli.console import Failed
from cli.contracts.files import load_service, service_names
from cli.platform import paths, servers

REFUSED = (NothingKept, RebuildRuns, HistoryIsShort)


def here() -> Settings:
    """The platform of this home, which must be running."""
    home = paths.home()
    found = servers.addresses(home)
    return Settings(postgres=found.postgres, kafka=found.kafka, home=home)


def read_models() -> list[tuple[Service, Consumer]]:
    """Every consumer that feeds tables."""
    services = [load_service(name) for name in service_names()]
    return [(service, c) for service in services for c in service.consumers if c.tables]


def called(name: str) -> tuple[Service, Consumer]:
    """`goals.plans`.  Failed with those that there are when there is none of that name."""
    for service, consumer in read_models():
        if name == f"{service.name}.{consumer.name}":
            return service, consumer
    known = ", ".join(f"{service.name}.{consumer.name}" for service, consumer in read_models())
    raise Failed(f"there is no read model {name}; there are: {known}")


@dataclass
class Line:
    """One line on a terminal's standard error that tells how far it is; nothing elsewhere."""

    name: str
    started: float = field(default_factory=time.monotonic)
    told: float = 0.0

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if not sys.stderr.isatty() or (now - self.told < 0.2 and done < total):
            return
        self.told = now
        left = (now - self.started) * (total - done) / done if done else 0.0
        share = 100 * done // total if total else 100
        text = f"{self.name}: {done:,} of {total:,} ({share} %), {left:.0f} s left"
        print(f"\r{text:<78}", end="\n" if done >= total else "", file=sys.stderr, flush=True)


async def again(
    settings: Settings,
    service: Service,
    consumer: Consumer,
    *,
    swap: bool,
    back: bool = False,
) -> Rebuilt:
    """A rebuild that says how far it is, and in one sentence why it cannot."""
    name = f"{service.name}.{consumer.name}"
    try:
        progress = Line(name)
        return await rebuild(service, settings, consumer, swap=swap, back=back, progress=progress)
    except REFUSED as refusal:
        raise Failed(f"{name} was not rebuilt: {refusal}") from None
