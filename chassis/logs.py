"""Logs as JSON lines, from a closed list of fields: never personal text, never pay.

A field that is not on the list is withheld, so that a careless line cannot leak.  Exceptions are
logged by type and place; their messages may carry values and are not.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog

_ALLOWED = frozenset(
    (
        "event level timestamp logger service role action actor method route status duration_ms "
        "error error_id where consumer source topic partition offset position upto stream category "
        "version schema_version type key count events batch epoch attempt attempts retry_s "
        "lag_events lag_s port pid database migration name correlation outcome reason signal"
    ).split(" ")
)
WITHHELD = "[withheld]"


def configure(service: str, stream: Any = None) -> None:
    """Send this process's logs, libraries' included, to `stream` (standard error) as JSON."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _place_of_exception,
            _only_allowed,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(stream or sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=False,
    )
    structlog.contextvars.bind_contextvars(service=service)
    root = logging.getLogger()
    root.handlers = [_LibraryLines()]
    root.setLevel(logging.WARNING)


def get(name: str) -> Any:
    """A logger; its calls are `log.info("what happened", consumer=…, count=…)`."""
    return structlog.get_logger(name=name)


def place(error: BaseException) -> str:
    """Where an exception came from, innermost last: file:line of our last frames."""
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    return " < ".join(
        f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in reversed(frames)
    )


def _place_of_exception(
    _: Any, __: str, line: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    given = line.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given
    if isinstance(error, BaseException):
        line.update(error=type(error).__name__, where=place(error))
    return line


def _only_allowed(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {name: value if name in _ALLOWED else WITHHELD for name, value in line.items()}


class _LibraryLines(logging.Handler):
    """A library's warning: who and where, its text without arguments that were filled in."""

    def emit(self, record: logging.LogRecord) -> None:
        get(record.name).log(
            record.levelno,
            str(record.msg).strip().split("\n")[0][:300],
            where=f"{record.filename}:{record.lineno}",
            exc_info=record.exc_info[1] if record.exc_info else None,
        )
