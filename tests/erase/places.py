"""Every place where a text could lie: databases, topics, files."""

import json
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from pathlib import Path

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from chassis.sealing import PersonKey, is_sealed, key_id_of, unseal
from chassis.settings import Settings


async def key_of(settings: Settings, person: str) -> PersonKey | None:
    connection = await asyncpg.connect(settings.dsn(settings.database("keys")))
    try:
        row = await connection.fetchrow(
            "SELECT id, secret FROM person_key WHERE person = $1 AND secret IS NOT NULL", person
        )
    finally:
        await connection.close()
    return PersonKey(row["id"], row["secret"]) if row else None


async def texts_under(key: PersonKey, settings: Settings, service: str) -> set[str]:
    """In plain, what a service's events hold under this key."""
    connection = await asyncpg.connect(settings.dsn(settings.database(service)))
    try:
        rows = await connection.fetch(
            "SELECT data FROM event WHERE data::text LIKE $1", f"%{key.id}%"
        )
    finally:
        await connection.close()
    sealed = {text for row in rows for text in _strings(json.loads(row["data"]))}
    return {unseal(t, key) for t in sealed if is_sealed(t) and key_id_of(t) == key.id} - {""}


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part)


async def databases(settings: Settings) -> list[str]:
    server = await asyncpg.connect(settings.dsn("postgres"))
    try:
        rows = await server.fetch(
            "SELECT datname FROM pg_database WHERE starts_with(datname, $1) ORDER BY datname",
            f"{settings.prefix}_",
        )
    finally:
        await server.close()
    return [row["datname"] for row in rows]


async def rows_of(settings: Settings, database: str) -> AsyncIterator[tuple[str, str]]:
    """(table, row as text) of every table; bytes come in hexadecimal."""
    connection = await asyncpg.connect(settings.dsn(database))
    try:
        tables = await connection.fetch(
            """SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
               WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"""
        )
        for (table,) in tables:
            async with connection.transaction():
                async for (text,) in connection.cursor(f"SELECT t::text FROM {table} t"):
                    yield f"{database} {table}", text
    finally:
        await connection.close()


async def records_of(settings: Settings) -> AsyncIterator[tuple[str, bytes]]:
    """(topic, everything of a record) of every topic of the installation."""
    kafka = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka, group_id=None, enable_auto_commit=False
    )
    parts = await _partitions(settings)
    await kafka.start()
    try:
        kafka.assign(parts)
        await kafka.seek_to_beginning(*parts)
        ends = await kafka.end_offsets(parts)
        while any([await kafka.position(part) < end for part, end in ends.items()]):
            for part, records in (await kafka.getmany(timeout_ms=500)).items():
                for record in records:
                    headers = b"".join(n.encode() + (v or b"") for n, v in record.headers)
                    yield part.topic, (record.key or b"") + headers + (record.value or b"")
    finally:
        await kafka.stop()


async def _partitions(settings: Settings) -> list[TopicPartition]:
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    await admin.start()
    try:
        ours = [t for t in await admin.list_topics() if t.startswith(f"{settings.prefix}.")]
        return [
            TopicPartition(topic["topic"], part["partition"])
            for topic in await admin.describe_topics(sorted(ours))
            for part in topic["partitions"]
        ]
    finally:
        await admin.close()


def files_of(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file below the folder: logs, kept seals, what the services wrote."""
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            yield str(file.relative_to(folder)), file.read_bytes()


class Wanted:
    """Texts in the forms in which they could lie somewhere."""

    def __init__(self, texts: Iterable[str], secret: bytes) -> None:
        forms = {form for text in texts for form in (text, json.dumps(text)[1:-1])}
        self._bytes = {form.encode() for form in forms} | {secret}
        self._texts = forms | {form.hex() for form in self._bytes}

    def in_text(self, text: str) -> list[str]:
        return [form for form in self._texts if form in text]

    def in_bytes(self, content: bytes) -> list[bytes]:
        return [form for form in self._bytes if form in content]
