"""Whether a large store is as fast as a small one: cases of the other benchmarks, in turn."""

from collections.abc import Callable
from contextlib import AsyncExitStack

from benchmarks import append, suite, workload
from benchmarks.measuring import Case, measure_all
from chassis.service import spare_the_collector
from chassis.settings import Settings
from chassis.store import Store

TIMES = 10
# Consume wants a topic that nobody else filled.  Those that add events come last: the others take
# the store's last stretch by its size.
BENCHES = ("read", "projection", "consume", "relay", "load", "append")


async def run(
    settings: Settings, events: int, slices: int, progress: Callable[[str], None]
) -> suite.Found:
    """ours: with so many events in the store.  ceiling: with a tenth of them."""
    rows = []
    async with AsyncExitStack() as stack:
        stores: list[tuple[Store, suite.Asked]] = []
        for size in (events, events // TIMES):
            own = settings.model_copy(update={"prefix": f"{settings.prefix}x{size}"})
            store = await stack.enter_async_context(workload.opened(own))
            progress(f"filling a store with {size:,} events")
            await workload.fill(store, size, progress)
            stores.append((store, suite.Asked(own, size, slices, None, progress)))
        spare_the_collector()
        for bench in BENCHES:
            large, small = [await _cases(bench, asked, store) for store, asked in stores]
            both = [
                Case(f"{bench}: {one.name}", one.ours, ceiling=other.ours, unit=one.unit)
                for one, other in zip(large, small, strict=True)
            ]
            rows += await measure_all(both, slices, progress)
        server: str = await stores[0][0].pool.fetchval("SHOW server_version")
    return suite.Found(rows, {"postgresql": server})


async def _cases(bench: str, asked: suite.Asked, store: Store) -> list[Case]:
    found = await suite.BENCHMARKS[bench](asked, store, None)
    return [case for case in found if bench != "append" or case.name.endswith(append.WHOLE)]
