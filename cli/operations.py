"""What a service can be asked, read from its OpenAPI document: the commands of `merit do`."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from cli.schema import Field, Schema

CHANGES = ("post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Operation:
    """One route: its path and query fields, and those of its body."""

    service: str
    name: str
    method: str
    path: str
    summary: str
    rule: str
    fields: tuple[Field, ...]
    has_body: bool = False

    @property
    def full_name(self) -> str:
        return f"{self.service}.{self.name}"

    @property
    def changes(self) -> bool:
        """Whether it is a command, not a question."""
        return self.method in CHANGES


def operations(service: str, document: Mapping[str, Any]) -> list[Operation]:
    """Every route of the document, commands first, each by the name of its function."""
    found = [
        _operation(service, document, path, method, content)
        for path, item in document["paths"].items()
        for method, content in item.items()
        if method in (*CHANGES, "get")
    ]
    return sorted(found, key=lambda operation: (not operation.changes, operation.name))


def _operation(
    service: str, document: Mapping[str, Any], path: str, method: str, content: Mapping[str, Any]
) -> Operation:
    words = str(content.get("description") or content.get("summary") or "")
    return Operation(
        service=service,
        name=function_name(str(content.get("operationId", "")), path, method),
        method=method,
        path=path,
        summary=" ".join(words.split()),
        rule=str(content.get("x-action", "")),
        fields=tuple(_fields(document, content)),
        has_body="requestBody" in content,
    )


def function_name(operation_id: str, path: str, method: str) -> str:
    """The function behind a route: FastAPI makes the id of its name, the path and the method."""
    tail = re.sub(r"\W", "_", path) + "_" + method
    return operation_id.removesuffix(tail) or operation_id


def _fields(document: Mapping[str, Any], content: Mapping[str, Any]) -> Iterator[Field]:
    for parameter in content.get("parameters", ()):
        place: Literal["path", "query"] | None = {"path": "path", "query": "query"}.get(
            parameter["in"]
        )  # type: ignore[assignment]  # mypy widens the literals of a dict
        if place is not None:
            yield Field(
                name=parameter["name"],
                place=place,
                required=bool(parameter.get("required")),
                schema=Schema(document, parameter.get("schema", {})),
                words=str(parameter.get("description", "")),
            )
    body = content.get("requestBody", {}).get("content", {}).get("application/json")
    if body is not None:
        yield from Schema(document, body["schema"]).fields()
