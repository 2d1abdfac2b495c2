"""Instants as people type them."""

from datetime import UTC, datetime, timedelta

from cli.console import Failed


def instant_of(text: str) -> str:
    """`2026-03-31`, the end of that day, or `2026-03-31T10:00`; UTC unless an offset is said."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Failed(
            f"{text!r} is not an instant; write 2026-03-31 or 2026-03-31T10:00:00+01:00."
        ) from None
    if len(text) == len("2026-03-31"):
        moment += timedelta(days=1) - timedelta(microseconds=1)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat()
