"""The AsyncAPI documents say what the relay sends: every event, its headers, whose texts."""

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import asyncpg
import jsonschema
import pytest

from chassis.codec import Registry, subject_of
from chassis.record import headers_of
from chassis.service import Service
from chassis.settings import Settings
from cli.contracts import files, official

SERVICES = [files.load_service(name) for name in files.service_names()]
NAMES = {service.name: sorted(files.published(service)) for service in SERVICES}
PUBLISHING = [service for service in SERVICES if NAMES[service.name]]
PUBLISHED = [(s, name, version) for s in PUBLISHING for name, version in NAMES[s.name]]


def part_id(value: Any) -> str:
    return str(getattr(value, "name", value))


def frozen(service: Service) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path_of(service).read_text())
    return document


def path_of(service: Service) -> Path:
    return files.CONTRACTS / service.name / "asyncapi.json"


def references(value: Any) -> Iterator[str]:
    """Every `$ref` in a document."""
    if isinstance(value, dict):
        if isinstance(reference := value.get("$ref"), str):
            yield reference
        for each in value.values():
            yield from references(each)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)


def resolve(document: Mapping[str, Any], reference: str) -> Any:
    """What a reference points to; raises KeyError if to nothing."""
    root, *steps = reference.split("/")
    assert root == "#", f"{reference} leaves the document"
    node: Any = document
    for step in steps:
        node = node[step]
    return node


def fits(document: Mapping[str, Any], schema: Mapping[str, Any], value: object) -> bool:
    """Whether the value is what a schema of the document allows."""
    whole = {"components": document["components"], "allOf": [schema]}
    return jsonschema.Draft7Validator(whole).is_valid(value)


@pytest.mark.parametrize("service", PUBLISHING, ids=part_id)
def test_the_document_is_that_of_the_events(service: Service) -> None:
    [made] = files.topics([service])
    assert made.path.read_text() == made.content, "run ./merit contracts"


@pytest.mark.parametrize("service", PUBLISHING, ids=part_id)
def test_every_reference_leads_somewhere(service: Service) -> None:
    document = frozen(service)
    found = set(references(document))
    assert found
    for reference in found:
        assert isinstance(resolve(document, reference), dict)


@pytest.mark.parametrize("service", PUBLISHING, ids=part_id)
def test_every_event_that_leaves_the_store_is_a_message(service: Service) -> None:
    channel = frozen(service)["channels"]["events"]
    private = {"NoteWritten.v1", "NoteRemoved.v1"} if service.name == "feedback" else set()
    folder = files.CONTRACTS / service.name / "events"
    every = {path.name.removesuffix(".schema.json") for path in folder.glob("*.schema.json")}
    assert set(channel["messages"]) == every - private
    address = channel["address"].replace("{prefix}", channel["parameters"]["prefix"]["default"])
    assert address == Settings.model_construct().topic(service.name)


def test_an_old_version_stays_a_message_since_the_topic_still_holds_it() -> None:
    [goals] = [service for service in SERVICES if service.name == "goals"]
    later = replace(goals, events={("goals.GoalAgreed", 2): goals.events["goals.GoalAgreed", 1]})
    [made] = files.topics([later])
    document = json.loads(made.content)
    assert set(document["channels"]["events"]["messages"]) == {"GoalAgreed.v1", "GoalAgreed.v2"}
    for reference in set(references(document)):
        resolve(document, reference)


@pytest.mark.parametrize(("service", "name", "version"), PUBLISHED, ids=part_id)
def test_what_is_sent_fits_its_message(service: Service, name: str, version: int) -> None:
    document = frozen(service)
    message = document["components"]["messages"][f"{name.split('.')[1]}.v{version}"]
    sample = files.sample_path(name, version).read_bytes()
    event = Registry(service.events, service.upcasts).decode(name, version, sample)
    headers = headers_of(row(name, version, subject_of(event)), service.name)
    assert fits(document, message["payload"], json.loads(sample))
    assert fits(document, message["headers"], headers)
    assert not fits(document, message["headers"], headers | {"ce_type": "toy.Other"})
    assert not fits(document, message["headers"], headers | {"ce_hash": "short"})
    described = resolve(document, message["headers"]["allOf"][0]["$ref"])["properties"]
    assert set(headers) == set(described), "a header that nobody is told of, or that nobody sends"
    damaged = json.loads(sample)
    del damaged[resolve(document, message["payload"]["$ref"])["required"][0]]
    assert not fits(document, message["payload"], damaged)


def row(name: str, version: int, subject: str | None) -> asyncpg.Record:
    """A stored event's row, as the relay reads it."""
    now = datetime(2026, 11, 21, 9, tzinfo=UTC)
    found = {
        "id": UUID(int=1),
        "type": name,
        "subject": subject,
        "recorded_at": now,
        "effective_at": now,
        "schema_version": version,
        "position": 12,
        "stream": UUID(int=2),
        "version": 3,
        "previous_hash": bytes(32),
        "hash": bytes(range(32)),
        "meta": json.dumps(
            {
                "actor": "1001",
                "on_behalf_of": "1002",
                "correlation": str(UUID(int=3)),
                "causation": str(UUID(int=4)),
            }
        ),
    }
    return cast("asyncpg.Record", found)


@pytest.mark.parametrize("service", PUBLISHING, ids=part_id)
def test_the_message_says_which_texts_are_personal_and_whose(service: Service) -> None:
    document = frozen(service)
    for message in document["components"]["messages"].values():
        payload = resolve(document, message["payload"]["$ref"])
        for personal in message["x-personal"]:
            node = follow(document, payload, personal["path"].split("/"))
            assert node["x-personal"] == personal["owner"]
        marked = json.dumps(payload).count('"x-personal"')
        assert bool(marked) == bool(message["x-personal"])


def follow(document: Mapping[str, Any], node: Any, path: list[str]) -> Any:
    """The schema at a path through fields and, for `*`, the members of a list."""
    for step in path:
        node = plain(document, node)
        node = node["items"] if step == "*" else node["properties"][step]
    return plain(document, node)


def plain(document: Mapping[str, Any], node: Any) -> Any:
    """The schema behind a reference, or the one that is not null."""
    if "anyOf" in node:
        node = next(each for each in node["anyOf"] if each.get("type") != "null")
    return resolve(document, node["$ref"]) if "$ref" in node else node


@pytest.mark.integration
def test_the_official_parser_takes_the_documents_and_refuses_a_broken_one(tmp_path: Path) -> None:
    """Needs node and npm, not Kafka or PostgreSQL; the first run fetches the parser."""
    broken = copy.deepcopy(frozen(PUBLISHING[0]))
    broken["operations"]["publishEvents"]["action"] = "shout"
    (tmp_path / "broken.json").write_text(json.dumps(broken))
    try:
        *found, refused = official.parse(
            [*(path_of(each) for each in PUBLISHING), tmp_path / "broken.json"]
        )
    except official.ParserMissing as reason:
        pytest.skip(f"the official AsyncAPI parser cannot run: {reason}")
    for service, answer in zip(PUBLISHING, found, strict=True):
        assert answer["diagnostics"] == []
        assert sorted(answer["messages"]) == sorted(name for name, _ in NAMES[service.name])
    assert refused["messages"] is None
    assert any("action" in each for each in refused["diagnostics"])
