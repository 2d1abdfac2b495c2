"""The files under contracts/: schema and sample per event, OpenAPI and AsyncAPI per service."""

import importlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chassis.codec import EventName
from chassis.service import Service, application
from chassis.settings import Settings
from cli.contracts import asyncapi
from cli.contracts.schemas import event_schema, incompatible

ROOT = Path(__file__).parents[2]
CONTRACTS = ROOT / "contracts"


class ContractBroken(Exception):
    """A frozen contract would change for those who rely on it."""


@dataclass(frozen=True)
class File:
    """A file as it should be."""

    path: Path
    content: str


def service_names() -> list[str]:
    """Every service that has an application."""
    return sorted(p.parent.name for p in (ROOT / "services").glob("*/*/app.py"))


def load_service(name: str) -> Service:
    service = importlib.import_module(f"{name}.app").SERVICE
    assert isinstance(service, Service)
    return service


def schema_path(name: str, version: int) -> Path:
    service, event = name.split(".", 1)
    return CONTRACTS / service / "events" / f"{event}.v{version}.schema.json"


def sample_path(name: str, version: int) -> Path:
    return schema_path(name, version).with_name(
        schema_path(name, version).name.replace(".schema.", ".sample.")
    )


def schemas(service: Service) -> Iterator[File]:
    for (name, version), cls in sorted(service.events.items(), key=lambda item: item[0]):
        yield File(schema_path(name, version), text(event_schema(name, version, cls)))


def openapi(service: Service, home: Path) -> File:
    """The API as it is served; the settings only name a folder for throwaway secrets."""
    app = application(service, Settings(home=home))
    return File(CONTRACTS / service.name / "openapi.json", text(app.openapi()))


def published(service: Service) -> dict[EventName, Any]:
    """The schema of every event that its topic may hold, released versions of old included."""
    private = asyncapi.unpublished(service)
    found: dict[EventName, Any] = {
        (name, version): event_schema(name, version, cls)
        for (name, version), cls in service.events.items()
        if name not in private
    }
    for name, version in list(found):
        for old in range(1, version):
            found.setdefault((name, old), json.loads(schema_path(name, old).read_text()))
    return found


def topics(services: Iterable[Service]) -> list[File]:
    """An AsyncAPI document for each service that publishes anything."""
    return [
        File(
            CONTRACTS / service.name / "asyncapi.json",
            text(asyncapi.document(service, found)),
        )
        for service in services
        if (found := published(service))
    ]


def text(value: Any) -> str:
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=True) + "\n"


def broken(file: File) -> list[str]:
    """How the schema as it should be now breaks the frozen one; nothing when it is new."""
    if not file.path.exists():
        return []
    frozen = json.loads(file.path.read_text())
    return [f"{frozen['$id']} {each}" for each in incompatible(frozen, json.loads(file.content))]


def freeze(home: Path) -> list[Path]:
    """Write every schema, OpenAPI and AsyncAPI document; the files that changed.

    Raises ContractBroken, and writes nothing, when a frozen event would change.
    """
    services = [load_service(name) for name in service_names()]
    events = [file for service in services for file in schemas(service)]
    if faults := [fault for file in events for fault in broken(file)]:
        raise ContractBroken("; ".join(faults))
    changed = []
    documents = [*(openapi(service, home) for service in services), *topics(services)]
    for file in [*events, *documents]:
        if not file.path.exists() or file.path.read_text() != file.content:
            file.path.parent.mkdir(parents=True, exist_ok=True)
            file.path.write_text(file.content)
            changed.append(file.path)
    return changed
