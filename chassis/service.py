"""A service as its `app.py` declares it, and the process that runs it."""

import argparse
import asyncio
import gc
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import uvicorn
from fastapi import APIRouter, FastAPI

from chassis import logs
from chassis.clock import local_clock
from chassis.codec import EventName, Registry, Upcast
from chassis.consume import heard_before, make_broker
from chassis.history import Shows, history_routes
from chassis.keys import KEY_TABLE, KeyRing
from chassis.migrate import KERNEL, close_pool, ensure_database, migrate, open_pool
from chassis.operate import (
    parking_routes,
    position_routes,
    relay_routes,
    seal_routes,
    status_routes,
)
from chassis.policy import Policy
from chassis.record import Consumer
from chassis.relay import run_relay
from chassis.seal_relay import run_seal_relay
from chassis.seals import run_seals
from chassis.settings import SERVICE_ROLE, Settings
from chassis.status import watch
from chassis.store import Store
from chassis.tail import Horizon, record_horizon, run_own_consumer, watch_gate
from chassis.timers import Fire, run_timers
from chassis.topics import ensure_topics
from chassis.web import Lifespan, Ready, create_app

Role = Literal["api", "worker", "all"]
_STOP_TRIES, _STOP_S = 10, 2.0
log = logs.get("service")


@dataclass(frozen=True)
class Service:
    """Everything that makes a service, put together in its `app.py`.

    events: stored (name, version) → dataclass.  rule_broken: the base of the domain's errors.
    unpublished: categories of streams that never leave the store.  start: runs once the store is
    open, before the first request.  shows: whether a reader who holds these relations and roles
    sees an event (stored name, data) in `GET /history`.
    """

    name: str
    events: Mapping[EventName, type]
    rule_broken: type[Exception]
    policy: Policy
    routers: Sequence[APIRouter]
    consumers: Sequence[Consumer]
    migrations: Path
    upcasts: Mapping[EventName, Upcast] = field(default_factory=dict)
    timers: Mapping[str, Fire] = field(default_factory=dict)
    unpublished: frozenset[str] = frozenset()
    start: Callable[[Store], Awaitable[None]] | None = None
    shows: Shows = lambda held, name, data: True

    def hears(self) -> set[str]:
        """The other services whose topics it reads."""
        return {c.source for c in self.consumers} - {"own"}


@asynccontextmanager
async def open_store(service: Service, settings: Settings) -> AsyncIterator[Store]:
    """The service's database, migrated, with its connections and the key ring."""
    database, keys = settings.database(service.name), settings.database("keys")
    await migrate(settings, database, [KERNEL, service.migrations])
    await ensure_database(settings, keys, KEY_TABLE)
    clock = local_clock(settings.home)
    async with AsyncExitStack() as stack:
        key_pool = await open_pool(settings.model_copy(update={"pool_size": 2}), keys)
        stack.push_async_callback(close_pool, key_pool)
        pool = await open_pool(settings, database, SERVICE_ROLE)
        stack.push_async_callback(close_pool, pool)
        yield Store(
            service=service.name,
            pool=pool,
            registry=Registry(service.events, service.upcasts),
            keys=KeyRing(key_pool, clock),
            clock=clock,
            settings=settings,
        )


