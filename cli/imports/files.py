"""Which reader reads which file of `merit import KIND FILE`; people have one of their own."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from cli.imports.documents import KINDS, read_entries
from cli.imports.payroll_map import read_payroll_map
from cli.imports.ranges import read_ranges
from cli.imports.report import Requests

READERS: dict[str, Callable[[Path], Requests]] = {
    **{name: partial(read_entries, kind=kind) for name, kind in KINDS.items()},
    "ranges": read_ranges,
    "payroll-map": read_payroll_map,
}
