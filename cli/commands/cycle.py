"""cycle: where everybody stands in an appraisal cycle, who is late, and how far pay is."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.console import Failed
from cli.output import As, AsJson, print_json, print_table

if TYPE_CHECKING:
    from cli.client import Client
    from cli.people_names import Directory

NAMES = 12
STEPS = {
    "self": "rates themself",
    "manager": "is rated by the manager",
    "share": "result to be shared",
    "interview": "interview to be held",
    "acknowledge": "answers the result",
    "done": "final",
}


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Show how far an appraisal cycle is.", no_args_is_help=True)
    group.command("status")(status)
    app.add_typer(group, name="cycle")


def status(
    cycle: Annotated[
        str | None, typer.Argument(metavar="[CYCLE]", help="The open one unless said.")
    ] = None,
    step: Annotated[str | None, typer.Option("--step", help=", ".join(STEPS) + ".")] = None,
    late: Annotated[bool, typer.Option("--late", help="Only who is late.")] = False,
    as_: As = None,
    as_json: AsJson = False,
) -> None:
    """List per step who is where, whom that waits for, and who is late."""
    if step is not None and step not in STEPS:
        raise Failed(f"there is no step {step!r}; there are {', '.join(STEPS)}.")
    from cli.client import connect, segment
    from cli.people_names import ADMINS, Directory, actor

    client = actor(connect(ADMINS[0]), as_, "hrbp", "aud")
    code = cycle or the_open_one(client)
    found = client.read("appraisal", f"/cycles/{segment(code)}/status")
    found |= {"pay": _pay(client, code)}
    if as_json:
        print_json(found)
        return
    directory = Directory(client)
    state = "closed" if found["closed"] else "open"
    print(f"{found['title']} ({code}), {state}, {len(found['items'])} people")
    _print_steps(found)
    shown = [item for item in found["items"] if _is_wanted(item, step, late)]
    _print_people(shown, directory)
    if found["waiting"] and not step and not late:
        _print_lacking(found["waiting"], directory)
    if found["pay"]:
        counts = ", ".join(f"{count} {_words(name)}" for name, count in found["pay"].items())
        print(f"\nawards: {counts}")


def the_open_one(client: "Client") -> str:
    """The code of the only cycle that is open; Failed names them when there are more."""
    cycles = list(client.read_all("appraisal", "/cycles"))
    running = [cycle for cycle in cycles if not cycle["closed"]] or cycles[-1:]
    if len(running) == 1:
        return str(running[0]["cycle"])
    if not running:
        raise Failed("there is no cycle yet; `./merit do appraisal.open_cycle --help`.")
    names = ", ".join(str(cycle["cycle"]) for cycle in running)
    raise Failed(f"several cycles are open, say which: {names}.")


def _pay(client: "Client", cycle: str) -> dict[str, int]:
    """How many awards are in which status, where compensation tells this actor."""
    from cli.client import segment

    try:
        found = client.patient(0).read("compensation", f"/cycles/{segment(cycle)}")
    except Failed:
        return {}
    awards: dict[str, int] = found["awards"]
    return awards


def _print_steps(found: dict[str, Any]) -> None:
    rows = [
        (name, words, found["steps"][name]["count"], found["steps"][name]["late"] or "")
        for name, words in STEPS.items()
        if name in found["steps"]
    ]
    if rows:
        print_table(("step", "", "people", "late"), rows)


def _is_wanted(item: dict[str, Any], step: str | None, late: bool) -> bool:
    if late and not item["late"]:
        return False
    here = str(item["step"])
    return here == step if step else here != "done"


def _print_people(items: "list[dict[str, Any]]", directory: "Directory") -> None:
    if not items:
        return
    directory.learn(item["person"] for item in items)
    order = list(STEPS)
    items = sorted(items, key=lambda i: (order.index(i["step"]), directory.name(i["person"])))
    print()
    rows = [
        (
            item["step"],
            directory.name(item["person"]),
            directory.name(item["waits_for"]) if item["waits_for"] else "",
            f"{item['due'] or ''}{', late' if item['late'] else ''}",
        )
        for item in items
    ]
    print_table(("step", "person", "waits for", "due"), rows)


def _print_lacking(items: "list[dict[str, Any]]", directory: "Directory") -> None:
    """Who has no appraisal, by reason; of many only the first names."""
    directory.learn(item["person"] for item in items)
    by_reason: dict[str, list[str]] = {}
    for item in items:
        by_reason.setdefault(item["reason"], []).append(directory.name(item["person"]))
    for reason, names in by_reason.items():
        few = ", ".join(sorted(names)[:NAMES])
        more = f" and {len(names) - NAMES} more" if len(names) > NAMES else ""
        print(f"\nwithout an appraisal, {_words(reason)}: {few}{more}")


def _words(code: str) -> str:
    return code.replace("_", " ")