@dataclass
class Workers:
    """The tasks that a worker process owns."""

    listening: bool = False
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def start(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        self.tasks.append(asyncio.create_task(_keep_going(name, work), name=name))

    async def stop(self) -> None:
        """Cancelled until they have ended: a library may swallow one cancellation."""
        for _ in range(_STOP_TRIES):
            left = [task for task in self.tasks if not task.done()]
            for task in left:
                task.cancel()
            if not left or not (await asyncio.wait(left, timeout=_STOP_S))[1]:
                return
        log.error("workers did not stop", name=", ".join(task.get_name() for task in left))


async def _keep_going(name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Do the work again when it ends or fails, sooner after a long good run."""
    pause = 0.1
    while True:
        started = time.monotonic()
        try:
            await work()
        except Exception as error:
            log.error("worker failed", name=name, exc_info=error)
        pause = 0.1 if time.monotonic() - started > 30 else min(pause * 2, 5.0)
        await asyncio.sleep(pause)


@asynccontextmanager
async def working(
    service: Service, store: Store, role: Role
) -> AsyncIterator[tuple[Store, Workers]]:
    """The store with the role's workers going; they are stopped and awaited at the end."""
    workers = Workers(listening=role == "api")
    if role == "api":
        yield store, workers
        return
    horizon = Horizon()
    store = replace(store, appended=horizon.nudge)
    workers.start("horizon", lambda: horizon.follow(store))
    workers.start("instants", lambda: record_horizon(store, horizon))
    workers.start("gate", lambda: watch_gate(store))
    workers.start("status", lambda: watch(store, service.consumers))
    workers.start("relay", lambda: run_relay(store, horizon, service.unpublished))
    workers.start("seals", lambda: run_seals(store))
    workers.start("seal relay", lambda: run_seal_relay(store))
    workers.start("timers", lambda: run_timers(store, service.timers))
    workers.start("consumers", lambda: _listen(service, store, workers))
    for consumer in service.consumers:
        if consumer.source == "own":
            workers.start(consumer.id, lambda c=consumer: run_own_consumer(store, c, horizon))  # type: ignore[misc]  # mypy cannot infer the default's type
    try:
        yield store, workers
    finally:
        await workers.stop()


async def _listen(service: Service, store: Store, workers: Workers) -> None:
    await ensure_topics(store.settings, service.hears() | {service.name})
    broker, subscriptions = make_broker(store, [c for c in service.consumers if c.source != "own"])
    try:
        await broker.start()
        while not await heard_before(store, subscriptions):  # noqa: ASYNC110  # offsets are rows
            await asyncio.sleep(0.05)
        workers.listening = True
        await asyncio.Event().wait()
    finally:
        workers.listening = False
        await broker.stop()


def application(
    service: Service,
    settings: Settings,
    lifespan: Lifespan | None = None,
    ready: Sequence[Ready] = (),
) -> FastAPI:
    """The service's routes and those that every service has."""
    common = [
        history_routes(service.shows),
        position_routes(service.unpublished),
        status_routes(service.consumers),
        parking_routes(service.consumers),
        seal_routes(),
        relay_routes(),
    ]
    whole = replace(service, routers=[*service.routers, *common])
    return create_app(whole, settings, lifespan, ready)


def run(service: Service) -> None:
    """The process: `python -m <service>.app [--role api|worker|all]`."""
    parser = argparse.ArgumentParser(prog=service.name)
    parser.add_argument("--role", choices=["api", "worker", "all"], default="all")
    role: Role = parser.parse_args().role
    settings = Settings()
    logs.configure(service.name)

    seen: list[Workers] = []

    def listening() -> bool:
        return bool(seen) and seen[0].listening

    async def ready() -> str | None:
        return None if listening() else "It has not heard yet what was said before it started."

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[None]:
        try:
            async with open_store(service, settings) as opened:
                if service.start:
                    await service.start(opened)
                async with working(service, opened, role) as (store, workers):
                    app.state.store = store
                    app.state.ready = listening
                    seen.append(workers)
                    spare_the_collector()
                    log.info("started", role=role, port=settings.port)
                    yield
        except Exception as error:
            log.error("cannot run", exc_info=error)
            raise
        log.info("stopped")

    _answer(application(service, settings, lifespan, [ready]), settings)


def spare_the_collector() -> None:
    """What is loaded by now stays; looking at it again with every batch took half of its time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


def _answer(app: FastAPI, settings: Settings) -> None:
    """Serves until it is told to stop; at the inherited socket if there is one."""
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=10,
    )
    server = uvicorn.Server(config)
    given = settings.listen_fd
    server.run(sockets=None if given is None else [socket.socket(fileno=given)])
    if not server.started:
        sys.exit(f"{settings.prefix}: the service could not start; its log says why")
