"""`merit contracts`: make the frozen schemas and API documents, or check that they still hold."""

import tempfile
from pathlib import Path

import typer


def register(app: typer.Typer) -> None:
    @app.command()
    def contracts() -> None:
        """Write contracts/ from the events and APIs as they are; a frozen event never changes."""
        from cli.console import Failed
        from cli.contracts.files import ROOT, ContractBroken, freeze
        from cli.contracts.golden import freeze_golden

        with tempfile.TemporaryDirectory() as home:
            try:
                changed = [*freeze(Path(home)), *freeze_golden()]
            except ContractBroken as broken:
                raise Failed(f"not written, a frozen contract would change: {broken}") from None
        for path in changed:
            typer.echo(path.relative_to(ROOT))
        typer.echo(f"{len(changed)} files written")
