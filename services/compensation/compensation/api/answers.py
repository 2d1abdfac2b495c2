"""How figures leave: stored JSON as JSON, amounts with their currency."""

from typing import Any

import orjson


def as_json(column: str) -> Any:
    """The value of a json column; decimals in it are text."""
    return orjson.loads(column)


def money(minor: int | None, currency: str | None) -> dict[str, Any] | None:
    return None if minor is None or currency is None else {"minor": minor, "currency": currency}
