"""The merit command as a client of the services: who asks, where, and what a no means."""

import functools
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from uuid import uuid4

from cli.console import Failed, say

if TYPE_CHECKING:
    import httpx2

PATIENCE_S = 30.0
TELL_AFTER_S = 2.0
_TIMEOUT_S = 30.0
Where = Callable[[], Mapping[str, str]]
"""The base URL of each service that runs."""


class Refused(Failed):
    """A service said no; `document` is its problem document (RFC 9457)."""

    def __init__(self, service: str, actor: str, document: Mapping[str, Any]) -> None:
        super().__init__(_sentence(service, actor, document))
        self.service = service
        self.document = dict(document)

    @property
    def status(self) -> int:
        return int(self.document.get("status", 0))


class NotYet(Refused):
    """The service went on answering 503 until the patience was over."""


@dataclass(frozen=True, slots=True)
class Body:
    """What a command sends.  `key` makes a repeat harmless; `version` is for If-Match."""

    content: object = None
    key: str = field(default_factory=lambda: str(uuid4()))
    version: int | None = None


@dataclass(frozen=True)
class Client:
    """One actor's way to all services; `token` is asked for at each request.

    `called` is how a refusal names the actor; `stopped` are services that should run and do not.
    `timeout_s` limits one request.
    """

    actor: str
    token: Callable[[str], str]
    where: Where
    http: "httpx2.Client"
    patience_s: float = PATIENCE_S
    sleep: Callable[[float], None] = time.sleep
    called: str = ""
    stopped: Callable[[], Sequence[str]] = tuple
    timeout_s: float = _TIMEOUT_S

    def acting_as(self, actor: str, called: str = "") -> "Client":
        return replace(self, actor=actor, called=called or actor)

    def patient(self, seconds: float) -> "Client":
        """The same client, giving up on a 503 after so many seconds."""
        return replace(self, patience_s=seconds)

    def hurried(self, seconds: float) -> "Client":
        """The same client, that waits so long for an answer, and asks once."""
        return replace(self, patience_s=0.0, timeout_s=seconds)

    def read(self, service: str, path: str, **params: object) -> Any:
        """The JSON at the path; parameters that are None are left out."""
        given = {name: str(value) for name, value in params.items() if value is not None}
        return self._answer(service, "GET", path, given, None)

    def read_all(self, service: str, path: str, **params: object) -> Iterator[Any]:
        """The items of every page of a list."""
        cursor = None
        while True:
            page = self.read(service, path, **{"limit": 200, **params, "cursor": cursor})
            yield from page["items"]
            cursor = page.get("next")
            if cursor is None:
                return

    def send(self, service: str, method: str, path: str, body: Body, **params: object) -> Any:
        """Sends a command and answers what the service answered."""
        given = {name: str(value) for name, value in params.items() if value is not None}
        return self._answer(service, method, path, given, body)

    def running(self) -> list[str]:
        """The services that run now."""
        return sorted(self.where())

    @property
    def _name(self) -> str:
        return self.called or self.actor

    def _base(self, service: str) -> str:
        found = self.where()
        if service not in found:
            raise Failed(f"{service} does not run; `./merit up` starts the platform.")
        return found[service]

    def _answer(
        self, service: str, method: str, path: str, params: Mapping[str, str], body: Body | None
    ) -> Any:
        url = self._base(service) + path
        until, told = time.monotonic() + self.patience_s, False
        while True:
            answer = self._once(service, method, url, params, body)
            if answer.status_code != 503:
                break
            left = until - time.monotonic()
            if left <= 0:
                raise NotYet(service, self._name, {**_document(answer), "after": self.patience_s})
            if not told and self.patience_s - left > TELL_AFTER_S:
                told = True
                title = _document(answer).get("title")
                say(f"{service}: {title}; trying again for {left:.0f} s")
            self.sleep(min(_pause(answer), left))
        if answer.status_code >= 400:
            raise Refused(service, self._name, _document(answer))
        return _content(answer)

    def _once(
        self, service: str, method: str, url: str, params: Mapping[str, str], body: Body | None
    ) -> "httpx2.Response":
        import httpx2

        headers = {"Authorization": f"Bearer {self.token(self.actor)}"}
        content = None
        if body is not None:
            headers |= {"Idempotency-Key": body.key, "Content-Type": "application/json"}
            if body.version is not None:
                headers["If-Match"] = f'"{body.version}"'
            if body.content is not None:
                content = json.dumps(body.content, ensure_ascii=False).encode()
        try:
            return self.http.request(
                method,
                url,
                params=dict(params),
                headers=headers,
                content=content,
                timeout=self.timeout_s,
            )
        except httpx2.TimeoutException:
            raise Failed(f"{service} did not answer within {self.timeout_s:.0f} s.") from None
        except httpx2.TransportError as error:
            raise Failed(
                f"{service} cannot be reached at {url.split('/', 3)[2]} ({error}); "
                "`./merit status` shows what runs."
            ) from None


