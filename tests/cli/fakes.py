"""A platform that answers from a table: what the merit command would reach over HTTP."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from unittest.mock import patch

import httpx2
import typer.testing
from fastapi import FastAPI
from typer.testing import CliRunner, Result

from cli.client import Client, using
from cli.main import build

PEOPLE = [
    {"person": "00000000-0000-0000-0000-000000000001", "employee_no": "1001", "name": "Ann Lee"},
    {"person": "00000000-0000-0000-0000-000000000002", "employee_no": "1002", "name": "Bo Lee"},
    {"person": "00000000-0000-0000-0000-000000000003", "employee_no": "1003", "name": "Cy Fox"},
    {"person": "00000000-0000-0000-0000-000000000004", "employee_no": "1004", "name": "Di M. Ray"},
]
ANN, BO, CY, DI = (str(person["person"]) for person in PEOPLE)
GRANTS = [
    {"grant": "g1", "actor": BO, "role": "comp", "population": "all", "status": "granted"},
    {"grant": "g2", "actor": CY, "role": "aud", "population": "all", "status": "granted"},
    {"grant": "g3", "actor": CY, "role": "hrbp", "population": "unit:it", "status": "granted"},
]
Answer = Callable[[httpx2.Request], Any]


def invoke(*words: str) -> Result:
    """What the merit command says to these words; the command is made once, which takes longest."""
    with patch.object(typer.testing, "_get_command", _command):
        return CliRunner().invoke(_app(), list(words))


@cache
def _app() -> typer.Typer:
    return build()


@cache
def _command(app: typer.Typer) -> Any:
    return typer.main.get_command(app)


@dataclass(frozen=True)
class Sent:
    """A request as a service got it."""

    service: str
    method: str
    path: str
    params: Mapping[str, str]
    actor: str
    body: Any
    headers: Mapping[str, str]


@dataclass
class FakePlatform:
    """Answers by (service, method, path): JSON, a response, or what a function makes of it."""

    answers: dict[tuple[str, str, str], Any] = field(default_factory=dict)
    services: tuple[str, ...] = ("people",)
    stopped: tuple[str, ...] = ()
    sent: list[Sent] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)

    def on(self, service: str, request: str, answer: Any) -> "FakePlatform":
        """`platform.on("goals", "GET /todo", {"items": []})`"""
        method, _, path = request.partition(" ")
        self.answers[service, method, path] = answer
        return self

    def serves(self, service: str, app: FastAPI) -> "FakePlatform":
        """The service describes itself as this application."""
        return self.on(service, "GET /openapi.json", app.openapi())

    def client(self, patience_s: float = 0.2) -> Client:
        http = httpx2.Client(transport=httpx2.MockTransport(self._answer))
        places = {name: f"http://{name}" for name in self.services}
        return Client(
            "admin-1",
            lambda actor: actor,
            lambda: places,
            http,
            patience_s,
            self.slept.append,
            stopped=lambda: self.stopped,
        )

    def run(self, *words: str) -> Result:
        with using(self.client()):
            return invoke(*words)

    def commands(self) -> list[Sent]:
        return [sent for sent in self.sent if sent.method != "GET"]

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        service, path = request.url.host, request.url.path
        actor = request.headers["authorization"].removeprefix("Bearer ")
        body = json.loads(request.content) if request.content else None
        params, headers = dict(request.url.params), dict(request.headers)
        self.sent.append(Sent(service, request.method, path, params, actor, body, headers))
        found = self.answers.get((service, request.method, path))
        if found is None and service == "people":
            found = _people(path, params)
        if callable(found):
            found = found(request)
        if isinstance(found, httpx2.Response):
            return found
        if found is None:
            return problem(404, "urn:merit:not-found", "There is nothing here")
        return httpx2.Response(200, json=found)


def problem(status: int, kind: str, title: str, **more: Any) -> httpx2.Response:
    document = {"type": kind, "title": title, "status": status, **more}
    headers = {"Retry-After": "1"} if status == 503 else {}
    return httpx2.Response(status, json=document, headers=headers)


def recorded(events: int = 1, **more: Any) -> dict[str, Any]:
    """What a command answers."""
    return {"events": events, "after": "token", "streams": [], **more}


def _people(path: str, params: Mapping[str, str]) -> Any:
    if path == "/people":
        number, words = params.get("employee_no"), params.get("q", "").casefold()
        found = [p for p in PEOPLE if words in p["name"].casefold()]
        return {"items": [p for p in found if number in (None, p["employee_no"])], "next": None}
    if path == "/roles":
        return {"items": [{"valid_to": None, **grant} for grant in GRANTS], "next": None}
    return next((p for p in PEOPLE if path == f"/people/{p['person']}"), None)
