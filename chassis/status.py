"""How a service stands: one look at its store and at Kafka, for operators and for the metrics."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chassis import metrics
from chassis.behind import UNREACHABLE, Behind, TopicEnds, age, heard_behind, own_behind, unknown
from chassis.record import Consumer
from chassis.relay import LEADER, RELAY
from chassis.seal_relay import CHECKPOINT
from chassis.store import Connection, Store, safe_position

EVERY_S = 2.0


@dataclass(frozen=True, slots=True)
class Relay:
    """events, age_s: not on Kafka yet, and since when.  leader: the process; None if none leads."""

    events: int
    age_s: float
    leader: str | None
    epoch: int
    parked: int


@dataclass(frozen=True, slots=True)
class Timers:
    """set: all of them.  due: those whose moment has come.  overdue_s: since when the oldest."""

    set: int
    due: int
    overdue_s: float


@dataclass(frozen=True, slots=True)
class Sealed:
    """The last seal, number 0 before the first; unpublished: seals that are not on Kafka yet;
    unsealed_s: the age of the oldest event behind.
    """

    number: int
    position: int
    unpublished: int
    age_s: float | None
    unsealed_s: float


@dataclass(frozen=True, slots=True)
class Status:
    """position: of the newest event.  horizon: up to where readers may go; horizon_age_s: since
    when an event waits above the last horizon that was written down.
    """

    position: int
    horizon: int
    horizon_age_s: float
    relay: Relay
    parked: int
    timers: Timers
    seal: Sealed
    kafka: bool
    consumers: tuple[Behind, ...]


async def look(store: Store, consumers: Sequence[Consumer], kafka: TopicEnds | None) -> Status:
    """One look; without Kafka, what it alone can tell is left out."""
    now = store.clock()
    own = [consumer.id for consumer in consumers if consumer.source == "own"]
    heard = [consumer for consumer in consumers if consumer.source != "own"]
    reachable, theirs = kafka is not None, unknown(heard)
    if kafka is not None:
        try:
            theirs = await heard_behind(store.pool, heard, kafka, store.settings, now)
        except UNREACHABLE:
            reachable = False
    async with store.pool.acquire() as connection:
        relay, *behind = await own_behind(connection, [RELAY, *own], now)
        keys = await _parked(connection)
        return Status(
            position=await connection.fetchval("SELECT coalesce(max(position), 0) FROM event"),
            horizon=await safe_position(connection),
            horizon_age_s=await _horizon_age(connection, now),
            relay=await _relay(connection, relay, keys.get(RELAY, 0)),
            parked=sum(keys.values()),
            timers=await _timers(connection, now),
            seal=await _sealed(connection, now),
            kafka=reachable,
            consumers=tuple(replace(b, parked=keys.get(b.consumer, 0)) for b in behind + theirs),
        )


async def _parked(connection: Connection) -> dict[str, int]:
    rows = await connection.fetch(
        "SELECT consumer, count(DISTINCT key) AS keys FROM parked GROUP BY consumer"
    )
    return {row["consumer"]: row["keys"] for row in rows}


async def _horizon_age(connection: Connection, now: datetime) -> float:
    """Since when an event waits above the last instant's position: 0 while readers keep up."""
    oldest = await connection.fetchval(
        """SELECT recorded_at FROM event
           WHERE position > coalesce(
               (SELECT position FROM horizon ORDER BY instant DESC LIMIT 1), 0)
           ORDER BY position LIMIT 1"""
    )
    return age(oldest, now)


async def _relay(connection: Connection, behind: Behind, parked: int) -> Relay:
    epoch = await connection.fetchval(
        "SELECT leader_epoch FROM checkpoint WHERE consumer = $1 AND shard = 0", RELAY
    )
    leader = await connection.fetchval(
        """SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a USING (pid)
           WHERE l.locktype = 'advisory' AND l.objsubid = 2 AND l.granted
             AND l.classid = $1::bigint::oid AND l.objid = $2::bigint::oid
             AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())""",
        *LEADER,
    )
    process = leader.partition(" ")[2] if leader else None
    return Relay(behind.events or 0, behind.seconds or 0.0, process, epoch or 0, parked)


async def _timers(connection: Connection, now: datetime) -> Timers:
    row = await connection.fetchrow(
        """SELECT count(*) AS set, count(*) FILTER (WHERE due_at <= $1) AS due,
                  min(due_at) AS oldest FROM timer""",
        now,
    )
    assert row is not None, "an aggregate has a row"
    return Timers(row["set"], row["due"], age(row["oldest"], now))


async def _sealed(connection: Connection, now: datetime) -> Sealed:
    row = await connection.fetchrow(
        "SELECT number, last, sealed_at FROM seal ORDER BY number DESC LIMIT 1"
    )
    number, last, sealed_at = row or (0, 0, None)
    oldest = await connection.fetchval(
        "SELECT recorded_at FROM event WHERE position > $1 ORDER BY position LIMIT 1", last
    )
    published = await connection.fetchval(
        "SELECT position FROM checkpoint WHERE consumer = $1 AND shard = 0", CHECKPOINT
    )
    since = age(sealed_at, now) if sealed_at else None
    return Sealed(number, last, max(0, number - (published or 0)), since, age(oldest, now))


async def look_once(store: Store, consumers: Sequence[Consumer]) -> Status:
    """With a connection to Kafka of its own, for whoever asks now and then."""
    try:
        async with TopicEnds(store.settings) as kafka:
            return await look(store, consumers, kafka)
    except UNREACHABLE:
        return await look(store, consumers, None)


def show(service: str, found: Status) -> None:
    """The same figures as metrics; what Kafka does not tell stays as it was told last."""
    seal, timers = found.seal, found.timers
    for name, value in {
        "merit_position": found.position,
        "merit_relay_lag_events": found.relay.events,
        "merit_relay_age_seconds": found.relay.age_s,
        "merit_relay_led": found.relay.leader is not None,
        "merit_horizon_age_seconds": found.horizon_age_s,
        "merit_timers_due": timers.due,
        "merit_timers_overdue_seconds": timers.overdue_s,
        "merit_seal_number": seal.number,
        "merit_seal_position": seal.position,
        "merit_seals_unpublished": seal.unpublished,
        "merit_unsealed_age_seconds": seal.unsealed_s,
        "merit_kafka_reached": found.kafka,
        "merit_looked_timestamp_seconds": time.time(),
    }.items():
        metrics.figure(service, name, value)
    metrics.consumer(service, "merit_parked_keys", RELAY, found.relay.parked)
    for one in found.consumers:
        metrics.consumer(service, "merit_parked_keys", one.consumer, one.parked)
        if one.events is not None and one.seconds is not None:
            metrics.consumer(service, "merit_lag_events", one.consumer, one.events)
            metrics.consumer(service, "merit_lag_seconds", one.consumer, one.seconds)


async def watch(store: Store, consumers: Sequence[Consumer]) -> None:
    """Tell the metrics how the service stands, every two seconds."""
    while True:
        try:
            async with TopicEnds(store.settings) as kafka:
                reachable = True
                while reachable:
                    found = await look(store, consumers, kafka)
                    show(store.service, found)
                    reachable = found.kafka
                    await asyncio.sleep(EVERY_S)
        except UNREACHABLE:
            show(store.service, await look(store, consumers, None))
            await asyncio.sleep(EVERY_S)
