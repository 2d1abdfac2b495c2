"""The benchmarks by name, and how one is run on servers that are there."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks import append, consume, load, projection, read, relay, verify, workload
from benchmarks.measuring import Case, Row, measure_all
from benchmarks.peer import client
from benchmarks.peer.client import Peer
from chassis.service import spare_the_collector
from chassis.settings import Settings
from chassis.store import Store

APPENDED = 1_000  # events that a slice of append adds
# All on one store: verify wants it as it was filled, consume a topic that nobody else filled, and
# load and append add events.
ALL = ("verify", "read", "projection", "consume", "relay", "load", "append")


@dataclass(frozen=True)
class Asked:
    """events: in the store before anything is measured.  peer: its Python, or there is none."""

    settings: Settings
    events: int
    slices: int
    peer: Path | None
    progress: Callable[[str], None]


@dataclass(frozen=True)
class Found:
    rows: list[Row]
    versions: dict[str, str]


Cases = Callable[[Asked, Store, Peer | None], Awaitable[list[Case]]]


async def _append(asked: Asked, store: Store, peer: Peer | None) -> list[Case]:
    return append.cases(await append.prepared(store, APPENDED), peer)


async def _read(asked: Asked, store: Store, peer: Peer | None) -> list[Case]:
    first = await read.position_after(store, 0)
    return read.cases(store, peer, asked.events, asked.slices, first)


async def _load(asked: Asked, store: Store, peer: Peer | None) -> list[Case]:
    return await load.cases(store, peer)


async def _projection(asked: Asked, store: Store, peer: Peer | None) -> list[Case]:
    return await projection.cases(store, peer, asked.events)


async def _relay(asked: Asked, store: Store, peer: Peer | None) -> list[Case]:
    return await relay.cases(store, asked.events)


async def _consume(asked: Asked, store: Store, peer: Peer | None) -> list[Case]:
    return await consume.cases(store, asked.events)


async def _verify(asked: Asked, store: Store, peer: Peer | None) -> list[Case]:
    return await verify.cases(store, asked.events, await read.position_after(store, 0))


BENCHMARKS: Mapping[str, Cases] = {
    "append": _append,
    "read": _read,
    "load": _load,
    "projection": _projection,
    "relay": _relay,
    "consume": _consume,
    "verify": _verify,
}
HAVE_PEER = ("append", "read", "load", "projection")


async def run(benches: Sequence[str], asked: Asked, found: Callable[[str, Found], None]) -> None:
    """Benchmarks on one database of ours and one of the peer's, each with as many events."""
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(workload.opened(asked.settings))
        peer = None
        if asked.peer is not None and set(benches) & set(HAVE_PEER):
            peer = await stack.enter_async_context(client.started(asked.settings, asked.peer))
            asked.progress(f"filling the peer's store with {asked.events:,} events")
            await peer.fill(asked.events, workload.PER_STREAM)
        asked.progress(f"filling our store with {asked.events:,} events")
        await workload.fill(store, asked.events, asked.progress)
        server: str = await store.pool.fetchval("SHOW server_version")
        for bench in benches:
            other = peer if bench in HAVE_PEER else None
            cases = await BENCHMARKS[bench](asked, store, other)
            spare_the_collector()  # as a service's process does when it has started
            rows = await measure_all(cases, asked.slices, asked.progress)
            found(bench, Found(rows, {"postgresql": server, **(other.versions if other else {})}))
