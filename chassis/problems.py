"""Every refusal as a problem document (RFC 9457) with a stable type, and no one's data in it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg
import orjson
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from chassis import logs
from chassis.execute import KeyUsedForAnotherRequest, StaleVersion, TooManyConflicts
from chassis.keys import PersonErased

MEDIA_TYPE = "application/problem+json"
_log = logs.get("problems")
DATABASE_AWAY: tuple[type[Exception], ...] = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    OSError,
    TimeoutError,
)


class Problem(Exception):
    """An answer that is not what was asked for.  `extra` become members of the document."""

    def __init__(
        self,
        status: int,
        type_: str,
        title: str,
        detail: str = "",
        headers: Mapping[str, str] | None = None,
        **extra: object,
    ) -> None:
        super().__init__(title)
        self.status, self.type, self.headers = status, type_, headers
        self.document = {"type": type_, "title": title, "status": status, **extra}
        if detail:
            self.document["detail"] = detail


def not_found(what: str) -> Problem:
    return Problem(404, "urn:merit:not-found", f"There is no such {what}")


def undefined(field: str, found: str) -> Problem:
    """A code in the request that stands for nothing; the code is the caller's own word."""
    allowed = "the code of one that has been defined"
    return invalid([{"field": field, "found": found, "allowed": allowed}])


def unavailable(title: str, detail: str, retry_after_s: int = 1) -> Problem:
    """Not yet: the same request is worth sending again."""
    headers = {"Retry-After": str(retry_after_s)}
    return Problem(503, "urn:merit:not-yet", title, detail, headers)


def denied(action: str) -> Problem:
    detail = f"The rule {action!r} does not let this actor do this here."
    return Problem(403, f"urn:merit:denied:{action}", "Not permitted", detail, rule=action)


def invalid(errors: Sequence[Mapping[str, object]]) -> Problem:
    """The request is not what the operation takes; each error says field, found and allowed."""
    title = "The request is not valid"
    return Problem(422, "urn:merit:invalid-request", title, errors=list(errors))


def sentence(rule: type[Exception]) -> str:
    """A rule's name as the sentence that it is: `GoalIsNotProposed` → "Goal is not proposed"."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z]*|[a-z]+|\d+", rule.__name__)
    return " ".join(words).capitalize()


def response(problem: Problem) -> Response:
    return Response(orjson.dumps(problem.document), problem.status, problem.headers, MEDIA_TYPE)


def install(app: FastAPI, rule_broken: type[Exception]) -> None:
    """Teach the application to answer with problem documents only."""

    async def answer(request: Request, error: Exception) -> Response:
        if isinstance(error, DATABASE_AWAY):
            _log.error("database away", error=type(error).__name__)
        return response(_problem(error))

    kinds: tuple[type[Exception], ...] = (
        Problem,
        rule_broken,
        HTTPException,
        RequestValidationError,
        KeyUsedForAnotherRequest,
        TooManyConflicts,
        StaleVersion,
        PersonErased,
        *DATABASE_AWAY,
    )
    for kind in kinds:
        app.add_exception_handler(kind, answer)


def _problem(error: Exception) -> Problem:
    match error:
        case Problem():
            return error
        case RequestValidationError():
            return invalid([described(each) for each in error.errors()])
        case HTTPException():
            return _of_http(error)
        case KeyUsedForAnotherRequest():
            title = "The idempotency key was used for another request"
            return Problem(422, "urn:merit:idempotency-key-reused", title)
        case TooManyConflicts():
            return unavailable("Others are writing the same", "Send the request again.")
        case StaleVersion():
            return Problem(412, "urn:merit:stale", "Somebody changed it since", str(error))
        case PersonErased():
            return Problem(409, "urn:merit:person-erased", "The person's data was erased")
        case _ if isinstance(error, DATABASE_AWAY):
            detail = "Send the request again with the same Idempotency-Key."
            return unavailable("The service cannot use its database now", detail)
        case _:
            return _of_rule(error)


def _of_rule(error: Exception) -> Problem:
    title = sentence(type(error))
    return Problem(409, "urn:merit:rule:" + title.lower().replace(" ", "-"), title, str(error))


_STATUS_TYPES = {
    400: ("bad-request", "The request cannot be read"),
    401: ("not-authenticated", "Not authenticated"),
    404: ("not-found", "There is nothing here"),
    405: ("method-not-allowed", "This method is not allowed here"),
    413: ("body-too-large", "The body is too large"),
}


def _of_http(error: HTTPException) -> Problem:
    name, title = _STATUS_TYPES.get(error.status_code, (f"http-{error.status_code}", "Refused"))
    return Problem(error.status_code, f"urn:merit:{name}", title, headers=error.headers)


def described(error: Mapping[str, Any]) -> dict[str, str]:
    """One validation error: which field, what kind of thing was found, what is allowed."""
    place = [str(part)[:60] for part in error["loc"]]
    missing = error["type"] == "missing"
    return {
        "field": ".".join(place[1:]) or place[0],
        "in": place[0],
        "found": "nothing" if missing else kind_of(error.get("input")),
        "allowed": "this field is required" if missing else str(error["msg"]),
    }


def kind_of(value: object) -> str:
    """What a value is, without saying it: it may be someone's pay or someone's words."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case int() | float():
            return "a number"
        case str():
            return f"text of {len(value)} characters"
        case list() | tuple():
            return f"a list of {len(value)}"
        case Mapping():
            return "an object"
        case _:
            return "something else"
