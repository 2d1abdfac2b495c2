"""parked, redrive, republish: what a consumer could not take or has lost, sent through again."""

from typing import Annotated

import typer

from cli.output import As, AsJson, print_json, print_table


def register(app: typer.Typer) -> None:
    app.command()(parked)
    app.command()(redrive)
    app.command()(republish)


def parked(
    service: Annotated[str | None, typer.Argument(help="All of them without one.")] = None,
    as_: As = None,
    as_json: AsJson = False,
) -> None:
    """Show which keys of which consumers are closed, why, and how many events wait behind."""
    from cli.client import connect
    from cli.fanout import ask_all
    from cli.people_names import ADMINS, actor

    client = actor(connect(ADMINS[0]), as_)
    answers = ask_all(
        client,
        lambda asker, name: asker.read(name, "/parked")["items"],
        [service] if service else None,
    )
    items = [{"service": name, **key} for name, keys in answers.found.items() for key in keys]
    if as_json:
        print_json({"items": items, "without": dict(answers.silent)})
        return
    rows = [
        tuple(key[name] for name in ("service", "consumer", "key", "waiting", "parked_at", "error"))
        for key in items
    ]
    if rows:
        print_table(("service", "consumer", "key", "events", "since", "why"), rows)
        print("./merit redrive SERVICE CONSUMER KEY sends them through again")
    else:
        print("nothing is parked")
    answers.tell_silence()


def redrive(
    service: Annotated[str, typer.Argument(help="The service whose consumer it is.")],
    consumer: Annotated[str, typer.Argument(help="As `parked` names it.")],
    key: Annotated[str, typer.Argument(help="As `parked` names it.")],
    as_: As = None,
    as_json: AsJson = False,
) -> None:
    """Send a closed key's events through again, in their order."""
    from cli.client import Body, connect
    from cli.people_names import ADMINS, actor

    client = actor(connect(ADMINS[0]), as_)
    body = Body({"consumer": consumer, "key": key})
    answer = client.send(service, "POST", "/parked/redrive", body)
    if as_json:
        print_json(answer)
        return
    left = [
        parked["waiting"]
        for parked in client.read(service, "/parked")["items"]
        if (parked["consumer"], parked["key"]) == (consumer, key)
    ]
    still = f", {left[0]} still parked" if left else ""
    print(f"{answer['applied']} events went through{still}")


def republish(
    service: Annotated[str, typer.Argument(help="The service whose history it is.")],
    as_: As = None,
    as_json: AsJson = False,
) -> None:
    """Send a service's history to Kafka again; consumers drop what they know."""
    from cli.client import Body, connect
    from cli.people_names import ADMINS, actor

    client = actor(connect(ADMINS[0]), as_)
    answer = client.send(service, "POST", "/republish", Body({}))
    if as_json:
        print_json(answer)
        return
    print(f"{answer['events']} events are sent again; `./merit status` shows the relay catching up")
