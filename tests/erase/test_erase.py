"""Erasing a person: the texts can be read nowhere, and history is still whole."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx2
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from chassis.ids import person_id
from chassis.sealing import ERASED
from chassis.settings import Settings
from cli.platform.servers import Servers
from cli.proof.history import check_store
from people.app import SERVICE
from tests.people.served import Served, eventually, serving

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]

ADMIN, SECOND = "admin-1", "admin-2"
ZOE, ANN = person_id("71"), person_id("72")
TEXTS = ("Zoe Quillfeather", "moved to Ulan Bator")


def row(number: str, name: str, **more: object) -> dict[str, object]:
    place = {"unit": "sales", "entity": "US01", "job": "seller", "grade": "G3", "country": "US"}
    return {"employee_no": number, "name": name, "hired_on": "2020-01-01", **place, **more}


async def hired(people: Served) -> None:
    async def admins_are_known() -> bool:
        return (await people.get(ADMIN, "/roles")).status_code == 200

    await eventually(admins_are_known)
    left = {"left_on": "2025-06-30", "leave_reason": TEXTS[1]}
    rows = [row("71", TEXTS[0], **left), row("72", "Ann Lee")]
    body = {"as_of": "2026-03-01", "source": "test", "rows": rows}
    answer = await people.told(ADMIN, "/people/import", body)

    async def both_are_known() -> bool:
        paths = [f"/people/{person}" for person in (ZOE, ANN)]
        answers = [await people.get(ADMIN, path, after=answer["after"]) for path in paths]
        return all(answer.status_code == 200 for answer in answers)

    await eventually(both_are_known)


async def published(settings: Settings, count: int) -> bytes:
    """All that the topic holds, keys and headers too, once it holds that many records."""
    topic = settings.topic("people")
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka, auto_offset_reset="earliest")
    await consumer.start()
    try:
        parts = [TopicPartition(topic, n) for n in range(settings.partitions("people"))]
        consumer.assign(parts)
        await consumer.seek_to_beginning(*parts)
        found: list[bytes] = []

        async def all_there() -> bool:
            batches = await consumer.getmany(timeout_ms=100)
            found.extend(repr(r).encode() for batch in batches.values() for r in batch)
            return len(found) >= count

        await eventually(all_there)
    finally:
        await consumer.stop()
    return b"\n".join(found)


async def rows_of(settings: Settings) -> AsyncIterator[tuple[str, str]]:
    """Every row of every table in every database of the installation, as text."""
    server = await asyncpg.connect(settings.dsn("postgres"))
    like = settings.prefix.replace("_", r"\_") + r"\_%"
    names = await server.fetch("SELECT datname FROM pg_database WHERE datname LIKE $1", like)
    await server.close()
    assert len(names) >= 2
    for (name,) in names:
        connection = await asyncpg.connect(settings.dsn(name))
        try:
            tables = await connection.fetch(
                """SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
                   WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"""
            )
            for (table,) in tables:
                for (text,) in await connection.fetch(f"SELECT t::text FROM {table} t"):
                    yield f"{name} {table}", text
        finally:
            await connection.close()


async def secret_of(settings: Settings, person: str) -> bytes | None:
    connection = await asyncpg.connect(settings.dsn(settings.database("keys")))
    try:
        query = "SELECT secret FROM person_key WHERE person = $1"
        found: bytes | None = await connection.fetchval(query, person)
        return found
    finally:
        await connection.close()


async def test_an_erased_person_can_be_read_nowhere(
    servers: Servers, prefix: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(
        postgres=servers.postgres, kafka=servers.kafka, prefix=prefix, home=tmp_path
    )
    async with serving(SERVICE, settings) as people:
        await hired(people)
        secret = await secret_of(settings, ZOE)
        assert secret is not None
        path = f"/people/{ZOE}/erasure"
        await people.told(ADMIN, f"{path}/propose", {"reason": "requested_by_person"})
        assert await secret_of(settings, ZOE) == secret, "a proposal destroys nothing"
        accepted = await people.post(SECOND, f"{path}/confirm", None, "one-key-7")
        assert accepted.status_code == 200, accepted.text
        first = accepted.json()
        assert first["events"] == 1
        assert (await people.post(SECOND, f"{path}/confirm", None, "one-key-7")).json() == first
        assert (await people.told(ADMIN, f"{path}/confirm", None))["events"] == 0

        assert await secret_of(settings, ZOE) is None
        shown = (await people.get(ADMIN, f"/people/{ZOE}", after=first["after"])).json()
        assert shown["name"] == ERASED
        assert (await people.get(ADMIN, f"/people/{ANN}")).json()["name"] == "Ann Lee"
        history = (await people.get(ADMIN, f"/history/{ZOE}")).text
        places = {"history": history, "topic": repr(await published(settings, 9))}
        await look(settings, secret, places)
        connection = await asyncpg.connect(
            settings.dsn(settings.database("people")), server_settings={"timezone": "UTC"}
        )
        checked = await check_store(connection, "people", tmp_path)
        await connection.close()
        assert checked.faults == []
        assert checked.events == await people.events()
    logs = "".join(capfd.readouterr())
    files = [f.read_bytes().decode(errors="replace") for f in tmp_path.rglob("*") if f.is_file()]
    assert not [text for text in TEXTS for place in (logs, *files) if text in place]


async def look(settings: Settings, secret: bytes, places: dict[str, str]) -> None:
    """Neither a text, in plain or in hexadecimal, nor the key is in any place or table."""
    wanted = [*TEXTS, *(text.encode().hex() for text in TEXTS), secret.hex()]
    wanted += [json.dumps(text)[1:-1] for text in TEXTS]
    rows = 0
    found = [place for place, text in places.items() if any(w in text for w in wanted)]
    async for place, text in rows_of(settings):
        rows += 1
        found += [place for w in wanted if w in text]
    assert found == []
    assert rows > 20


async def test_only_two_administrators_erase(servers: Servers, prefix: str, tmp_path: Path) -> None:
    settings = Settings(
        postgres=servers.postgres, kafka=servers.kafka, prefix=f"{prefix}b", home=tmp_path
    )
    async with serving(SERVICE, settings) as people:
        await hired(people)
        path, body = f"/people/{ANN}/erasure", {"reason": "requested_by_person"}
        assert (await people.post(ANN, f"{path}/propose", body)).status_code == 403
        assert (await people.post(ANN, f"{path}/confirm", None)).status_code == 403
        told = {"reason": "because Ann said so"}
        assert (await people.post(ADMIN, f"{path}/propose", told)).status_code == 422
        refused = await people.post(SECOND, f"{path}/confirm", None)
        assert (refused.status_code, rule(refused)) == (409, "erasure-was-not-proposed")
        proposed = await people.told(ADMIN, f"{path}/propose", body)
        refused = await people.post(ADMIN, f"{path}/confirm", None)
        assert (refused.status_code, rule(refused)) == (409, "erasure-needs-a-second-person")
        assert await secret_of(settings, ANN) is not None
        waiting = {
            admin: (await people.get(admin, "/todo", person=admin, after=proposed["after"])).json()
            for admin in (ADMIN, SECOND)
        }
        assert [item["command"] for item in waiting[ADMIN]["items"]] == []
        [item] = waiting[SECOND]["items"]
        assert (item["command"], item["arguments"]) == ("people.confirm_erasure", {"person": ANN})
        done = await people.told(SECOND, f"{path}/confirm", None)
        left = await people.get(SECOND, "/todo", person=SECOND, after=done["after"])
        assert left.json()["items"] == []
        assert await secret_of(settings, ANN) is None


def rule(answer: httpx2.Response) -> str:
    return str(answer.json()["type"]).rpartition(":")[2]
