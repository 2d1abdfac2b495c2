"""The command and the services as they are: what a file or a command asks is what an API takes."""

import json
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from cli.imports.files import READERS
from cli.imports.mapping import read_mapping
from cli.imports.people import read_people
from cli.imports.report import Request
from cli.operations import Operation, operations
from cli.platform import services
from cli.platform.paths import ROOT
from tests.cli.fakes import FakePlatform

EXAMPLES = ROOT / "deploy" / "examples"
NAMES = services.known()
TASK = re.compile(r"\./merit do (\w+)\.(\w+)")


@pytest.fixture(scope="module")
def documents() -> Mapping[str, Any]:
    """Each service's own OpenAPI document, as it is frozen: another test compares it with the
    one that is served."""
    frozen = ROOT / "contracts"
    return {name: json.loads((frozen / name / "openapi.json").read_text()) for name in NAMES}


@pytest.fixture(scope="module")
def platform(documents: Mapping[str, Any]) -> FakePlatform:
    found = FakePlatform(services=tuple(NAMES))
    for name, document in documents.items():
        found.on(name, "GET /openapi.json", document)
    return found


@pytest.mark.parametrize("service", NAMES)
def test_every_operation_has_a_name_of_its_own_and_explains_itself(
    service: str, documents: Mapping[str, Any], platform: FakePlatform
) -> None:
    found = operations(service, documents[service])
    names = [operation.name for operation in found]
    assert len(names) == len(set(names))
    for operation in found:
        assert re.fullmatch(r"[a-z_]+", operation.name), operation.name
        assert operation.summary, f"{operation.full_name} has no docstring"
        assert all(field.schema.in_words() for field in operation.fields)
    longest = max(found, key=lambda operation: len(operation.fields))
    said = platform.run("do", longest.full_name, "--help")
    assert f"permitted by the rule {longest.rule!r} of {service}" in said.stdout


def requests() -> list[Any]:
    found: list[tuple[str, Request]] = []
    for kind, read in READERS.items():
        (file,) = (path for path in EXAMPLES.glob(f"{kind}.*") if path.suffix != ".md")
        found += [(kind, request) for request in read(file).requests]
    mapping = read_mapping(EXAMPLES / "hr-extract.mapping.toml")
    plan = read_people(EXAMPLES / "hr-extract.csv", mapping)
    found += [("people", request) for request in plan.requests(date(2026, 1, 1))]
    kinds: dict[str, int] = {}
    few = []
    for kind, request in found:
        kinds[kind] = kinds.get(kind, 0) + 1
        if kinds[kind] <= 3:
            few.append(pytest.param(request, id=f"{kind} {kinds[kind]}"))
    return few


@pytest.mark.parametrize("request_", requests())
def test_what_an_example_file_asks_is_what_the_service_takes(
    request_: Request, documents: Mapping[str, Any]
) -> None:
    document = documents[request_.service]
    operation = asked(operations(request_.service, document), request_)
    content = document["paths"][operation.path][operation.method]["requestBody"]["content"]
    schema = {**content["application/json"]["schema"], "components": document["components"]}
    errors = [error.message for error in Draft202012Validator(schema).iter_errors(request_.body)]
    assert not errors


def asked(known: list[Operation], request: Request) -> Operation:
    def fits(operation: Operation) -> bool:
        pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(operation.path))
        same = operation.method == request.method.lower()
        return same and re.fullmatch(pattern, request.path) is not None

    (found,) = (operation for operation in known if fits(operation))
    return found


@pytest.mark.parametrize(
    "page", [p for p in (ROOT / "README.md", *ROOT.glob("docs/**/*.md")) if p.exists()], ids=str
)
def test_every_command_that_the_docs_send_exists(page: Path, documents: Mapping[str, Any]) -> None:
    known = {o.full_name for name, d in documents.items() for o in operations(name, d)}
    sent = {f"{service}.{command}" for service, command in TASK.findall(page.read_text())}
    assert sent <= known
