"""The reference to an event that every fact keeps, so that an award can name what it used."""

import msgspec
import orjson

from chassis.record import Record
from compensation.domain.terms import Source, SourceKind


def source_of(record: Record, kind: SourceKind, service: str) -> str:
    """The record as a Source, in the JSON of a `source` column."""
    source = Source(
        kind=kind,
        service=service,
        event=str(record.id),
        stream=str(record.stream),
        version=record.version,
        hash=record.hash.hex(),
        by=record.actor,
    )
    return orjson.dumps(source).decode()


def read_source(column: str) -> Source:
    return msgspec.json.decode(column, type=Source)
