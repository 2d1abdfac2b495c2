"""The benchmarks by name, and how one is run on servers that are there."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks import append, workload
from benchmarks.measuring import Row, measure_all
from benchmarks.peer import client
from benchmarks.peer.client import Peer
from chassis.settings import Settings
from chassis.store import Store


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


Run = Callable[[Asked, Store, Peer | None], Awaitable[list[Row]]]


async def _append(asked: Asked, store: Store, peer: Peer | None) -> list[Row]:
    await workload.fill(store, asked.events, asked.progress)
    if peer:
        await peer.ask("fill", events=min(asked.events, PEER_EVENTS), per_stream=10)
    async with append.prepared(store, APPENDED) as ready:
        return await measure_all(append.cases(ready, peer), asked.slices, asked.progress)


APPENDED = 1_000
PEER_EVENTS = 100_000
BENCHMARKS: Mapping[str, Run] = {"append": _append}


async def run(bench: str, asked: Asked) -> Found:
    """One benchmark in databases of its own, with the peer if there is one."""
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(workload.opened(asked.settings))
        peer = None
        if asked.peer is not None:
            peer = await stack.enter_async_context(client.started(asked.settings, asked.peer))
        rows = await BENCHMARKS[bench](asked, store, peer)
        server: str = await store.pool.fetchval("SHOW server_version")
        versions = {"postgresql": server, **(peer.versions if peer else {})}
    return Found(rows, versions)
