"""The servers of `bench capture`: feedback's API in groups, one by one, or storing nothing."""

import argparse
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
import uvicorn
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis import logs
from chassis.group import Beginning, commit
from chassis.service import application, open_store, spare_the_collector
from chassis.settings import Settings
from chassis.store import Answer, Store
from chassis.together import Together
from feedback.app import SERVICE

KINDS = ("groups", "alone", "nothing")


class Alone(Together[Beginning, Answer]):
    """No group takes anything: each command is executed by itself."""

    async def ask(self, store: Store, asked: Beginning, size: int = 0) -> Answer | None:
        return None


def service(settings: Settings, kind: str) -> ASGIApp:
    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[None]:
        async with open_store(SERVICE, settings) as store:
            app.state.store = store
            if kind == "alone":
                app.state.group = Alone(commit)
            spare_the_collector()
            yield

    return application(SERVICE, settings, lifespan)


async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
    """Reads a request and answers it, which is what the server itself costs."""
    if scope["type"] == "http":
        await Request(scope, receive).body()
        answer = orjson.dumps({"feedback": "", "after": "x" * 60, "streams": [], "events": 1})
        await Response(answer, media_type="application/json")(scope, receive, send)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=KINDS)
    kind = parser.parse_args().kind
    settings = Settings()
    logs.configure(f"bench-{kind}")
    app = nothing if kind == "nothing" else service(settings, kind)
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=settings.port,
        log_config=None,
        access_log=False,
        lifespan="off" if kind == "nothing" else "on",
    )


if __name__ == "__main__":
    main()
