"""Where the clone is and where it keeps what it makes."""

import os
import shutil
from pathlib import Path

from cli.platform.errors import PlatformFailed

ROOT = Path(__file__).resolve().parents[2]
NEEDED_MB = 500


def home() -> Path:
    """The folder of the person's own platform: `MERIT_HOME`, else `.merit` in the clone."""
    return Path(os.environ.get("MERIT_HOME") or ROOT / ".merit").absolute()


def shared() -> Path:
    """What every platform of this clone shares: the fetched jars."""
    return ROOT / ".merit"


def make_folder(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PlatformFailed(f"the folder {folder} cannot be made: {error.strerror}.") from error
    return folder


def check_space(folder: Path, needed_mb: int = NEEDED_MB) -> None:
    free_mb = shutil.disk_usage(folder).free // 2**20
    if free_mb < needed_mb:
        raise PlatformFailed(
            f"the disk is full: {free_mb} MB are free at {folder}, {needed_mb} MB are needed."
        )