def segment(text: str) -> str:
    """The text as one segment of a path."""
    return quote(text, safe="")


def connect(actor: str) -> Client:
    """A client of the local platform of this clone, or of `MERIT_HOME`.

    Inside `using(client)` it is that client.
    """
    if (given := _given.get()) is not None:
        return given.acting_as(actor)
    import httpx2

    from cli.platform import paths

    home = paths.home()
    http = httpx2.Client()
    stopped = functools.partial(_stopped, home)
    return Client(actor, _issuer(home), lambda: local(home), http, stopped=stopped)


_given: ContextVar[Client | None] = ContextVar("given", default=None)


@contextmanager
def using(client: Client) -> Iterator[None]:
    """Every command in the block goes through this client, wherever its services are."""
    token = _given.set(client)
    try:
        yield
    finally:
        _given.reset(token)


def local(home: Path) -> dict[str, str]:
    """The services of the local platform that run, and where."""
    from cli.platform import ports, processes, state

    found = state.read(home).services
    return {
        name: f"http://{ports.HOST}:{process.port}"
        for name, process in found.items()
        if processes.is_running(process)
    }


def _stopped(home: Path) -> list[str]:
    from cli.platform import state

    return sorted(state.read(home).services.keys() - local(home).keys())


def _issuer(home: Path) -> Callable[[str], str]:
    from chassis.auth import issue_token
    from chassis.clock import local_clock

    clock = local_clock(home)
    return lambda actor: issue_token(home, actor, clock())


def _content(answer: "httpx2.Response") -> Any:
    """JSON as it is; any other answer, such as a payroll file, as text."""
    if not answer.content:
        return None
    is_json = "json" in answer.headers.get("content-type", "")
    return answer.json() if is_json else answer.text


def _pause(answer: "httpx2.Response") -> float:
    try:
        return min(max(float(answer.headers.get("retry-after", "1")), 0.05), 5.0)
    except ValueError:
        return 1.0


def _document(answer: "httpx2.Response") -> dict[str, Any]:
    try:
        document = answer.json()
    except ValueError:
        document = None
    if not isinstance(document, dict):
        document = {"title": f"HTTP {answer.status_code}"}
    return {"status": answer.status_code, **document}


def _sentence(service: str, actor: str, document: Mapping[str, Any]) -> str:
    """A problem document as a person reads it: what was found, what is allowed, which rule."""
    title, detail = str(document.get("title", "refused")), str(document.get("detail", ""))
    kind = str(document.get("type", ""))
    said = f"{title}: {detail}" if detail else title
    match int(document.get("status", 0)):
        case 403:
            rule = document.get("rule") or kind.rpartition(":")[2]
            return f"{service} does not let {actor} do this (rule {rule!r})."
        case 409 if kind.startswith("urn:merit:rule:"):
            return f"{service} refuses: {said} (rule {kind.rpartition(':')[2]})"
        case 422 if document.get("errors"):
            lines = [f"  {_error(error)}" for error in document["errors"]]
            return "\n".join([f"{service}: {title}", *lines])
        case 428:
            return f"{service}: {said} Say which version you looked at with --if-match VERSION."
        case 500:
            error_id = document.get("error_id", "unknown")
            return f"{service} failed; `./merit logs {service}` has it under error id {error_id}."
        case 503:
            waited = f" after {document['after']:.0f} s" if "after" in document else ""
            return f"{service} is not able to answer yet{waited}: {said}"
        case _:
            return f"{service}: {said}"


def _error(error: Mapping[str, Any]) -> str:
    place = error.get("field", "request")
    return f"{place}: found {error.get('found', 'nothing')}; {error.get('allowed', '')}"
