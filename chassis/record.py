"""An event as a consumer gets it, whether from the own store or from Kafka."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from pydantic import BaseModel

from chassis.codec import Registry, instant_text
from chassis.ids import derived_id
from chassis.store import Connection, Context, Store

Headers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Record:
    """One event with its envelope.

    `event` is the domain's dataclass when the source is the own store, the consumer's own model
    when it comes from another service, and None for a type that the consumer does not read.
    `headers` and `data` are as published, to park them unchanged.
    """

    position: int
    stream: UUID
    version: int
    id: UUID
    type: str
    schema_version: int
    subject: str | None
    key: str
    actor: str
    effective_at: datetime
    recorded_at: datetime
    correlation: UUID | None
    causation: UUID | None
    previous_hash: bytes
    hash: bytes
    event: Any
    headers: Headers = field(repr=False)
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Undecodable:
    """A record that this consumer cannot read, with what could be made out of it."""

    key: str
    stream: UUID | None
    version: int | None
    position: int | None
    error: str
    headers: Headers = field(repr=False)
    data: bytes = field(repr=False)


Apply = Callable[[Connection, Sequence[Record]], Awaitable[None]]
React = Callable[[Store, Record], Awaitable[None]]


@dataclass(frozen=True)
class Consumer:
    """A projection, a reaction, or a projection whose tables a reaction then reads.

    source: "own" or the name of the service whose topic it hears.
    models: for a topic, the stored names it reads and the fields it needs of them.
    apply: writes read-model tables, set-based, in the transaction of the checkpoint.
    react: runs after `apply` has committed, executes commands under `reaction_context` keys.
    tables: the read-model tables that `apply` feeds, and nothing else does.
    Raising the version makes it a consumer of its own that hears everything from the start.
    """

    name: str
    version: int
    source: str
    models: Mapping[str, type[BaseModel]] = field(default_factory=dict)
    apply: Apply | None = None
    react: React | None = None
    tables: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return f"{self.name}.v{self.version}"


def reaction_context(store: Store, record: Record, purpose: str) -> Context:
    """The context of a command that this record causes; the same one when it is heard again."""
    return Context(
        actor=f"system:{store.service}",
        at=store.clock(),
        key=str(derived_id(record.id, purpose)),
        correlation=record.correlation or record.id,
        causation=record.id,
    )


def headers_of(row: asyncpg.Record, service: str) -> dict[str, str]:
    """CloudEvents 1.0 binary-mode attributes of a stored event, with our extensions."""
    meta = orjson.loads(row["meta"])
    headers = {
        "ce_specversion": "1.0",
        "ce_id": str(row["id"]),
        "ce_type": row["type"],
        "ce_source": f"merit/{service}",
        "ce_subject": row["subject"] or "",
        "ce_time": instant_text(row["recorded_at"]),
        "ce_effectivetime": instant_text(row["effective_at"]),
        "ce_schemaversion": str(row["schema_version"]),
        "ce_position": str(row["position"]),
        "ce_stream": str(row["stream"]),
        "ce_version": str(row["version"]),
        "ce_previoushash": row["previous_hash"].hex(),
        "ce_hash": row["hash"].hex(),
        "ce_correlationid": str(meta.get("correlation", row["id"])),
        "ce_causationid": str(meta.get("causation", "")),
        "ce_actor": meta["actor"],
        "content-type": "application/json",
    }
    if behalf := meta.get("on_behalf_of"):
        headers["ce_onbehalfof"] = behalf
    return headers


def own_record(row: asyncpg.Record, registry: Registry, service: str) -> Record:
    """A row of the own store, decoded into the domain's dataclass."""
    data = row["data"].encode()
    headers = headers_of(row, service)
    event = registry.decode(row["type"], row["schema_version"], data)
    return _record(row["key"], headers, data, event)


def kafka_record(
    key: bytes | None,
    raw: Sequence[tuple[str, bytes | None]],
    value: bytes | None,
    models: Mapping[str, type[BaseModel]],
) -> Record | Undecodable:
    """A Kafka record; one that cannot be read becomes Undecodable and never raises."""
    headers = {name: _text(content) for name, content in raw}
    data, key_text = value or b"", _text(key)
    try:
        model = models.get(headers["ce_type"])
        event = model.model_validate_json(data) if model else None
        return _record(key_text, headers, data, event)
    except Exception as error:  # a stranger's bytes may break in any way; they are parked
        return _undecodable(key_text, headers, data, f"{type(error).__name__}: unreadable record")


def _text(content: bytes | None) -> str:
    return (content or b"").decode("utf-8", errors="backslashreplace")


def _record(key: str, headers: Headers, data: bytes, event: object) -> Record:
    return Record(
        position=int(headers["ce_position"]),
        stream=UUID(headers["ce_stream"]),
        version=int(headers["ce_version"]),
        id=UUID(headers["ce_id"]),
        type=headers["ce_type"],
        schema_version=int(headers["ce_schemaversion"]),
        subject=headers["ce_subject"] or None,
        key=key,
        actor=headers["ce_actor"],
        effective_at=datetime.fromisoformat(headers["ce_effectivetime"]),
        recorded_at=datetime.fromisoformat(headers["ce_time"]),
        correlation=_uuid(headers.get("ce_correlationid")),
        causation=_uuid(headers.get("ce_causationid")),
        previous_hash=bytes.fromhex(headers["ce_previoushash"]),
        hash=bytes.fromhex(headers["ce_hash"]),
        event=event,
        headers=headers,
        data=data,
    )


def _uuid(text: str | None) -> UUID | None:
    return UUID(text) if text else None


def _undecodable(key: str, headers: Headers, data: bytes, error: str) -> Undecodable:
    def read(name: str, parse: Callable[[str], Any]) -> Any:
        try:
            return parse(headers[name])
        except (KeyError, ValueError):
            return None

    return Undecodable(
        key=key,
        stream=read("ce_stream", UUID),
        version=read("ce_version", int),
        position=read("ce_position", int),
        error=error,
        headers=headers,
        data=data,
    )
