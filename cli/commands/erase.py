"""erase: destroy a person's key, so that their texts can be read nowhere."""

from typing import Annotated

import typer

from cli.output import As, AsJson, print_json


def register(app: typer.Typer) -> None:
    app.command()(erase)


def erase(
    employee: Annotated[str, typer.Argument(help="Employee number, name or id.")],
    reason: Annotated[
        str | None,
        typer.Option(
            help="Proposes it: requested_by_person, retention_ended or ordered_by_authority."
        ),
    ] = None,
    confirm: Annotated[
        bool, typer.Option("--confirm", help="Confirms what another administrator proposed.")
    ] = False,
    as_: As = None,
    as_json: AsJson = False,
) -> None:
    """Erase a person's texts everywhere, for good; it takes two administrators.

    Figures and proofs stay as they are.
    """
    from cli.client import Body, connect
    from cli.console import Failed
    from cli.people_names import ADMINS, resolve

    if confirm == (reason is not None):
        raise Failed("say --reason REASON to propose it, or --confirm to confirm what is proposed.")
    if confirm and as_ is None:
        raise Failed("say who confirms, with --as; it is not who proposed it.")
    client = connect(ADMINS[0])
    person = resolve(client, employee)
    asking = client.acting_as(resolve(client, as_)) if as_ else client
    step, content = ("confirm", None) if confirm else ("propose", {"reason": reason})
    answer = asking.send("people", "POST", f"/people/{person}/erasure/{step}", Body(content))
    if as_json:
        print_json(answer)
    elif not answer["events"]:
        print(f"{person} was {'erased' if confirm else 'proposed or erased'} before")
    elif confirm:
        print(f"{person} is erased; within a minute no process can read their texts")
    else:
        print(f"proposed; another administrator confirms it: ./merit erase {person} --confirm --as")
