"""erase: destroy a person's key, so that their texts can be read nowhere."""

from typing import Annotated

import typer

from cli.output import As, AsJson, print_json


def register(app: typer.Typer) -> None:
    app.command()(erase)


def erase(
    employee: Annotated[str, typer.Argument(help="Employee number, name or id.")],
    reason: Annotated[
        str,
        typer.Option(help="requested_by_person, retention_ended or ordered_by_authority."),
    ],
    as_: As = None,
    as_json: AsJson = False,
) -> None:
    """Erase a person's texts everywhere, for good; figures and proofs stay as they are."""
    from cli.client import Body, connect
    from cli.people_names import ADMINS, resolve

    client = connect(ADMINS[0])
    person = resolve(client, employee)
    asking = client.acting_as(resolve(client, as_)) if as_ else client
    answer = asking.send("people", "POST", f"/people/{person}/erase", Body({"reason": reason}))
    if as_json:
        print_json(answer)
    elif answer["events"]:
        print(f"{person} is erased; within a minute no process can read their texts")
    else:
        print(f"{person} was erased before")
