"""An event as a consumer gets it, whether from the own store or from Kafka."""

from binascii import unhexlify
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import orjson
from asyncpg.pgproto import pgproto
from pydantic import BaseModel

from chassis.codec import Registry, instant_bytes
from chassis.ids import derived_id
from chassis.store import Connection, Context, Store

Headers = Mapping[str, str]
_SOURCE = "merit/"


class Record(msgspec.Struct, frozen=True, gc=False):
    """One event with its envelope.

    `event` is the domain's dataclass when the source is the own store, the consumer's own model
    when it comes from another service, and None for a type that the consumer does not read.
    `headers` and `data` are as published, to park them; only then are they made, from the fields.
    What Kafka brought is not kept beside them: held for a batch it pushes the rest of the batch out
    of the processor's cache.
    A struct and not a dataclass: one is made for every event that anybody reads.
    """

    position: int
    stream: UUID
    version: int
    id: UUID
    type: str
    schema_version: int
    source: str
    subject: str | None
    key: str
    actor: str
    on_behalf_of: str | None
    effective_at: datetime
    recorded_at: datetime
    correlation: UUID | None
    causation: UUID | None
    previous_hash: bytes
    hash: bytes
    event: Any
    body: bytes | str

    @property
    def headers(self) -> Headers:
        said = _published(
            str(self.id),
            self.type,
            self.source,
            self.subject,
            self.recorded_at,
            self.effective_at,
            self.schema_version,
            self.position,
            str(self.stream),
            self.version,
            self.previous_hash,
            self.hash,
            str(self.correlation or self.id),
            str(self.causation or ""),
            self.actor,
            self.on_behalf_of,
        )
        return {name: content.decode() for name, content in said}

    @property
    def data(self) -> bytes:
        return self.body.encode() if isinstance(self.body, str) else self.body

    def __repr__(self) -> str:
        """Which event, and nothing of what it says: that may be personal."""
        return f"Record({self.type} {self.stream} {self.version})"


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
    """With what a row of `read_page` is published."""
    return {name: content.decode() for name, content in raw_headers(row, service)}


def raw_headers(row: asyncpg.Record, service: str) -> list[tuple[str, bytes]]:
    """The same as Kafka takes them."""
    meta = orjson.loads(row["meta"])
    id_ = str(row["id"])
    return _published(
        id_,
        row["type"],
        _SOURCE + service,
        row["subject"],
        row["recorded_at"],
        row["effective_at"],
        row["schema_version"],
        row["position"],
        str(row["stream"]),
        row["version"],
        row["previous_hash"],
        row["hash"],
        meta.get("correlation", id_),
        meta.get("causation", ""),
        meta["actor"],
        meta.get("on_behalf_of"),
    )


def _published(
    id_: str,
    type_: str,
    source: str,
    subject: str | None,
    recorded_at: datetime,
    effective_at: datetime,
    schema_version: int,
    position: int,
    stream: str,
    version: int,
    previous_hash: bytes,
    digest: bytes,
    correlation: str,
    causation: str,
    actor: str,
    on_behalf_of: str | None,
) -> list[tuple[str, bytes]]:
    """CloudEvents 1.0 binary-mode attributes, with our extensions."""
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", id_.encode()),
        ("ce_type", type_.encode()),
        ("ce_source", source.encode()),
        ("ce_subject", (subject or "").encode()),
        ("ce_time", instant_bytes(recorded_at)),
        ("ce_effectivetime", instant_bytes(effective_at)),
        ("ce_schemaversion", b"%d" % schema_version),
        ("ce_position", b"%d" % position),
        ("ce_stream", stream.encode()),
        ("ce_version", b"%d" % version),
        ("ce_previoushash", previous_hash.hex().encode()),
        ("ce_hash", digest.hex().encode()),
        ("ce_correlationid", correlation.encode()),
        ("ce_causationid", causation.encode()),
        ("ce_actor", actor.encode()),
        ("content-type", b"application/json"),
    ]
    if on_behalf_of:
        headers.append(("ce_onbehalfof", on_behalf_of.encode()))
    return headers


def own_record(row: asyncpg.Record, registry: Registry, service: str) -> Record:
    """A row of `read_page`, in its order of columns, decoded into the domain's dataclass."""
    (
        position, stream, version, id_, name, schema, data, meta, subject,
        effective_at, recorded_at, previous_hash, digest, key, *_,
    ) = row  # fmt: skip
    said = _META.decode(meta)
    return Record(
        position,
        stream,
        version,
        id_,
        name,
        schema,
        _SOURCE + service,
        subject,
        key,
        said.actor,
        said.on_behalf_of,
        effective_at,
        recorded_at,
        said.correlation or id_,
        said.causation,
        previous_hash,
        digest,
        registry.decode(name, schema, data),
        data,
    )


def kafka_record(
    key: bytes | None,
    raw: Sequence[tuple[str, bytes | None]],
    value: bytes | None,
    models: Mapping[str, type[BaseModel]],
) -> Record | Undecodable:
    """A Kafka record; one that cannot be read becomes Undecodable and never raises."""
    data, key_text = value or b"", _text(key)
    try:
        said: dict[str, Any] = dict(raw)
        model = models.get(said["ce_type"].decode())
        event = model.model_validate_json(data) if model else None
        return _heard(key_text, said, data, event)
    except Exception as error:  # a stranger's bytes may break in any way; they are parked
        fault = f"{type(error).__name__}: unreadable record"
        return _undecodable(key_text, _texts(raw), data, fault)


def _texts(raw: Sequence[tuple[str, bytes | None]]) -> dict[str, str]:
    return {name: _text(content) for name, content in raw}


def _text(content: bytes | None) -> str:
    return (content or b"").decode("utf-8", "backslashreplace")


def _heard(key: str, said: dict[str, Any], body: bytes, event: object) -> Record:
    text, effective, recorded = bytes.decode, said["ce_effectivetime"], said["ce_time"]
    recorded_at = datetime.fromisoformat(text(recorded))
    same = effective == recorded
    id_, correlation = pgproto.UUID(text(said["ce_id"])), said.get("ce_correlationid")
    behalf = said.get("ce_onbehalfof")
    return Record(
        int(said["ce_position"]),
        pgproto.UUID(text(said["ce_stream"])),
        int(said["ce_version"]),
        id_,
        text(said["ce_type"]),
        int(said["ce_schemaversion"]),
        text(said.get("ce_source", b"")),
        text(said["ce_subject"]) or None,
        key,
        text(said["ce_actor"]),
        text(behalf) if behalf else None,
        recorded_at if same else datetime.fromisoformat(text(effective)),
        recorded_at,
        id_ if correlation == said["ce_id"] else _uuid(correlation),
        _uuid(said.get("ce_causationid")),
        unhexlify(said["ce_previoushash"]),
        unhexlify(said["ce_hash"]),
        event,
        body,
    )


def _uuid(content: bytes | None) -> UUID | None:
    """As asyncpg makes them: equal to Python's, in a seventh of the time."""
    return pgproto.UUID(content.decode()) if content else None


class _Meta(msgspec.Struct, frozen=True):
    """An event's meta as `Context` writes it."""

    actor: str
    on_behalf_of: str | None = None
    correlation: UUID | None = None
    causation: UUID | None = None


_META = msgspec.json.Decoder(_Meta)


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
