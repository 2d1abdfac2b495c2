"""The commands that the README shows, run one after the other as a newcomer would."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cli.platform.servers import Servers
from tests.journeys.platform import platform

pytestmark = pytest.mark.journey
ROOT = Path(__file__).parents[2]


def documented() -> list[str]:
    """The lines of the README's shell blocks that are meant to be typed."""
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


def run(line: str, home: Path, servers: Servers) -> subprocess.CompletedProcess[str]:
    """A line of the shell, with this clone's command and a platform of its own."""
    command = line.replace("./merit", f"{sys.executable} -P -m cli", 1)
    environment = os.environ | {
        "MERIT_HOME": str(home),
        "MERIT_KAFKA": servers.kafka,
        "MERIT_POSTGRES": servers.postgres,
    }
    return subprocess.run(
        command,
        shell=True,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def test_every_command_of_the_readme_works(
    servers: Servers, run_prefix_text: str, home: Path
) -> None:
    lines = documented()
    assert len(lines) > 15
    with platform(servers, f"{run_prefix_text}d", home):
        shown = run("./merit demo --people 44 --json", home, servers)
        assert shown.returncode == 0, shown.stderr[-2000:]
        for line in lines:
            done = run(line, home, servers)
            assert done.returncode == 0, f"{line}\n{done.stdout[-1500:]}\n{done.stderr[-1500:]}"
            assert done.stdout.strip() or done.stderr.strip(), f"{line} says nothing"
            assert "Traceback" not in done.stderr


def test_a_second_demo_is_refused_in_one_sentence(
    servers: Servers, run_prefix_text: str, home: Path
) -> None:
    with platform(servers, f"{run_prefix_text}e", home, ["people"]):
        imported = run(
            "./merit import people deploy/examples/hr-extract.csv"
            " --mapping deploy/examples/hr-extract.mapping.toml --json",
            home,
            servers,
        )
        assert imported.returncode == 0, imported.stderr
        again = run("./merit demo --people 44", home, servers)
    assert again.returncode == 1
    assert again.stderr.strip().splitlines()[-1].startswith("merit: somebody is registered already")
