"""The whole installation: every store, and every consumer of every store."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import asyncpg

from chassis.settings import Settings
from cli.proof.consumers import Applied, check_consumers, heads_applied
from cli.proof.history import Checked, check_store
from cli.proof.witness import kafka_witnesses
from cli.proof.witnessed import name_differences


async def verify(
    settings: Settings, services: Sequence[str], home: Path
) -> tuple[list[Checked], list[Applied]]:
    """Reads only; the services may go on meanwhile."""
    async with AsyncExitStack() as stack:
        open_ = {}
        for service in services:
            connection = await asyncpg.connect(
                settings.dsn(settings.database(service)), server_settings={"timezone": "UTC"}
            )
            stack.push_async_callback(connection.close)
            open_[service] = connection
        # Looked at first, so that no store can be behind what was applied of it.
        heads = {s: await heads_applied(open_[s]) for s in services}
        on_kafka = await kafka_witnesses(settings, open_)
        dsns = {s: settings.dsn(settings.database(s)) for s in services}
        stores = {s: await check_store(open_[s], s, home, on_kafka[s], dsns[s]) for s in services}
        applied = [
            one for s in services for one in await check_consumers(heads[s], s, stores, open_)
        ]
        if "audit" in open_:
            await name_differences(applied, open_["audit"], open_)
        return list(stores.values()), applied
