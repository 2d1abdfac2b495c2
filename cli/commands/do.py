"""do: any request to any service, made from its OpenAPI document."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.console import Failed, console
from cli.output import As, AsJson, print_json, print_table, print_value

# What programs need and people do not.
_NOT_SHOWN = frozenset({"events", "after", "streams", "results"})

if TYPE_CHECKING:
    from cli.arguments import Given
    from cli.client import Body, Client
    from cli.operations import Operation


def register(app: typer.Typer) -> None:
    # The command answers --help itself: with a request it is about that request.
    app.command(
        "do",
        add_help_option=False,
        context_settings={"allow_interspersed_args": True},
    )(do)


def do(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="SERVICE.COMMAND")] = None,
    words: Annotated[list[str] | None, typer.Argument(metavar="[KEY=VALUE]...")] = None,
    as_: As = None,
    list_: Annotated[bool, typer.Option("--list", help="What can be asked.")] = False,
    help_: Annotated[bool, typer.Option("--help", "-h", help="The request's fields.")] = False,
    key: Annotated[
        str | None, typer.Option("--key", help="Idempotency key: a repeat changes nothing.")
    ] = None,
    if_match: Annotated[
        int | None, typer.Option("--if-match", metavar="VERSION", help="The version looked at.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Send any command to a service, or ask it anything: `do --list` shows what there is.

    A value is text, JSON, a,b,c for a list, @file.json or @file.toml; content.goals=… reaches
    inside; a person is an employee number or a name.
    """
    if name is None and not list_:
        print(context.get_help())
        return
    from cli.client import Body, Refused, connect
    from cli.people_names import ADMINS, resolve

    client = connect(ADMINS[0])
    if list_:
        _list(client, name, as_json)
        return
    assert name is not None
    operation = find(client, name)
    if help_:
        _explain(operation)
        return
    if as_ is None:
        raise Failed(f"say who does it: ./merit do {operation.full_name} --as PERSON …")
    from cli.arguments import given

    found = given(operation, words or (), lambda text: resolve(client, text))
    content = found.body if operation.has_body else None
    body = Body(content, version=if_match, **({"key": key} if key else {}))
    try:
        answer = _ask(client.acting_as(resolve(client, as_), as_), operation, found, body)
    except Refused as refusal:
        if as_json:
            print_json(refusal.document)
        raise
    _show(operation, answer, as_json)


def _ask(client: "Client", operation: "Operation", found: "Given", body: "Body") -> Any:
    path = _path(operation.path, found.path)
    if operation.changes:
        method = operation.method.upper()
        return client.send(operation.service, method, path, body, **found.query)
    return client.read(operation.service, path, **found.query)


def find(client: "Client", name: str) -> "Operation":
    """The operation of that name; Failed says what there is instead."""
    import difflib

    service, dot, command = name.partition(".")
    if not dot:
        raise Failed(f"write it as SERVICE.COMMAND; `./merit do --list {service}` shows commands.")
    known = {operation.name: operation for operation in _operations(client, service)}
    if command in known:
        return known[command]
    near = difflib.get_close_matches(command, known, 3)
    hint = f"did you mean {', '.join(f'{service}.{n}' for n in near)}?" if near else ""
    raise Failed(f"{service} has no command {command!r}; {hint or '`./merit do --list`'}")


def _operations(client: "Client", service: str) -> "list[Operation]":
    from cli.operations import operations

    return operations(service, client.read(service, "/openapi.json"))


def _path(template: str, values: dict[str, str]) -> str:
    from cli.client import segment

    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: segment(values[found[1]]), template)


def _list(client: "Client", service: str | None, as_json: bool) -> None:
    services = [service.partition(".")[0]] if service else client.running()
    if not services:
        raise Failed("no service runs; `./merit up` starts the platform.")
    found = [operation for name in services for operation in _operations(client, name)]
    if as_json:
        print_json([_as_json(operation) for operation in found])
        return
    for heading, changes in (("commands", True), ("questions", False)):
        console().print(heading, style="bold")
        rows = [(o.full_name, _first_sentence(o)) for o in found if o.changes is changes]
        for name, sentence in rows:
            print(f"  {name:<42} {sentence}")


def _first_sentence(operation: "Operation") -> str:
    return re.split(r"(?<=[.;:]) ", operation.summary, maxsplit=1)[0].rstrip(".;:")


def _as_json(operation: "Operation") -> dict[str, Any]:
    return {
        "name": operation.full_name,
        "method": operation.method.upper(),
        "path": operation.path,
        "rule": operation.rule,
        "summary": operation.summary,
        "fields": [
            {
                "name": field.name,
                "in": field.place,
                "required": field.required,
                "type": field.schema.in_words(),
            }
            for field in operation.fields
        ],
    }


def _explain(operation: "Operation") -> None:
    """What `do SERVICE.COMMAND --help` prints."""
    usage = [f"{f.name}=…" for f in operation.fields if f.required]
    optional = " [KEY=VALUE]..." if any(not f.required for f in operation.fields) else ""
    print(f"./merit do {operation.full_name} --as PERSON {' '.join(usage)}{optional}\n")
    print(f"{operation.summary}\n" if operation.summary else "", end="")
    rows = []
    for field in operation.fields:
        note = "required" if field.required else "optional"
        if field.default not in (None, "", []):
            note = f"default {field.default}"
        rows.append((field.name, note, field.schema.in_words()))
        rows += list(_inner(field.name, field.schema))
    if rows:
        print_table(("field", "", "allowed"), rows)
    print(f"\npermitted by the rule {operation.rule!r} of {operation.service}")


def _inner(prefix: str, schema: Any, depth: int = 3) -> "Sequence[tuple[str, str, str]]":
    """The fields inside a field: `content.goals.0.title`."""
    if "array" in schema.kinds():
        schema, prefix = schema.items(), f"{prefix}.0"
    if depth == 0 or not schema.is_object() or schema.is_money():
        return []
    rows: list[tuple[str, str, str]] = []
    required = schema.required()
    for name, inner in schema.properties().items():
        place = f"{prefix}.{name}"
        note = "required" if name in required else "optional"
        rows.append((place, note, inner.in_words()))
        rows += _inner(place, inner, depth - 1)
    return rows


def _show(operation: "Operation", answer: Any, as_json: bool) -> None:
    if as_json:
        print_json(answer)
        return
    if isinstance(answer, str):
        print(answer, end="" if answer.endswith("\n") else "\n")
        return
    if not operation.changes or not isinstance(answer, dict):
        print_value(answer)
        return
    if "events" in answer:
        events = answer["events"]
        print(f"recorded {events} event{'s' if events != 1 else ''}" if events else "already so")
    if isinstance(answer.get("results"), list):
        _show_results(answer["results"])
    rest = {n: v for n, v in answer.items() if n not in _NOT_SHOWN and v not in (None, [], {}, 0)}
    if rest:
        print_value(rest)


def _show_results(results: list[dict[str, Any]]) -> None:
    """What came of many at once: how many of each outcome, and whatever was refused."""
    counts = Counter(str(result.get("outcome")) for result in results)
    print(", ".join(f"{count} {outcome}" for outcome, count in counts.items()) or "nothing to do")
    refused = [result for result in results if result.get("outcome") == "refused"]
    if refused:
        print_value(refused)
