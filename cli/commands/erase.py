"""erase: destroy a person's key, so that their texts can be read nowhere."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.output import As, AsJson, print_json

if TYPE_CHECKING:
    from cli.client import Client

REASON = "requested_by_person"


def register(app: typer.Typer) -> None:
    app.command()(erase)


def erase(
    employee: Annotated[str, typer.Argument(help="Employee number, name or id.")],
    reason: Annotated[
        str | None,
        typer.Option(
            help="Only proposes it: requested_by_person, retention_ended or ordered_by_authority."
        ),
    ] = None,
    confirm: Annotated[
        bool, typer.Option("--confirm", help="Only confirms what another administrator proposed.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_: As = None,
    as_json: AsJson = False,
) -> None:
    """Erase a person's texts everywhere, for good; it takes two administrators.

    Without --reason and --confirm both steps are done as the local platform's two first
    administrators.  Figures and proofs stay as they are.
    """
    from cli.client import connect
    from cli.console import Failed
    from cli.people_names import ADMINS, resolve

    if confirm and reason is not None:
        raise Failed("say --reason REASON to propose it, or --confirm to confirm what is proposed.")
    if confirm and as_ is None:
        raise Failed("say who confirms, with --as; it is not who proposed it.")
    if as_ and not confirm and reason is None:
        raise Failed("say --reason REASON to propose it, or --confirm to confirm what is proposed.")
    client = connect(ADMINS[0])
    person = resolve(client, employee)
    both = not confirm and reason is None
    if both and not yes:
        typer.confirm(f"Erase {employee}'s texts for good?", abort=True)
    asking = client.acting_as(resolve(client, as_)) if as_ else client
    answers = []
    if not confirm:
        answers.append(_step(asking, person, "propose", {"reason": reason or REASON}))
    if both:
        asking = client.acting_as(ADMINS[1])
    if both or confirm:
        answers.append(_step(asking, person, "confirm", None))
    _tell(person, answers, erased=both or confirm, as_json=as_json)


def _step(client: "Client", person: str, step: str, content: Any) -> Any:
    from cli.client import Body

    return client.send("people", "POST", f"/people/{person}/erasure/{step}", Body(content))


def _tell(person: str, answers: list[Any], *, erased: bool, as_json: bool) -> None:
    if as_json:
        print_json(answers[-1])
    elif not answers[-1]["events"]:
        print(f"{person} was {'erased' if erased else 'proposed or erased'} before")
    elif erased:
        print(f"{person} is erased; within a minute no process can read their texts")
    else:
        print(
            f"proposed; another administrator confirms it: "
            f"./merit erase {person} --confirm --as PERSON"
        )
