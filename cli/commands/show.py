"""show: what two people signed."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.console import Failed
from cli.output import As, AsJson, in_words, instant, print_json, print_table

if TYPE_CHECKING:
    from cli.client import Client
    from cli.people_names import Directory

MEASURES = {
    "higher": "higher is better",
    "lower_linear": "lower is better",
    "lower_ratio": "lower is better, by ratio",
    "on_target": "on target",
    "zero_defect": "none is best",
    "signed": "from the baseline",
}


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Show the performance contract of a person.", no_args_is_help=True)
    group.command("contract")(contract)
    app.add_typer(group, name="show")


def contract(
    person: Annotated[str, typer.Argument(metavar="PERSON", help="Number, name or id.")],
    period: Annotated[
        str | None, typer.Option("--period", help="The plan's period, such as 2026.")
    ] = None,
    on: Annotated[
        str | None, typer.Option("--on", metavar="DATE", help="What counts on that day.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="INSTANT", help="What was known then.")
    ] = None,
    as_: As = None,
    as_json: AsJson = False,
) -> None:
    """Print the signed text of a performance contract, its hashes and signatures."""
    from cli.client import connect
    from cli.moments import instant_of
    from cli.people_names import ADMINS, Directory, actor, resolve

    client = connect(ADMINS[0])
    whose = resolve(client, person)
    reader = actor(client, as_, "aud", "hrbp", otherwise=whose)
    known = instant_of(as_of) if as_of else None
    found = _contract(reader, whose, period, on, known)
    if as_json:
        print_json(found)
        return
    _print(found, Directory(client))


def _contract(
    reader: "Client", person: str, period: str | None, on: str | None, known: str | None
) -> dict[str, Any]:
    from chassis.ids import stream_id
    from cli.client import segment

    def read(day: str | None) -> dict[str, Any]:
        answer: dict[str, Any] = reader.read(
            "goals", f"/contracts/{segment(person)}", on=day, as_of=known
        )
        return answer

    found = read(on)
    if period is None:
        return found
    plan = str(stream_id("plan", person, period))
    of_period = [revision for revision in found["revisions"] if revision["plan"] == plan]
    if not of_period:
        raise Failed(f"there is no contract for the period {period!r}.")
    return found if found["plan"] == plan else read(of_period[0]["effective_on"])


def _print(found: dict[str, Any], directory: "Directory") -> None:
    employee, manager = directory.name(found["person"]), directory.name(found["manager"])
    content = found["content"]
    print(f"Performance contract of {employee} with {manager}")
    for line in _header(found):
        print(line)
    print(f"\nGoals, {content['goals_weight_pct']} % of the whole")
    print_table(
        ("weight", "goal", "measured", "target", "", "serves"),
        [_goal(goal) for goal in content["goals"]],
    )
    if content["competencies"]:
        print(f"\nCompetencies, {content['competencies_weight_pct']} % of the whole")
        print_table(
            ("weight", "competency", "expected level", "serves", "how it shows"),
            [_competency(line) for line in content["competencies"]],
        )
    matches = "is" if found["hash_matches"] else "IS NOT"
    print(f"\ncontent hash  {found['content_hash']} ({matches} the hash of this text)")
    if found.get("previous_hash"):
        print(f"before it     {found['previous_hash']}")
    print(f"signed        {instant(found['employee_signed_at'])}  {employee}")
    print(f"signed        {instant(found['manager_signed_at'])}  {manager}")
    others = [r for r in found["revisions"] if r["plan"] == found["plan"]]
    if len(others) > 1:
        print("\nrevisions")
        for revision in others:
            day, text = revision["effective_on"], revision["content_hash"]
            print(f"  {revision['revision']}  from {day}  {text}")


def _header(found: dict[str, Any]) -> Iterator[str]:
    yield f"period        {found['period_start']} to {found['period_end']}"
    yield f"job           {found['job']}, version {found['job_version']}"
    since = f", counts from {found['effective_on']}"
    yield f"revision      {found['revision']}{since if found['revision'] > 1 else ''}"
    if found.get("reason"):
        yield f"reason        {found['reason']}"


def _goal(goal: dict[str, Any]) -> tuple[str, ...]:
    levels = [
        f"{name} {in_words(goal[name])}"
        for name in ("baseline", "threshold", "stretch")
        if goal.get(name) is not None
    ]
    limits = [goal.get("floor_pct"), goal.get("cap_pct")]
    if any(limit is not None for limit in limits):
        levels.append(f"from {limits[0] or '–'} to {limits[1] or '–'} %")
    levels += [f"up to {step['up_to']}: {step['pct']} %" for step in goal.get("zero_table") or ()]
    return (
        f"{goal['weight_pct']} %",
        goal["title"],
        f"{MEASURES.get(goal['measure'], goal['measure'])}, {goal['rollup']}",
        f"{in_words(goal['target'])} {goal['unit']}",
        ", ".join(levels),
        _link(goal["link"]),
    )


def _competency(line: dict[str, Any]) -> tuple[str, ...]:
    weight = f"{line['weight_pct']} %"
    level, link = str(line["expected_level"]), _link(line["link"])
    return (weight, line["name"], level, link, line["anchors"])


def _link(link: dict[str, Any]) -> str:
    return f"{link['kind']} {link['code']}"
