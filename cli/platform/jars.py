"""Apache Kafka's jars: fetched by jgo, checked against the lock in deploy/local at every start."""

import fcntl
import hashlib
import os
import tomllib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from cli.platform.errors import PlatformFailed
from cli.platform.paths import ROOT, check_space, make_folder, shared

LOCK = ROOT / "deploy" / "local" / "jgo.lock.toml"


@dataclass(frozen=True, slots=True)
class Jar:
    """One locked Maven artefact."""

    group: str
    artifact: str
    version: str
    sha256: str

    def path(self, repository: Path) -> Path:
        folder = repository.joinpath(*self.group.split("."), self.artifact, self.version)
        return folder / f"{self.artifact}-{self.version}.jar"


def read_lock(lock: Path = LOCK) -> list[Jar]:
    try:
        entries = tomllib.loads(lock.read_text())["dependencies"]
        return [Jar(e["groupId"], e["artifactId"], e["version"], e["sha256"]) for e in entries]
    except (OSError, tomllib.TOMLDecodeError, KeyError) as error:
        raise PlatformFailed(f"{lock.name} cannot be read: {error}.") from error


def is_genuine(path: Path, sha256: str) -> bool:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except OSError:
        return False


def missing(jars: Sequence[Jar], repository: Path) -> list[Jar]:
    """Those that are not there or not what was locked."""
    with ThreadPoolExecutor(4) as pool:
        genuine = pool.map(lambda jar: is_genuine(jar.path(repository), jar.sha256), jars)
        return [jar for jar, good in zip(jars, genuine, strict=True) if not good]


def fetch(jars: Sequence[Jar], repository: Path) -> None:
    import requests
    from jgo.maven import MavenContext

    context = MavenContext(repo_cache=repository, local_repos=[], timeout=30)

    def one(jar: Jar) -> None:
        jar.path(repository).unlink(missing_ok=True)
        context.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve()

    try:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(one, jars))
    except requests.RequestException as error:
        raise PlatformFailed(
            "Apache Kafka cannot be fetched: the Maven repository cannot be reached "
            "(no network, or a proxy is in the way); set MERIT_KAFKA to use a broker of your own."
        ) from error
    except (OSError, RuntimeError) as error:
        raise PlatformFailed(f"Apache Kafka cannot be fetched: {error}.") from error


Fetch = Callable[[Sequence[Jar], Path], None]


def class_path(repository: Path | None = None, lock: Path = LOCK, fetch_them: Fetch = fetch) -> str:
    """The locked jars as a Java class path; fetches what is missing."""
    place = make_folder(repository or shared() / "maven")
    jars = read_lock(lock)
    with (place / "fetch.lock").open("w") as one_at_a_time:
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        wanted = missing(jars, place)
        if wanted:
            check_space(place)
            fetch_them(wanted, place)
            for jar in missing(wanted, place):
                jar.path(place).unlink(missing_ok=True)
                raise PlatformFailed(
                    f"{jar.artifact} {jar.version} is not the file that {lock.name} names; "
                    "it was thrown away: try again, and if it happens again, do not trust "
                    "the repository that it comes from."
                )
    return os.pathsep.join(str(jar.path(place)) for jar in jars)
