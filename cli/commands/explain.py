"""explain: from an amount or a score down to every factor, rounding and event behind it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.console import Failed, console
from cli.output import As, AsJson, in_words, print_json

if TYPE_CHECKING:
    from rich.tree import Tree

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
    console().print(tree_of(found, f"{kind} of {directory.name(person)}", directory))


def tree_of(found: dict[str, Any], title: str, directory: "Directory") -> "Tree":
    """The answer as a tree; a node has label, value, formula, of (its parts) and events."""
    from rich.text import Text
    from rich.tree import Tree

    where = [f"{n} {found[n]}" for n in ("cycle", "revision") if found.get(n) is not None]
    root = Tree(Text.assemble((title, "bold"), f" ({', '.join(where)})" if where else ""))
    top = root.add(_line(found))
    _grow(top, found, directory)
    late = found.get("late_readings") or []
    if late:
        after = root.add(f"{len(late)} readings came later and move nothing")
        for reading in late:
            when = in_words(reading["recorded_at"])
            after.add(f"{reading['goal']}: {reading['value']} as of {reading['as_of']}, {when}")
    if found.get("recorded"):
        root.add(Text(f"recorded: {_place(found['recorded'])}", style="dim"))
    return root


def _grow(branch: "Tree", node: dict[str, Any], directory: "Directory") -> None:
    from rich.text import Text

    for part in node.get("of", ()):
        _grow(branch.add(_line(part)), part, directory)
    for event in node.get("events", ()):
        branch.add(Text(_event(event, directory), style="dim"))


def _line(node: dict[str, Any]) -> Any:
    from rich.text import Text

    value = node.get("value")
    formula = f"  {node['formula']}" if node.get("formula") else ""
    rest = ", ".join(_more(node))
    return Text.assemble(
        f"{node['label']}" if value is None else f"{node['label']}: ",
        ("" if value is None else in_words(value), "bold"),
        (formula, "cyan"),
        (f"  ({rest})" if rest else "", "dim"),
    )


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
