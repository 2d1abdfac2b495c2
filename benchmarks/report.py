"""docs/performance.md from the records: a table per record, a few words per benchmark."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.recording import kept

PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"
WORDS = Path(__file__).with_name("words")
_ORDER = "append capture read load projection relay consume scale verify latency".split()


def page(records: Sequence[dict[str, Any]], words: Path = WORDS) -> str:
    """The whole page; a benchmark without a record is not on it."""
    parts = [(words / "begin.md").read_text().strip()]
    for bench in _ORDER:
        found = [record for record in records if record["bench"] == bench]
        if found:
            text = words / f"{bench}.md"
            parts.append(f"## {bench.capitalize()}")
            parts += [text.read_text().strip()] if text.exists() else []
            parts += [one for record in found for one in (_conditions(record), _table(record))]
    return "\n\n".join(parts) + "\n"


def _conditions(record: dict[str, Any]) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in record["versions"].items())
    size = f"{record['events']:,} events in the store; " if record.get("events") else ""
    slices = f"medians of {record['slices']} slices; " if record.get("slices") else ""
    load = record.get("load_before")
    busy = f", load before {load}" if load is not None else ""
    taken = f"{record['taken_at'][:16].replace('T', ' ')} UTC"
    return f"{size}{slices}{record['cores']} cores{busy}; {taken}; {versions}."


def _table(record: dict[str, Any]) -> str:
    lines = [
        "| case | ours | peer | ceiling | unit | ÷ peer | ÷ ceiling | lost |",
        "|---|---:|---:|---:|---|---:|---:|---:|",
    ]
    for row in record["rows"]:
        cells = [row[name] for name in ("ours", "peer", "ceiling")]
        figures = ["–" if x is None else f"{x:,.0f}" if x >= 100 else f"{x:g}" for x in cells]
        ratios = ["–" if row[n] is None else f"{row[n]:g}" for n in ("ratio_peer", "ratio_ceiling")]
        lines.append(
            f"| {' | '.join([row['case'], *figures, row['unit'], *ratios])} | {row['lost']} |"
        )
    return "\n".join(lines)


def write(file: Path = PAGE) -> str:
    file.write_text(page(kept()))
    return f"docs/{file.name}"
