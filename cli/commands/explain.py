"""explain: from an amount or a score down to every factor, rounding and event behind it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.console import Failed
from cli.output import As, AsJson, in_words, print_json

if TYPE_CHECKING:
    from cli.people_names import Directory

# What can be explained: the service that knows it and the roles that may see it of anybody.
KINDS = {
    "bonus": ("compensation", ("aud", "comp", "hrbp")),
    "merit": ("compensation", ("aud", "comp", "hrbp")),
    "score": ("appraisal", ("aud", "hrbp")),
}
_TOLD = frozenset("label value formula of events sources recorded late_readings".split())


def register(app: typer.Typer) -> None:
    app.command()(explain)


def explain(
    kind: Annotated[str, typer.Argument(metavar="bonus|merit|score")],
    employee: Annotated[str, typer.Argument(metavar="EMPLOYEE", help="Number, name or id.")],
    cycle: Annotated[str | None, typer.Option("--cycle", help="The latest unless said.")] = None,
    revision: Annotated[int | None, typer.Option("--revision", min=1)] = None,
    as_: As = None,
    as_json: AsJson = False,
) -> None:
    """Print how a bonus, a merit increase or a score came about, down to the events."""
    if kind not in KINDS:
        raise Failed(f"{kind!r} cannot be explained; there are {', '.join(KINDS)}.")
    from cli.client import connect, segment
    from cli.people_names import ADMINS, Directory, actor, resolve

    client = connect(ADMINS[0])
    service, roles = KINDS[kind]
    person = resolve(client, employee)
    reader = actor(client, as_, *roles, otherwise=person)
    path = f"/explain/{kind}/{segment(person)}"
    found = reader.read(service, path, cycle=cycle, revision=revision)
    if as_json:
        print_json(found)
        return
    directory = Directory(client)
    for line in lines_of(found, f"{kind} of {directory.name(person)}", directory):
        print(line)


def lines_of(found: dict[str, Any], title: str, directory: "Directory") -> Iterator[str]:
    """The answer as a tree; a node has label, value, formula, of (its parts) and events."""
    where = [f"{n} {found[n]}" for n in ("cycle", "revision") if found.get(n) is not None]
    yield title + (f" ({', '.join(where)})" if where else "")
    late = found.get("late_readings") or []
    after = [{"label": reading["goal"], "value": _reading(reading)} for reading in late]
    parts = (
        [found, {"label": "later readings, which move nothing", "of": after}] if late else [found]
    )
    if found.get("recorded"):
        parts.append({"label": f"recorded: {_place(found['recorded'])}"})
    yield from _branches(parts, directory, "")


def _branches(nodes: list[dict[str, Any]], directory: "Directory", indent: str) -> Iterator[str]:
    for number, node in enumerate(nodes, start=1):
        last = number == len(nodes)
        yield f"{indent}{'└── ' if last else '├── '}{_line(node)}"
        events = [{"label": _event(event, directory)} for event in node.get("events", ())]
        inside = indent + ("    " if last else "│   ")
        yield from _branches([*node.get("of", ()), *events], directory, inside)


def _line(node: dict[str, Any]) -> str:
    value = node.get("value")
    rest = ", ".join(_more(node))
    return (
        str(node["label"])
        + ("" if value is None else f": {in_words(value)}")
        + (f"  {node['formula']}" if node.get("formula") else "")
        + (f"  ({rest})" if rest else "")
    )


def _reading(reading: dict[str, Any]) -> str:
    return f"{reading['value']} as of {reading['as_of']}, {in_words(reading['recorded_at'])}"


def _more(node: dict[str, Any]) -> Iterator[str]:
    """What else a part says of itself, such as the hash of a frozen table."""
    if "person" in node:  # the whole; its ids are for programs
        return
    for name, value in node.items():
        if name not in _TOLD and value is not None:
            text = in_words(value)
            short = text[:12] + "…" if name.endswith("hash") else text
            yield f"{name.replace('_', ' ')} {short}"


def _event(event: dict[str, Any], directory: "Directory") -> str:
    kind = f"{event['kind']}: " if event.get("kind") else ""
    by = f", by {directory.name(event['by'])}" if event.get("by") else ""
    return f"← {kind}{_place(event)}{by}"


def _place(event: dict[str, Any]) -> str:
    """Where an event stands, by what is known of it."""
    known = [str(event["service"])] if event.get("service") else []
    known += [f"{n} {event[n]}" for n in ("event", "position", "stream", "version") if n in event]
    if event.get("recorded_at"):
        known.append(in_words(event["recorded_at"]))
    return ", ".join(known)
