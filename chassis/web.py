"""The web application of a service: its routes, what every service answers, and its edge."""

import os
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Annotated, Any, Protocol
from uuid import uuid4

import fastapi_offline
from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis import access, logs, metrics, problems
from chassis.auth import local_verifier, shared_secret
from chassis.calls import Call, Permit, in_path, permits
from chassis.group import make_group
from chassis.policy import EVERY_SERVICE, Policy
from chassis.settings import Settings
from chassis.tokens import Page, paging

BODY_LIMIT = 1 << 20
_PAGE_FILES = "/docs/files"
_PUBLIC = ("/health/live", "/health/ready", "/metrics", "/openapi.json", "/docs", _PAGE_FILES)
_log = logs.get("web")

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
Ready = Callable[[], Awaitable[str | None]]
"""A readiness check: None, or a sentence that says what is missing."""


class Served(Protocol):
    """What the web application needs to know of a service."""

    @property
    def name(self) -> str: ...
    @property
    def routers(self) -> Sequence[APIRouter]: ...
    @property
    def policy(self) -> Policy: ...
    @property
    def rule_broken(self) -> type[Exception]: ...


class RouteWithoutPermit(Exception):
    """A route would answer without asking the policy."""


def create_app(
    service: Served,
    settings: Settings,
    lifespan: Lifespan | None = None,
    ready: Sequence[Ready] = (),
) -> FastAPI:
    """The application.  Its lifespan must set `app.state.store` before the first request.

    Raises RouteWithoutPermit when a route asks no rule, or one that the policy does not have.
    """
    app = FastAPI(
        title=f"Meritledger {service.name}",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        responses=_RESPONSES,
    )
    app.state.policy = {**EVERY_SERVICE, **service.policy}
    app.state.rule_broken = service.rule_broken
    app.state.group = make_group()
    app.state.standings = access.make_standings()
    app.state.ready = lambda: True
    app.state.verify = local_verifier(settings.home)
    app.state.secret = shared_secret(
        settings.home / f"{service.name}-secret", lambda: os.urandom(32)
    )
    problems.install(app, service.rule_broken)
    for router in (*service.routers, _access_log_routes(), _operator_routes(service.name, ready)):
        app.include_router(router)
    _add_page(app)
    _check_and_describe(app)
    app.add_middleware(Edge, service=service.name)
    return app


def _add_page(app: FastAPI) -> None:
    """The API's page at /docs, with scripts of our own host: it works without the internet."""
    app.mount(
        _PAGE_FILES, StaticFiles(directory=Path(fastapi_offline.__file__).with_name("static"))
    )

    @app.get("/docs", include_in_schema=False)
    async def page() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url="/openapi.json",
            title=app.title,
            swagger_js_url=f"{_PAGE_FILES}/swagger-ui-bundle.js",
            swagger_css_url=f"{_PAGE_FILES}/swagger-ui.css",
            swagger_favicon_url=f"{_PAGE_FILES}/favicon.png",
        )


def _operator_routes(service: str, ready: Sequence[Ready]) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/health/live")
    async def live() -> dict[str, str]:
        return {"service": service, "status": "live"}

    @router.get("/health/ready")
    async def is_ready() -> dict[str, str]:
        missing = [sentence for check in ready if (sentence := await check())]
        if missing:
            raise problems.unavailable("Not ready", " ".join(missing))
        return {"service": service, "status": "ready"}

    @router.get("/metrics")
    async def exposition(request: Request) -> Response:
        pool = request.app.state.store.pool
        metrics.pool(service, pool.get_size() - pool.get_idle_size(), pool.get_max_size())
        return Response(metrics.exposition(), media_type=metrics.CONTENT_TYPE)

    return router


def _access_log_routes() -> APIRouter:
    router = APIRouter(tags=["access log"])

    @router.get("/access-log/{person}")
    async def access_log(
        call: Annotated[Call, Depends(permits("read_access_log", in_path("person")))],
        page: Annotated[Page, Depends(paging)],
    ) -> dict[str, Any]:
        """Who was let through to the person's data, newest first."""
        assert call.subject is not None, "the path names the person"
        (before,) = page.start(1)
        async with call.store.pool.acquire() as connection:
            looks = await access.looks_at(connection, call.subject, before, page.limit + 1)
        return page.answer(looks, "id")

    return router


def permit_of(route: object) -> Permit | None:
    """The permit that a route depends on; a route that is not FastAPI's own kind has none."""
    if not isinstance(route, APIRoute):
        return None
    calls = [dependency.call for dependency in route.dependant.dependencies]
    return next((call for call in calls if isinstance(call, Permit)), None)


def _check_and_describe(app: FastAPI) -> None:
    """Refuse a route without a rule; write the rules and headers into the OpenAPI document."""
    permitted: dict[tuple[str, str], Permit] = {}
    for context in iter_route_contexts(app.routes):
        if context.path in _PUBLIC:
            continue
        permit = permit_of(context.original_route)
        if permit is None or permit.action not in app.state.policy:
            raise RouteWithoutPermit(f"{context.path}: {permit.action if permit else 'no permit'}")
        for method in context.methods or ():
            permitted[context.path_format or "", method.lower()] = permit
    generate = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema:
            return app.openapi_schema
        document = generate()
        for (path, method), permit in permitted.items():
            operation = document["paths"].get(path, {}).get(method)
            if operation:
                operation |= {"x-action": permit.action, "security": [{"bearer": []}]}
                if method in ("post", "put", "patch", "delete"):
                    operation.setdefault("parameters", []).append(_IDEMPOTENCY_KEY)
        document.setdefault("components", {})["securitySchemes"] = {
            "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
        }
        return document

    app.openapi = described  # type: ignore[method-assign]  # FastAPI's documented extension point


_IDEMPOTENCY_KEY: Mapping[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "New for each thing that is asked for; a repeat gets the first answer.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
}
_PROBLEM_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object"}},
    },
}
_RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"description": text, "content": {problems.MEDIA_TYPE: {"schema": _PROBLEM_SCHEMA}}}
    for status, text in {
        400: "A header or token cannot be read",
        401: "No valid bearer token",
        403: "A policy rule does not permit it; the type names the rule",
        404: "There is no such thing",
        409: "A rule of the business forbids it; the type names the rule",
        413: "The body is larger than 1 MiB",
        422: "The request is not valid; `errors` says field, found and allowed",
        503: "Not yet: send it again after Retry-After seconds",
    }.items()
}


class Edge:
    """The outermost middleware: limits bodies, measures answers, and hides what went wrong.

    What nobody expected becomes a 500 with an id that the log has, and no details.
    """

    def __init__(self, app: ASGIApp, service: str) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        began, status = time.perf_counter(), 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, _limited(receive), watched)
        except Exception as error:
            error_id = str(uuid4())
            _log.error("unexpected", error_id=error_id, exc_info=error)
            if status:
                raise
            title = "Something went wrong here"
            problem = problems.Problem(500, "urn:merit:unexpected", title, error_id=error_id)
            await problems.response(problem)(scope, receive, watched)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            seconds = time.perf_counter() - began
            metrics.request(self._service, scope["method"], route, status, seconds)
        return None


def _limited(receive: Receive) -> Receive:
    """Counts the body, whatever its header says; too much is refused where the body is read."""
    read = 0

    async def counted() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > BODY_LIMIT:
            raise HTTPException(413)
        return message

    return counted
