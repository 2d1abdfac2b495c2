"""A source tree as the architecture checks see it: its services, its files, its parsed Python."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

CODE = ("chassis", "cli", "services", "tests", "benchmarks")


@cache
def _parsed(text: str, path: str) -> ast.Module:
    """Checks look at the same files again and again; none of them changes the tree."""
    return ast.parse(text, path)


@dataclass(frozen=True)
class Source:
    """One Python file."""

    path: str
    text: str

    @cached_property
    def module(self) -> ast.Module:
        return _parsed(self.text, self.path)

    @property
    def service(self) -> str | None:
        """The service whose package the file belongs to."""
        parts = self.path.split("/")
        inside = len(parts) > 3 and parts[0] == "services" and parts[1] == parts[2]
        return parts[1] if inside else None

    @property
    def in_domain(self) -> bool:
        return self.service is not None and self.path.split("/")[3] == "domain"

    def at(self, line: int, sentence: str) -> str:
        return f"{self.path}:{line}: {sentence}"


@dataclass(frozen=True)
class Tree:
    """A checkout, or a copy of one."""

    root: Path

    @cached_property
    def services(self) -> list[str]:
        """The services whose package exists."""
        found = (path for path in self.root.glob("services/*/*/__init__.py"))
        return sorted(path.parent.name for path in found if path.parent.name == path.parts[-3])

    @cached_property
    def sources(self) -> list[Source]:
        files = sorted(path for folder in CODE for path in (self.root / folder).rglob("*.py"))
        return [Source(str(path.relative_to(self.root)), path.read_text()) for path in files]

    def texts(self) -> Iterator[tuple[str, str]]:
        """Every text file that git knows (in a copy without git: every file)."""
        for name in self._names():
            try:
                yield name, (self.root / name).read_text()
            except (UnicodeDecodeError, FileNotFoundError):
                continue

    def _names(self) -> list[str]:
        if (self.root / ".git").exists():
            listed = subprocess.run(
                ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                cwd=self.root,
                capture_output=True,
                check=True,
                text=True,
            )
            return [name for name in listed.stdout.split("\0") if name]
        return [str(path.relative_to(self.root)) for path in self.root.rglob("*") if path.is_file()]
