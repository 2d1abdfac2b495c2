"""The peer's side of the benchmarks: a line of JSON asks, a line of JSON answers.

`python -m benchmarks.peer.process` with the peer's own Python; PostgreSQL comes in the
environment variables that the library reads.
"""

import gc
import json
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from typing import Any
from uuid import UUID, uuid4

from eventsourcing.persistence import InfrastructureFactory
from eventsourcing.projection import ApplicationSubscription, ProjectionRunner
from eventsourcing.utils import Environment

from benchmarks.peer.reports import Goal, Goals, Points, PointsView, report

Answer = dict[str, Any]
app = Goals()
view = InfrastructureFactory.construct(
    env=Environment(Points.name, dict(os.environ))
).tracking_recorder(PointsView)


def versions() -> Answer:
    return {name: version(name) for name in ("eventsourcing", "psycopg")}


def append(connections: int, appends: int, batch: int) -> Answer:
    """Each connection is a thread that appends one after the other; the pool has that many."""
    share = appends // connections
    work = [[new_events(batch) for _ in range(share)] for _ in range(connections)]

    def one(mine: list[list[Goal.ProgressReported]]) -> int:
        return sum(len(app.events.put(events)) for events in mine)

    with ThreadPoolExecutor(connections) as pool:
        began = time.perf_counter()
        done = sum(pool.map(one, work))
        seconds = time.perf_counter() - began
    wanted = share * connections * batch
    return {"events": done, "seconds": seconds, "lost": wanted - done}


def new_events(count: int) -> list[Goal.ProgressReported]:
    goal = uuid4()
    return [report(goal, n + 1) for n in range(count)]


REAL = 20_000
COPIED = 50_000  # streams a transaction


def fill(events: int, per_stream: int) -> Answer:
    """Streams of that length until the store has as many events.

    All but the first and the last are copies of one stream under other ids, made by PostgreSQL.
    """
    streams = max(1, 1_000 // per_stream)
    copied = ""
    while (there := app.recorder.max_notification_id() or 0) < min(events, REAL):
        copied = add(streams, per_stream)["streams"][0]
    while (missing := events - REAL - there) > 0:
        with app.recorder.datastore.transaction(commit=True) as cursor:
            cursor.execute(
                f"""INSERT INTO {app.recorder.events_table_name}
                        (originator_id, originator_version, topic, state)
                    SELECT made.id, copied.originator_version, copied.topic, copied.state
                    FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, %s)) AS made
                    CROSS JOIN (SELECT * FROM {app.recorder.events_table_name}
                                WHERE originator_id = %s ORDER BY originator_version) AS copied""",
                (min(COPIED, -(-missing // per_stream)), copied),
            )
        there = app.recorder.max_notification_id() or 0
    while there < events:
        there += add(streams, per_stream)["events"]
    return {"events": there, "table": app.recorder.events_table_name}


def add(streams: int, length: int) -> Answer:
    """So many new streams of that length."""
    begun = [new_events(length) for _ in range(streams)]
    batch = max(1, 1_000 // length)
    for n in range(0, streams, batch):
        app.events.put([event for events in begun[n : n + batch] for event in events])
    ids = [str(events[0].originator_id) for events in begun]
    return {"events": streams * length, "streams": ids}


def read(events: int) -> Answer:
    """As the library hands them to whoever follows an application: in order, each decoded."""
    seen, wrong, last = 0, 0, 0
    began = time.perf_counter()
    with ApplicationSubscription(app, gt=0) as subscription:
        for _, tracking in subscription:
            wrong += tracking.notification_id <= last
            last = tracking.notification_id
            seen += 1
            if seen == events:
                break
        seconds = time.perf_counter() - began
    return {"events": seen, "seconds": seconds, "lost": wrong}


def select(events: int, page: int) -> Answer:
    """Only the recorder and the mapper: pages of rows, each made into its event."""
    began, seen, wrong, last = time.perf_counter(), 0, 0, 0
    while seen < events:
        found = app.recorder.select_notifications(last + 1, min(page, events - seen))
        for notification in found:
            app.mapper.to_domain_event(notification)
            wrong += notification.id <= last
            last = notification.id
        seen += len(found)
        if not found:
            break
    seconds = time.perf_counter() - began
    return {"events": seen, "seconds": seconds, "lost": events - seen + wrong}


def load(streams: list[str], length: int) -> Answer:
    ids = [UUID(stream) for stream in streams]
    began = time.perf_counter()
    seen = sum(sum(1 for _ in app.events.get(stream)) for stream in ids)
    seconds = time.perf_counter() - began
    return {"events": seen, "seconds": seconds, "lost": len(ids) * length - seen}


def projection(events: int) -> Answer:
    """The last so many events with the library's runner, into an empty view that tracks."""
    last = app.recorder.max_notification_id() or 0
    view.begin_behind(Goals.name, last - events)
    Points.seen = None
    with ProjectionRunner(
        application_class=Goals, projection_class=Points, view_class=PointsView
    ) as runner:
        while Points.seen is None or Points.seen[2] < last:
            if runner.is_interrupted.wait(0.005):
                break
        seen = Points.seen
    done = view.reports()
    assert seen is not None, "the runner raises what stopped it"
    return {"events": events, "seconds": seen[1] - seen[0], "lost": abs(events - done)}


DOES: dict[str, Callable[..., Answer]] = {
    "versions": versions,
    "append": append,
    "fill": fill,
    "add": add,
    "read": read,
    "select": select,
    "load": load,
    "projection": projection,
}

if __name__ == "__main__":
    # The same setting as ours: the peer gains from it too.
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(DOES[asked.pop("do")](**asked)), flush=True)
