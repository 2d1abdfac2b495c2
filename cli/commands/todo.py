"""todo and waiting: what is due from whom by when, and what cannot go on yet and why."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.console import console
from cli.output import As, AsJson, print_json, print_table

if TYPE_CHECKING:
    from cli.client import Client
    from cli.people_names import Directory


def register(app: typer.Typer) -> None:
    app.command()(todo)
    app.command()(waiting)


def todo(
    as_: Annotated[
        str, typer.Option("--as", metavar="PERSON", help="Whose list: number, name or admin-1.")
    ],
    as_json: AsJson = False,
) -> None:
    """Show what is due from a person, and the command that does it."""
    from cli.client import connect
    from cli.fanout import ask_all
    from cli.people_names import ADMINS, Directory, resolve

    client = connect(ADMINS[0])
    person = resolve(client, as_)
    answers = ask_all(
        client.acting_as(person, as_), lambda asker, name: asker.read(name, "/todo", person=person)
    )
    items = [item for answer in answers.found.values() for item in answer["items"]]
    items.sort(key=lambda item: (item.get("due") or "9999", item["title"]))
    if as_json:
        print_json({"person": person, "items": items, "without": dict(answers.silent)})
        return
    directory = Directory(client)
    if not items:
        print(f"nothing is due from {directory.name(person)}")
    directory.learn(str(item.get("about") or person) for item in items)
    for item in items:
        _show(item, as_, directory)
    answers.tell_silence()


def _show(item: dict[str, Any], said: str, directory: "Directory") -> None:
    from cli.arguments import PERSONS

    about = item.get("about")
    whom = f", {directory.name(about)}" if about and about != item["person"] else ""
    print(f"{item.get('due') or 'any time':<11} {item['title']}{whom}")
    given = item.get("arguments") or {}
    persons = {n: directory.number(str(v)) for n, v in given.items() if n in PERSONS}
    words = " ".join(f"{name}={value}" for name, value in {**given, **persons}.items())
    command = f"./merit do {item['command']} --as {_quoted(said)} {words}".rstrip()
    console().print(f"{'':<11} {command}", style="dim", markup=False)


def _quoted(text: str) -> str:
    return f'"{text}"' if " " in text else text


def waiting(
    cycle: Annotated[str | None, typer.Option("--cycle", help="Only this cycle.")] = None,
    as_: As = None,
    as_json: AsJson = False,
) -> None:
    """Show the awards that wait, and what each waits for."""
    from cli.client import connect
    from cli.people_names import ADMINS, Directory, actor

    client = actor(connect(ADMINS[0]), as_, "comp", "fin", "hrbp", "aud")
    items = list(client.read_all("compensation", "/waiting", cycle=cycle))
    if as_json:
        print_json({"items": items})
        return
    if not items:
        print("nothing waits")
        return
    _print_waiting(client, items, Directory(client))


def _print_waiting(client: "Client", items: list[dict[str, Any]], directory: "Directory") -> None:
    directory.learn(item["person"] for item in items)
    rows = [
        (
            directory.name(item["person"]),
            item["cycle"],
            item["status"],
            item.get("since"),
            ", ".join(reason.replace("_", " ") for reason in item["reasons"]),
        )
        for item in items
    ]
    print_table(("person", "cycle", "status", "since", "waits for"), sorted(rows))
