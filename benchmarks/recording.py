"""The record of a run: what was measured, on what; one JSON file per benchmark and size."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.measuring import Row

RECORDS = Path(__file__).with_name("records")
_PACKAGES = ("aiokafka", "asyncpg", "faststream", "msgspec", "orjson", "uvloop")


def result(bench: str, rows: Sequence[Row]) -> dict[str, Any]:
    """What `--json` prints."""
    return {"bench": bench, "rows": [row.as_json() for row in rows]}


@dataclass(frozen=True)
class Conditions:
    """Under which a run was taken; versions: of what is not in our own environment."""

    events: int | None = None
    slices: int | None = None
    versions: dict[str, str] = field(default_factory=dict)
    load_before: float | None = None


def record(bench: str, rows: Sequence[Row], conditions: Conditions) -> dict[str, Any]:
    """The result with its conditions; `samples` are the slices that the medians are of."""
    return {
        **result(bench, rows),
        "events": conditions.events,
        "slices": conditions.slices,
        "taken_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "load_before": conditions.load_before,
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in _PACKAGES},
            **conditions.versions,
        },
        "samples": {
            row.case: {side: [round(x, 2) for x in found] for side, found in row.samples.items()}
            for row in rows
        },
    }


def keep(found: dict[str, Any], folder: Path = RECORDS) -> Path:
    """Written over the last record of the same benchmark and size; git has the older ones."""
    folder.mkdir(parents=True, exist_ok=True)
    size = f"-{found['events']}" if found.get("events") else ""
    file = folder / f"{found['bench']}{size}.json"
    file.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    return file


def kept(folder: Path = RECORDS) -> list[dict[str, Any]]:
    """All records, small sizes first."""
    found = [json.loads(file.read_text()) for file in folder.glob("*.json")]
    return sorted(found, key=lambda one: (one["bench"], one["events"] or 0))
