"""Services whose stores are as full as the measured one: its database, copied under their names."""

from collections.abc import Callable, Sequence

import asyncpg

from benchmarks import workload
from chassis.relay import RELAY
from chassis.service import Service
from chassis.settings import Settings


async def fill(
    settings: Settings, events: int, services: Sequence[Service], progress: Callable[[str], None]
) -> None:
    """The services' databases, with so many events each."""
    async with workload.opened(settings) as store:
        await workload.fill(store, events, progress)
    await copy(settings, services)
    await drop(settings, "measured")


async def copy(settings: Settings, services: Sequence[Service]) -> None:
    """Nobody may be connected to the measured database.  What is copied counts as heard."""
    measured = await asyncpg.connect(settings.dsn(settings.database("measured")))
    await measured.execute("DROP SCHEMA IF EXISTS bare CASCADE")
    await measured.close()
    server = await asyncpg.connect(settings.dsn("postgres"))
    try:
        for service in services:
            await server.execute(
                f"""CREATE DATABASE "{settings.database(service.name)}"
                    TEMPLATE "{settings.database("measured")}" STRATEGY file_copy"""
            )
            await _heard(settings, service)
    finally:
        await server.close()


async def _heard(settings: Settings, service: Service) -> None:
    consumers = [consumer.id for consumer in service.consumers if consumer.source == "own"]
    connection = await asyncpg.connect(settings.dsn(settings.database(service.name)))
    try:
        await connection.execute("TRUNCATE checkpoint, kafka_offset, stream_version")
        await connection.execute(
            """INSERT INTO checkpoint (consumer, position)
               SELECT consumer, (SELECT max(position) FROM event)
               FROM unnest($1::text[]) AS consumer""",
            [RELAY, *consumers],
        )
    finally:
        await connection.close()


async def drop(settings: Settings, *names: str) -> None:
    server = await asyncpg.connect(settings.dsn("postgres"))
    try:
        for name in names:
            await server.execute(f'DROP DATABASE IF EXISTS "{settings.database(name)}"')
    finally:
        await server.close()
