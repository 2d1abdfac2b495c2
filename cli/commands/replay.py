"""replay: prove that history gives every read model and every figure again."""

from typing import Annotated, Any

import typer

from cli.console import Failed
from cli.output import AsJson, print_json, print_table


def register(app: typer.Typer) -> None:
    app.command()(replay)


def replay(
    verify: Annotated[
        bool, typer.Option("--verify", help="Compare with what is live; nothing is changed.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Rebuild all read models in shadows and recompute all scores, increases and bonuses."""
    import asyncio

    if not verify:
        raise Failed("say `./merit replay --verify`; `./merit rebuild` mends what differs")
    answer = asyncio.run(_verified())
    if as_json:
        print_json(answer)
    else:
        _show(answer)
    if not answer["equal"]:
        raise typer.Exit(1)


async def _verified() -> dict[str, Any]:
    from cli.replay import running
    from cli.replay.figures import by_kind, recomputed

    settings = running.here()
    tables: list[dict[str, Any]] = []
    for service, consumer in running.read_models():
        done = await running.again(settings, service, consumer, swap=False)
        tables += [
            {
                "service": service.name,
                "consumer": consumer.name,
                "table": table.table,
                "rows": table.rows,
                "rebuilt": table.rebuilt,
                "equal": table.equal,
            }
            for table in done.tables
        ]
    figures = by_kind(await recomputed(settings))
    equal = all(t["equal"] for t in tables) and not any(f["different"] for f in figures)
    return {"equal": equal, "tables": tables, "figures": figures}


def _show(answer: dict[str, Any]) -> None:
    names = ("service", "consumer", "table", "rows", "rebuilt", "equal")
    print_table(names, [tuple(table[name] for name in names) for table in answer["tables"]])
    print()
    kinds = ("kind", "count", "equal", "different")
    rows = [tuple(figure[name] for name in kinds) for figure in answer["figures"]]
    print_table(("figure", *kinds[1:]), rows)
    different = [table for table in answer["tables"] if not table["equal"]]
    for name in dict.fromkeys(f"{table['service']}.{table['consumer']}" for table in different):
        print(f"./merit rebuild {name} mends it")
    print("all equal" if answer["equal"] else "not all equal")
