"""Imports point one way: import-linter's contracts, made for the services that a tree has.

`python -m tests.architecture.layers` checks this clone.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.architecture.tree import Tree

# Top to bottom; neighbours with a bar between them do not import each other.
LAYERS = ("(app)", "(api) | (consumed)", "(policy) | (projections)", "domain")


def contracts(services: list[str]) -> str:
    """The contracts as the TOML that import-linter reads."""
    rules = [
        {
            "name": f"{service}: app > api | consumed > policy | projections > domain",
            "type": "layers",
            "containers": [service],
            "layers": list(LAYERS),
            "exhaustive": True,
        }
        for service in services
    ]
    if len(services) > 1:
        rules.append(
            {"name": "no service imports another", "type": "independence", "modules": services}
        )
    rules.append(
        {
            "name": "the chassis imports no service and no command",
            "type": "forbidden",
            "source_modules": ["chassis"],
            "forbidden_modules": [*services, "cli"],
        }
    )
    if services:
        rules.append(
            {
                "name": "no service imports the command line",
                "type": "forbidden",
                "source_modules": services,
                "forbidden_modules": ["cli"],
            }
        )
    lines = ["[tool.importlinter]", f"root_packages = {json.dumps(['chassis', 'cli', *services])}"]
    for rule in rules:
        lines.append("[[tool.importlinter.contracts]]")
        lines += [f"{key} = {json.dumps(value)}" for key, value in rule.items()]
    return "\n".join(lines) + "\n"


def violations(root: Path) -> list[str]:
    """Import-linter's report, as one string, if a contract is broken."""
    tree = Tree(root)
    roots = [str(root), *(str(root / "services" / service) for service in tree.services)]
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "contracts.toml"
        config.write_text(contracts(tree.services))
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(config), *roots],
            cwd=folder,
            env={**os.environ, "COLUMNS": "200"},
            capture_output=True,
            text=True,
            timeout=120,
        )
    return [] if done.returncode == 0 else [done.stdout + done.stderr]


# The tree's own folders come first, so that a copy is checked and not the installed clone.
PROGRAM = """
import sys
config, *roots = sys.argv[1:]
sys.path[:0] = roots
from importlinter.cli import lint_imports
sys.exit(lint_imports(config_filename=config, no_cache=True))
"""


if __name__ == "__main__":
    found = violations(Path(__file__).resolve().parents[2])
    print("\n".join(found))
    sys.exit(bool(found))
