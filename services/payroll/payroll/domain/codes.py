"""Ids and codes that end up in files and file names."""

import re

from payroll.domain.errors import CodeIsUnreadable

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")


def require_code(name: str, value: str) -> None:
    """Raises CodeIsUnreadable unless the value can stand in a CSV cell and a file name as it is."""
    if not _CODE.fullmatch(value):
        raise CodeIsUnreadable(
            f"{name} is a text of {len(value)} characters, allowed are 1 to 40 letters, digits, "
            "'.', '_' and '-', beginning with a letter or digit"
        )
