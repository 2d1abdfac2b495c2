"""The measured event as an application of the `eventsourcing` library writes it.

Runs in the peer's own environment (see process.py); imports nothing of ours.
"""

import time
from typing import Any
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.dispatch import singledispatchmethod
from eventsourcing.domain import Aggregate
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.projection import Projection
from psycopg.sql import SQL

MEASURES = [
    {"name": "orders shipped on time", "target": 9_800, "reached": 9_412, "unit": "per 10,000"},
    {"name": "complaints answered within a day", "target": 95, "reached": 97, "unit": "percent"},
    {"name": "days without an accident", "target": 250, "reached": 183, "unit": "days"},
]
COMMENT = "Two of the three targets are reached; the third was moved to the next quarter in May."


class Goal(Aggregate):
    """Only its events are used: the library stores them as they are."""

    class ProgressReported(Aggregate.Event):
        """The same fields as ours; dates, ids and measures are plain JSON, which costs it least."""

        person: str
        number: int
        points: int
        reported_by: str
        effective_on: str
        measures: list[dict[str, Any]]
        comment: str


class Goals(Application[UUID]):
    """With the library's defaults: JSON, no compression, no encryption, the table locked."""


def report(goal: UUID, number: int) -> Goal.ProgressReported:
    return Goal.ProgressReported(
        originator_id=goal,
        originator_version=number,
        timestamp=Goal.ProgressReported.create_timestamp(),
        person=str(goal),
        number=number,
        points=number % 7,
        reported_by="3d0c41b2-6a55-5f0e-8f0a-6c1f6c0f8a11",
        effective_on="2026-03-01",
        measures=MEASURES,
        comment=COMMENT,
    )


class PointsView(PostgresTrackingRecorder):
    """The read model, written in the transaction of the tracking position."""

    def __init__(self, datastore: Any, **kwargs: Any) -> None:
        super().__init__(datastore, **kwargs)
        self.sql_create_statements.append(
            SQL(
                "CREATE TABLE IF NOT EXISTS goal_points (goal uuid PRIMARY KEY,"
                " person text NOT NULL, reports integer NOT NULL, points bigint NOT NULL,"
                " last_reported timestamptz NOT NULL) WITH (fillfactor = 70)"
            ).format()
        )

    def add(self, event: Goal.ProgressReported, tracking: Tracking) -> None:
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute(
                "INSERT INTO goal_points VALUES (%s, %s, 1, %s, %s) ON CONFLICT (goal) DO UPDATE"
                " SET reports = goal_points.reports + 1,"
                " points = goal_points.points + excluded.points,"
                " last_reported = greatest(goal_points.last_reported, excluded.last_reported)",
                (event.originator_id, event.person, event.points, event.timestamp),
                prepare=True,
            )
            self._insert_tracking(cursor, tracking)

    def begin_behind(self, application: str, position: int) -> None:
        """Empty, as if everything up to the position had been processed before."""
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute("TRUNCATE goal_points")
            cursor.execute(
                f"DELETE FROM {self.tracking_table_name} WHERE application_name = %s",
                (application,),
            )
            if position > 0:
                self._insert_tracking(cursor, Tracking(application, position))

    def reports(self) -> int:
        with self.datastore.transaction() as cursor:
            cursor.execute("SELECT coalesce(sum(reports), 0) AS reports FROM goal_points")
            return int(cursor.fetchone()["reports"])


class Points(Projection[PointsView]):
    """One event at a time: the library's runner knows no batches.

    `seen` has the time of the first event, the time and the position of the last.
    """

    seen: tuple[float, float, int] | None = None

    @singledispatchmethod
    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        raise NotImplementedError

    @process_event.register
    def _(self, domain_event: Goal.ProgressReported, tracking: Tracking) -> None:
        began = time.perf_counter()
        self.view.add(domain_event, tracking)
        first = began if Points.seen is None else Points.seen[0]
        Points.seen = first, time.perf_counter(), tracking.notification_id
