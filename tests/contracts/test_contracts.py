"""The contracts: frozen schemas hold, samples load for ever, consumers can read what is sent."""

import json
from dataclasses import dataclass, make_dataclass
from pathlib import Path
from typing import Annotated, Any

import jsonschema
import pytest

from chassis.codec import Registry
from chassis.service import Service
from cli.contracts import files
from cli.contracts.schemas import event_schema, incompatible

SERVICES = [files.load_service(name) for name in files.service_names()]
EVENTS = [(s, name, version) for s in SERVICES for name, version in sorted(s.events)]


def event_id(value: Any) -> str:
    return str(getattr(value, "name", value))


@pytest.mark.parametrize(("service", "name", "version"), EVENTS, ids=event_id)
def test_the_frozen_schema_is_that_of_the_event(service: Service, name: str, version: int) -> None:
    frozen = json.loads(files.schema_path(name, version).read_text())
    assert frozen == json.loads(
        files.text(event_schema(name, version, service.events[name, version]))
    )


@pytest.mark.parametrize(("service", "name", "version"), EVENTS, ids=event_id)
def test_the_frozen_sample_fits_its_schema_and_still_loads(
    service: Service, name: str, version: int
) -> None:
    sample = files.sample_path(name, version).read_text()
    schema = json.loads(files.schema_path(name, version).read_text())
    jsonschema.Draft202012Validator(schema).validate(json.loads(sample))
    event = Registry(service.events, service.upcasts).decode(name, version, sample)
    assert isinstance(event, service.events[name, version])


@pytest.mark.parametrize("service", SERVICES, ids=event_id)
def test_the_api_document_is_the_one_that_is_served(service: Service, tmp_path: Path) -> None:
    file = files.openapi(service, tmp_path)
    assert file.path.read_text() == file.content, "run ./merit contracts"


CONSUMED = [
    (service, consumer.source, name, model)
    for service in SERVICES
    for consumer in service.consumers
    if consumer.source != "own"
    for name, model in sorted(consumer.models.items())
]


@pytest.mark.parametrize(("service", "source", "name", "model"), CONSUMED, ids=event_id)
def test_what_a_consumer_reads_is_sent_and_readable(
    service: Service, source: str, name: str, model: Any
) -> None:
    producer = next(s for s in SERVICES if s.name == source)
    versions = [version for known, version in producer.events if known == name]
    assert versions, f"{service.name} waits for {name}, which nobody records"
    for version in versions:
        model.model_validate_json(files.sample_path(name, version).read_text())


@dataclass(frozen=True)
class Before:
    """An event as it was released."""

    person: str
    text: Annotated[str, "personal:person"]
    count: int = 0


def changed(**types: Any) -> Any:
    return make_dataclass("Before", list(types.items()), frozen=True)


BREAKS = {
    "a field removed": changed(person=str, text=Annotated[str, "personal:person"]),
    "a type changed": changed(person=str, text=Annotated[str, "personal:person"], count=str),
    "a field required": changed(
        person=str, text=Annotated[str, "personal:person"], count=int, more=str
    ),
    "a field that may be null": changed(
        person=str, text=Annotated[str, "personal:person"], count=int | None
    ),
    "a text no longer sealed": changed(person=str, text=str, count=int),
}


@pytest.mark.parametrize("after", BREAKS.values(), ids=BREAKS.keys())
def test_a_change_that_breaks_somebody_is_found(after: Any) -> None:
    old, new = (event_schema("toy.Before", 1, cls) for cls in (Before, after))
    assert incompatible(old, new)


def test_a_field_with_a_default_may_be_added() -> None:
    @dataclass(frozen=True)
    class After(Before):
        more: str | None = None

    old, new = (event_schema("toy.Before", 1, cls) for cls in (Before, After))
    assert incompatible(old, new) == []
