"""calc: one figure by one formula, as the services compute it, with inputs and rounding shown."""

from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import Failed
from cli.output import AsJson, print_json, print_table

if TYPE_CHECKING:
    from cli.formulas.formula import Calculation, Formula


def register(app: typer.Typer) -> None:
    app.command("calc", add_help_option=False)(calc)


def calc(
    context: typer.Context,
    formula: Annotated[str | None, typer.Argument(metavar="FORMULA", help="F27, F49, …")] = None,
    words: Annotated[list[str] | None, typer.Argument(metavar="[KEY=VALUE]...")] = None,
    list_: Annotated[bool, typer.Option("--list", help="The formulas that are built.")] = False,
    help_: Annotated[bool, typer.Option("--help", "-h", help="The formula's inputs.")] = False,
    as_json: AsJson = False,
) -> None:
    """Compute a formula by its number, by the same function that the services use.

    `./merit calc F28 pay=70000 minimum=55000 maximum=82200`.  Needs no running platform.
    """
    if formula is None and not list_:
        print(context.get_help())
        return
    from cli.formulas.formula import calculate
    from cli.formulas.registry import find, formulas

    if list_:
        _list(list(formulas()), as_json)
        return
    assert formula is not None
    found = find(formula)
    if help_:
        _usage(found)
        return
    given = list(words or ())
    if not given:
        _usage(found)
        needed = [i.name for i in found.inputs if i.default is None]
        raise Failed(f"{found.number} needs {', '.join(needed) or 'inputs'}.")
    _show(calculate(found, given), as_json)


def _list(found: "list[Formula]", as_json: bool) -> None:
    if as_json:
        print_json([_as_json(formula) for formula in found])
        return
    from cli.formulas.formula import COMMON

    rows = []
    for formula in found:
        own = [i for i in formula.inputs if i not in COMMON]
        names = [i.name if i.default is None else f"[{i.name}]" for i in own]
        rows.append((formula.number, formula.name, " ".join(names)))
    print_table(("", "formula", "inputs"), rows)
    print(f"\nand where they apply: {', '.join(f'[{i.name}]' for i in COMMON)}")


def _as_json(formula: "Formula") -> dict[str, object]:
    return {
        "formula": formula.number,
        "name": formula.name,
        "also": list(formula.also),
        "version": formula.version,
        "inputs": [
            {
                "name": i.name,
                "also": list(i.also),
                "type": i.in_words,
                "meaning": i.meaning,
                "required": i.default is None,
                "default": i.default or None,
            }
            for i in formula.inputs
        ],
    }


def _usage(formula: "Formula") -> None:
    needed = " ".join(f"{i.name}=…" for i in formula.inputs if i.default is None)
    print(f"./merit calc {formula.number} {needed}  ({formula.name}, version {formula.version})\n")
    rows = []
    for given in formula.inputs:
        note = "required" if given.default is None else "optional"
        if given.default:
            note = f"default {given.default}"
        name = " or ".join((given.name, *given.also))
        rows.append((name, note, f"{given.meaning}; {given.in_words}"))
    print_table(("input", "", "what it is"), rows)


def _show(calculation: "Calculation", as_json: bool) -> None:
    if as_json:
        print_json(calculation.as_json())
        return
    formula, result = calculation.formula, calculation.result
    print(f"{formula.number} {formula.name} (version {formula.version})")
    lines = [*calculation.inputs.items()]
    width = max([len(name) for name, _ in lines] + [len(n) for n in result.parts] + [9])
    for name, value in lines:
        print(f"  {name:<{width}}  {value}")
    print(f"{'unrounded':<{width + 4}}{result.unrounded or '–'}")
    print(f"{'rounding':<{width + 4}}{result.rounding}")
    for name, value in result.parts.items():
        print(f"  {name:<{width}}  {value}")
    if result.value is None:
        print(f"{'result':<{width + 4}}undefined: {result.undefined_reason}")
    else:
        print(f"{'result':<{width + 4}}{result.value}")
