"""import: HR extracts and set-up files into the services, row by row."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import Failed, say
from cli.output import As, AsJson, print_json

if TYPE_CHECKING:
    from cli.client import Client
    from cli.imports.report import Remark, Report

# Who imports where nobody is named: who holds the role; for all other kinds an administrator.
ROLES = {"payroll-map": "pay"}
KINDS = (
    "people",
    "jobs",
    "objectives",
    "ranges",
    "matrix",
    "pools",
    "schemes",
    "plans",
    "payroll-map",
)
SHOWN, ROWS_SHOWN = 40, 12


def register(app: typer.Typer) -> None:
    app.command("import")(import_file)


def import_file(
    kind: Annotated[str, typer.Argument(metavar="KIND", help=", ".join(KINDS) + ".")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, TOML or JSON.")],
    mapping: Annotated[
        Path | None, typer.Option("--mapping", metavar="MAP", help="How its columns are named.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DATE", help="From when changes count.")
    ] = None,
    as_: As = None,
    as_json: AsJson = False,
) -> None:
    """Import a file; each row is recorded, unchanged, or refused with its reason.

    The same file again changes nothing.  Examples of every kind are in deploy/examples.
    """
    if kind not in KINDS:
        raise Failed(f"there is no kind {kind!r}; there are {', '.join(KINDS)}.")
    if kind != "people" and (mapping or as_of):
        raise Failed("--mapping and --as-of are for people.")
    from cli.client import connect
    from cli.imports.table import FileIsUnreadable
    from cli.people_names import ADMINS

    client = _importer(connect(ADMINS[0]), as_, ROLES.get(kind))
    try:
        report = (
            _people(client, file, mapping, as_of)
            if kind == "people"
            else _entries(client, kind, file)
        )
    except FileIsUnreadable as problem:
        raise Failed(f"nothing was imported: {problem}.") from None
    if as_json:
        print_json(report.as_json())
    else:
        _show(file, report)


def _importer(client: "Client", said: str | None, role: str | None) -> "Client":
    from cli.people_names import actor, with_role

    if said is None and role is not None and with_role(client, role) is None:
        raise Failed(
            f"nobody has the role {role!r} over everybody yet; say --as PERSON, or have it "
            "proposed (`./merit do people.propose_role`) and granted by a second administrator."
        )
    return actor(client, said, *([role] if role else []))


def _people(client: "Client", file: Path, mapping: Path | None, as_of: str | None) -> "Report":
    from cli.imports.mapping import read_mapping
    from cli.imports.people import read_people
    from cli.imports.report import report
    from cli.sending import send_all

    if mapping is None:
        mapping = usual_mapping(file)
    plan = read_people(file, read_mapping(mapping))
    outcomes = send_all(client, plan.requests(_day(as_of)), _progress)
    return report(plan.rows, outcomes, plan.refused, plan.noted, plan.repeated)


def usual_mapping(file: Path) -> Path:
    """`extract.mapping.toml` beside `extract.csv`."""
    beside = file.with_suffix(".mapping.toml")
    if not beside.exists():
        raise Failed(f"say how its columns are named: --mapping MAP (there is no {beside}).")
    return beside


def _day(as_of: str | None) -> date:
    from cli.platform import clock, paths

    if as_of is None:
        return clock.now(paths.home()).date()
    try:
        return date.fromisoformat(as_of)
    except ValueError:
        raise Failed(f"--as-of is {as_of!r}; write the day as YYYY-MM-DD.") from None


def _entries(client: "Client", kind: str, file: Path) -> "Report":
    from cli.imports.files import READERS
    from cli.imports.report import report
    from cli.people_names import ADMINS
    from cli.sending import registered_only, send_all

    read = READERS[kind](file)
    requests, unknown = registered_only(client.acting_as(ADMINS[0]), read.requests)
    outcomes = send_all(client, requests, _progress)
    return report(read.rows, outcomes, [*read.refused, *unknown])


def _progress(done: int, of: int) -> None:
    if of > 50 and done % 50 == 0 and done < of:
        say(f"{done} of {of}")


def _show(file: Path, report: "Report") -> None:
    print(
        f"{file.name}: {report.rows} rows, {report.recorded} recorded, "
        f"{report.unchanged} unchanged, {len(report.refused)} refused"
    )
    for title, remarks in (("refused", report.refused), ("went in, but", report.noted)):
        if remarks:
            print(f"{title}:")
            _remarks(remarks)


def _remarks(remarks: "tuple[Remark, ...]") -> None:
    """The same said about several rows is said once."""
    rows: dict[str, list[int]] = {}
    for remark in remarks:
        said = f"{remark.field}: {remark.found}: {remark.reason}"
        rows.setdefault(said, []).append(remark.row)
    for said, where in list(rows.items())[:SHOWN]:
        places = ", ".join(map(str, where[:ROWS_SHOWN]))
        more = f" and {len(where) - ROWS_SHOWN} more" if len(where) > ROWS_SHOWN else ""
        print(f"  row{'s' if len(where) > 1 else ''} {places}{more}: {said}")
    if len(rows) > SHOWN:
        print(f"  … and {len(rows) - SHOWN} more (--json lists all)")
