"""history and access-log: a person's timeline over all services, and who looked at them."""

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.output import As, AsJson, in_words, instant, is_money, print_json, print_table

if TYPE_CHECKING:
    from cli.client import Client
    from cli.people_names import Directory

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{40,}", re.IGNORECASE)
_SHOWN_ELSEWHERE = ("effective_on", "by")
_RESULTS = frozenset("name title score rating kind component value status".split())
_MOST_FIELDS, _MOST_CHARACTERS = 6, 60


def register(app: typer.Typer) -> None:
    app.command()(history)
    app.command("access-log")(access_log)


def history(
    employee: Annotated[str, typer.Argument(metavar="EMPLOYEE", help="Number, name or id.")],
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="INSTANT", help="What was known then.")
    ] = None,
    as_: As = None,
    as_json: AsJson = False,
) -> None:
    """Print what was recorded about a person in every service, oldest first."""
    from cli.client import connect
    from cli.fanout import ask_all
    from cli.moments import instant_of
    from cli.people_names import ADMINS, Directory, actor, resolve

    client = connect(ADMINS[0])
    person = resolve(client, employee)
    reader = actor(client, as_, "aud", "hrbp", otherwise=person)
    moment = instant_of(as_of) if as_of else None
    answers = ask_all(reader, lambda asker, name: _of_service(asker, name, person, moment))
    items = [item for _, found in answers.found.values() for item in found]
    items.sort(key=lambda item: (item["recorded_at"], item["service"], item["position"]))
    positions = {name: position for name, (position, _) in sorted(answers.found.items())}
    if as_json:
        told = {"person": person, "as_of": moment, "positions": positions, "items": items}
        print_json({**told, "without": dict(answers.silent)})
        return
    directory = Directory(client)
    directory.learn(item["actor"] for item in items)
    print(directory.name(person) + (f", as known at {instant(moment)}" if moment else ""))
    print_table(
        ("recorded", "counts from", "what happened", "by", ""),
        [_row(item, directory) for item in items],
    )
    print("at position " + ", ".join(f"{name} {at}" for name, at in positions.items()))
    answers.tell_silence()


def _of_service(
    client: "Client", service: str, person: str, moment: str | None
) -> tuple[int, list[dict[str, Any]]]:
    from cli.client import segment

    path, cursor = f"/history/{segment(person)}", None
    found: list[dict[str, Any]] = []
    while True:
        page = client.read(service, path, as_of=moment, cursor=cursor, limit=200)
        found += [{"service": service, **item} for item in page["items"]]
        cursor = page["next"]
        # Later pages answer as at the first one, so that the position stays true.
        moment = page["as_of"]
        if cursor is None:
            return page["position"], found


def _row(item: dict[str, Any], directory: "Directory") -> tuple[str, ...]:
    day = item["effective_at"][:10]
    by = directory.name(item["actor"])
    counts = day if day != item["recorded_at"][:10] else ""
    return (instant(item["recorded_at"]), counts, item["type"], by, summary(item["data"]))


def summary(data: dict[str, Any]) -> str:
    """The few fields that say most: no ids, no hashes, nothing long."""
    shown: list[str] = []
    for name, value in sorted(data.items(), key=_weight):
        if name in _SHOWN_ELSEWHERE or not _tells(value):
            continue
        text = in_words(value)
        short = text if len(text) <= _MOST_CHARACTERS else text[: _MOST_CHARACTERS - 1] + "…"
        shown.append(f"{name.replace('_', ' ')} {short}")
    return ", ".join(shown[:_MOST_FIELDS])


def _weight(field: tuple[str, object]) -> int:
    """Amounts first, then what a result is; the rest keeps its order."""
    name, value = field
    return 0 if is_money(value) else 1 if name in _RESULTS else 2


def _tells(value: object) -> bool:
    if isinstance(value, str):
        return value != "" and not _ID.fullmatch(value)
    return is_money(value) or not isinstance(value, list | dict | None)


def access_log(
    employee: Annotated[str, typer.Argument(metavar="EMPLOYEE", help="Number, name or id.")],
    as_: As = None,
    as_json: AsJson = False,
) -> None:
    """Show who was let through to a person's pay and ratings, newest first."""
    from cli.client import connect, segment
    from cli.fanout import ask_all
    from cli.people_names import ADMINS, Directory, actor, resolve

    client = connect(ADMINS[0])
    person = resolve(client, employee)
    reader = actor(client, as_, "aud", "hrbp", otherwise=person)
    path = f"/access-log/{segment(person)}"
    answers = ask_all(reader, lambda asker, name: list(asker.read_all(name, path)))
    items = [{"service": name, **look} for name, looks in answers.found.items() for look in looks]
    items.sort(key=lambda look: str(look["at"]), reverse=True)
    if as_json:
        print_json({"person": person, "items": items, "without": dict(answers.silent)})
        return
    directory = Directory(client)
    directory.learn(str(look["actor"]) for look in items)
    rows = [
        (look["at"], look["service"], look["action"], directory.name(str(look["actor"])))
        for look in items
    ]
    if rows:
        print_table(("when", "where", "what", "who"), rows)
    else:
        print(f"nobody looked at the pay or ratings of {directory.name(person)}")
    answers.tell_silence()
