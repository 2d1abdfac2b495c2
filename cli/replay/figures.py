"""All figures of history, by kind: how many come out again as they were recorded."""

from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg

from chassis.codec import Registry
from chassis.settings import Settings
from cli.contracts.files import load_service
from cli.replay.awards import awards
from cli.replay.figure import Figure
from cli.replay.scores import scores

KINDS = ("score", "merit", "bonus")
HISTORIES = {"appraisal": ("appraisal",), "compensation": ("award", "compcycle")}
_PAGE = 1000


async def recomputed(settings: Settings) -> list[Figure]:
    """Scores from appraisal's history, increases and bonuses from compensation's."""
    found: list[Figure] = []
    for service, categories in HISTORIES.items():
        connection = await asyncpg.connect(settings.dsn(settings.database(service)))
        try:
            streams = await _streams(connection, service, categories)
            if service == "appraisal":
                found += await scores(connection, streams)
            else:
                found += awards(streams)
        finally:
            await connection.close()
    return found


def by_kind(figures: Sequence[Figure]) -> list[dict[str, Any]]:
    """`different` counts those that did not come out again."""
    count = Counter(figure.kind for figure in figures)
    equal = Counter(figure.kind for figure in figures if figure.equal)
    return [
        {
            "kind": kind,
            "count": count[kind],
            "equal": equal[kind],
            "different": count[kind] - equal[kind],
        }
        for kind in KINDS
    ]


async def _streams(
    connection: asyncpg.Connection, service: str, categories: Sequence[str]
) -> dict[UUID, list[Any]]:
    """The events of each stream, decoded, from its first."""
    declared = load_service(service)
    registry = Registry(declared.events, declared.upcasts)
    found: dict[UUID, list[Any]] = {}
    async with connection.transaction():
        rows = connection.cursor(
            """SELECT e.stream, e.type, e.schema_version, e.data
               FROM event e JOIN stream s ON s.id = e.stream
               WHERE s.category = ANY ($1) ORDER BY e.stream, e.version""",
            list(categories),
            prefetch=_PAGE,
        )
        async for row in rows:
            event = registry.decode(row["type"], row["schema_version"], row["data"])
            found.setdefault(row["stream"], []).append(event)
    return found
