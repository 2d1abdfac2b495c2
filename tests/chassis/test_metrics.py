"""What an operator reads under /metrics once events have gone through."""

from dataclasses import replace

import pytest
from prometheus_client.parser import text_string_to_metric_families

from chassis.service import open_store, working
from chassis.settings import Settings
from chassis.web import create_app
from tests.chassis.edge import client
from tests.chassis.toy import SERVICE, count
from tests.observability.rules import metrics_named
from tests.support import until

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]
WATCHED = replace(
    SERVICE,
    name="watched",
    consumers=[
        replace(consumer, source=consumer.source.replace("toy", "watched"))
        for consumer in SERVICE.consumers
        if not consumer.react
    ],
)


def figures(text: str) -> dict[tuple[str, str], float]:
    """(figure, consumer) → value, of the service under test."""
    return {
        (sample.name, sample.labels.get("consumer", "")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.labels.get("service") == "watched"
    }


async def test_lag_relay_age_and_parked_keys_are_told(settings: Settings) -> None:
    consumers = [replace(c, source=c.source.replace("toy", "watched")) for c in WATCHED.consumers]
    watched = replace(WATCHED, consumers=consumers)
    async with (
        open_store(watched, settings) as opened,
        working(watched, opened, "all") as (store, _),
    ):
        app = create_app(watched, settings)
        app.state.store = store

        async def told() -> dict[tuple[str, str], float]:
            async with client(app, settings.home) as reader:
                return figures((await reader.get("/metrics")).text)

        async def shows(**wanted: float) -> bool:
            now = await told()
            return all(now.get((f"merit_{name}", "kafka.v1")) == v for name, v in wanted.items())

        await store.pool.execute("INSERT INTO poison VALUES (4)")
        for n in range(1, 4):
            await count(store, "ann", f"ann {n}", n)
        await until(lambda: shows(applied_events_total=3, lag_events=0, lag_seconds=0))
        await count(store, "ann", "ann 4", 4)
        await until(lambda: shows(parked_keys=1))
        now = await told()
        assert now["merit_applied_events_total", "own.v1"] == 4
        shown = {name for name, _ in now}
        of_the_worker = metrics_named() - {"merit_commands_total"}  # that one needs a request
        assert of_the_worker - shown == set()
        assert now["merit_lag_events", "own.v1"] == now["merit_lag_seconds", "own.v1"] == 0
        assert now["merit_relay_age_seconds", ""] == 0
        assert now["merit_position", ""] == await store.pool.fetchval(
            "SELECT max(position) FROM event"
        )
        assert now["merit_relay_led", ""] == 1
        assert now["merit_kafka_reached", ""] == 1
        assert now["merit_pool_size", ""] == settings.pool_size
        assert 0 < now["merit_pool_used", ""] <= settings.pool_size
        await store.pool.execute("DELETE FROM parked")
        await until(lambda: shows(parked_keys=0))
