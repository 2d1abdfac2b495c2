"""One canonical form of the domain's values, and its SHA-256."""

import hashlib
import json
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any


def digest(*values: object) -> str:
    """SHA-256, in hex, of the values as JSON with sorted keys.

    Decimals are written without exponent and trailing zeros, days and instants as ISO texts.
    """
    plain = [asdict(v) if is_dataclass(v) and not isinstance(v, type) else v for v in values]
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, date | datetime):
        return value.isoformat()
    assert is_dataclass(value), "the domain's own values"
    assert not isinstance(value, type), "a value, not its type"
    return asdict(value)
