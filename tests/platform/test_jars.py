"""Kafka's jars are taken only if they are what the lock says."""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from cli.platform import jars
from cli.platform.errors import PlatformFailed
from cli.platform.jars import Jar

LOCK = """
[[dependencies]]
groupId = "org.example"
artifactId = "thing"
version = "1.0"
sha256 = "{sha256}"
"""


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    path = tmp_path / "jgo.lock.toml"
    path.write_text(LOCK.format(sha256=hashlib.sha256(b"genuine").hexdigest()))
    return path


def put(repository: Path, content: bytes) -> Path:
    path = repository / "org" / "example" / "thing" / "1.0" / "thing-1.0.jar"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    return path


def test_genuine_jars_become_the_class_path(tmp_path: Path, lock: Path) -> None:
    path = put(tmp_path / "maven", b"genuine")
    assert jars.class_path(tmp_path / "maven", lock) == str(path)


@pytest.mark.parametrize("content", [b"", b"forged"])
def test_a_changed_jar_is_missing(tmp_path: Path, lock: Path, content: bytes) -> None:
    put(tmp_path / "maven", content)
    [jar] = jars.read_lock(lock)
    assert jars.missing([jar], tmp_path / "maven") == [jar]


def test_a_jar_that_is_fetched_and_not_as_locked_is_thrown_away(tmp_path: Path, lock: Path) -> None:
    def fetch_forged(wanted: Sequence[Jar], repository: Path) -> None:
        assert [jar.artifact for jar in wanted] == ["thing"]
        put(repository, b"forged")

    with pytest.raises(PlatformFailed, match=r"thing 1\.0 is not the file"):
        jars.class_path(tmp_path / "maven", lock, fetch_forged)
    assert list((tmp_path / "maven").rglob("*.jar")) == []


def test_the_committed_lock_names_kafka_with_a_hash_for_each_jar() -> None:
    locked = jars.read_lock()
    assert Jar("org.apache.kafka", "kafka_2.13", "4.3.1", locked[0].sha256) in locked
    assert all(len(jar.sha256) == 64 for jar in locked)
    assert len({jar.path(Path()) for jar in locked}) == len(locked)


@pytest.mark.parametrize("text", ["", "[[dependencies]]\n", "= ="])
def test_a_damaged_lock_is_one_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.toml").write_text(text)
    with pytest.raises(PlatformFailed, match=r"bad\.toml cannot be read"):
        jars.read_lock(tmp_path / "bad.toml")


def test_class_path_separator_is_the_systems(tmp_path: Path) -> None:
    two = tmp_path / "two.toml"
    sha256 = hashlib.sha256(b"genuine").hexdigest()
    entry = LOCK.format(sha256=sha256)
    two.write_text(entry + entry.replace("thing", "other"))
    put(tmp_path, b"genuine")
    other = tmp_path / "org" / "example" / "other" / "1.0" / "other-1.0.jar"
    other.parent.mkdir(parents=True)
    other.write_bytes(b"genuine")
    assert jars.class_path(tmp_path, two).split(os.pathsep)[1] == str(other)
