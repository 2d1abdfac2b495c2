"""The files under contracts/: one schema and one sample per event, one OpenAPI per service."""

import importlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chassis.service import Service, application
from chassis.settings import Settings
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


def text(value: Any) -> str:
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=True) + "\n"


def broken(file: File) -> list[str]:
    """How the schema as it should be now breaks the frozen one; nothing when it is new."""
    if not file.path.exists():
        return []
    frozen = json.loads(file.path.read_text())
    return [f"{frozen['$id']} {each}" for each in incompatible(frozen, json.loads(file.content))]


def freeze(home: Path) -> list[Path]:
    """Write every schema and OpenAPI document; the files that changed.

    Raises ContractBroken, and writes nothing, when a frozen event would change.
    """
    services = [load_service(name) for name in service_names()]
    events = [file for service in services for file in schemas(service)]
    if faults := [fault for file in events for fault in broken(file)]:
        raise ContractBroken("; ".join(faults))
    changed = []
    for file in [*events, *(openapi(service, home) for service in services)]:
        if not file.path.exists() or file.path.read_text() != file.content:
            file.path.parent.mkdir(parents=True, exist_ok=True)
            file.path.write_text(file.content)
            changed.append(file.path)
    return changed
