"""What a log line may hold."""

import json
import logging
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
import structlog

from chassis import logs


@pytest.fixture
def lines() -> Iterator[StringIO]:
    """The log of a process, and everything as it was before."""
    root, stream = logging.getLogger(), StringIO()
    handlers, level, before = list(root.handlers), root.level, structlog.get_config()
    logs.configure("goals", stream)
    yield stream
    root.handlers, root.level = handlers, level
    structlog.configure(**before)
    structlog.contextvars.clear_contextvars()


def last(lines: StringIO) -> Any:
    return json.loads(lines.getvalue().splitlines()[-1])


def test_a_line_is_json_with_the_service(lines: StringIO) -> None:
    logs.get("relay").info("published", count=3)
    line = last(lines)
    assert (line["service"], line["name"], line["event"], line["count"]) == (
        "goals",
        "relay",
        "published",
        3,
    )


def test_a_field_that_is_not_on_the_list_is_withheld(lines: StringIO) -> None:
    logs.get("api").info("seen", salary=120_000, person_name="Ann Example")
    assert last(lines)["salary"] == logs.WITHHELD
    assert "Ann" not in lines.getvalue()


def test_an_exception_is_logged_by_type_and_place_without_its_message(lines: StringIO) -> None:
    try:
        raise ValueError("Ann Example earns 120000")
    except ValueError as error:
        logs.get("api").error("unexpected", exc_info=error)
    line = last(lines)
    assert line["error"] == "ValueError"
    assert line["where"].startswith("test_logs.py:")
    assert "Ann" not in lines.getvalue()


def test_a_librarys_arguments_are_not_filled_in(lines: StringIO) -> None:
    logging.getLogger("some.library").warning("cannot read %s", "Ann Example")
    assert last(lines)["event"] == "cannot read %s"
