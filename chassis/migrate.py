"""Databases, roles and numbered migrations of a service; nothing happens when all is in place."""

import asyncio
import hashlib
import os
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import asyncpg

from chassis.settings import SERVICE_ROLE, Settings

KERNEL = Path(__file__).with_name("sql")
_CLOSE_S = 5.0
_LOCK = (0x4D4C, 1)  # two-integer form: the gate owns the one-integer form

_GRANTS = f"""
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {SERVICE_ROLE};
REVOKE UPDATE, DELETE, TRUNCATE ON event, seal FROM {SERVICE_ROLE};
REVOKE ALL ON migration FROM {SERVICE_ROLE};
GRANT SELECT ON migration TO {SERVICE_ROLE};
GRANT SELECT ON SEQUENCE event_position_seq TO {SERVICE_ROLE};
GRANT CREATE, USAGE ON SCHEMA public TO {SERVICE_ROLE};
"""


class MigrationChanged(Exception):
    """A migration that was applied differs from the file of that name."""


class RestoredWithoutSequence(Exception):
    """The position sequence lies behind the events: a restore left it out."""


async def ensure_database(settings: Settings, database: str, tables: str = "") -> None:
    """The database with its `tables`, and the services' role; several processes may ask at once."""
    server = await asyncpg.connect(settings.dsn("postgres"))
    try:
        await server.execute("SELECT pg_advisory_lock($1, $2)", *_LOCK)
        if not await server.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", SERVICE_ROLE):
            await server.execute(f"CREATE ROLE {SERVICE_ROLE}")
        await server.execute(f"GRANT {SERVICE_ROLE} TO CURRENT_USER")
        if not await server.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", database):
            await server.execute(f'CREATE DATABASE "{database}"')
        if tables:
            await _run(settings.dsn(database), tables)
    finally:
        await server.close()


async def _run(dsn: str, statements: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statements)
    finally:
        await connection.close()


async def migrate(settings: Settings, database: str, folders: Sequence[Path]) -> None:
    """Apply the numbered SQL files of the folders that this database has not seen, each whole.

    Raises MigrationChanged when an applied file was edited, RestoredWithoutSequence after a
    restore that would stall every reader.
    """
    await ensure_database(settings, database)
    connection = await asyncpg.connect(settings.dsn(database))
    try:
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1, $2)", *_LOCK)
            await connection.execute(
                "CREATE TABLE IF NOT EXISTS migration (name text PRIMARY KEY, sha256 text NOT NULL)"
            )
            for folder in folders:
                for file in sorted(folder.glob("[0-9]*.sql")):
                    await _apply(connection, f"{folder.parent.name}/{file.name}", file.read_text())
            await connection.execute(_GRANTS)
        # In this order: other processes may be writing, and an event follows its position.
        newest = await connection.fetchval("SELECT max(position) FROM event")
        last = await connection.fetchval("SELECT last_value FROM event_position_seq")
        if newest is not None and newest > last:
            raise RestoredWithoutSequence(f"sequence at {last}, newest event at {newest}")
    finally:
        await connection.close()


async def _apply(connection: asyncpg.Connection, name: str, text: str) -> None:
    digest = hashlib.sha256(text.encode()).hexdigest()
    applied = await connection.fetchval("SELECT sha256 FROM migration WHERE name = $1", name)
    if applied is None:
        await connection.execute(text)
        await connection.execute("INSERT INTO migration VALUES ($1, $2)", name, digest)
    elif applied != digest:
        raise MigrationChanged(f"{name} was applied with other contents: add a new migration")


class BoundedPool(asyncpg.Pool):
    """A pool that raises TimeoutError when no connection was free for `wait_s`."""

    def __init__(self, dsn: str, *, wait_s: float, **options: Any) -> None:
        super().__init__(dsn, **options)
        self._wait_s = wait_s

    def acquire(self, *, timeout: float | None = None) -> Any:
        return super().acquire(timeout=self._wait_s if timeout is None else timeout)


async def close_pool(pool: asyncpg.Pool) -> None:
    """Wait a while for connections in use, then end them: a stop must not hang on one."""
    try:
        async with asyncio.timeout(_CLOSE_S):
            await pool.close()
    except TimeoutError:
        pool.terminate()


async def open_pool(settings: Settings, database: str, role: str | None = None) -> asyncpg.Pool:
    """Connections in UTC that act as `role`, so that history cannot be changed by a mistake.

    A session's name tells the process, for whoever looks for it.
    """
    process = f"{os.getpid()}@{socket.gethostname()}"
    server_settings = {"timezone": "UTC", "application_name": f"{database} {process}"[:63]}
    if role:
        server_settings["role"] = role
    # A process that froze between gate and commit must not hold every reader back for ever.
    patience_ms = round(settings.idle_in_transaction_s * 1000)
    server_settings["idle_in_transaction_session_timeout"] = str(patience_ms)
    pool = BoundedPool(
        settings.dsn(database),
        wait_s=settings.pool_wait_s,
        min_size=1,
        max_size=settings.pool_size,
        max_queries=50_000,
        max_inactive_connection_lifetime=300.0,
        connection_class=asyncpg.Connection,
        record_class=asyncpg.Record,
        loop=None,
        command_timeout=60,
        server_settings=server_settings,
    )
    await pool
    return pool
