"""Where the project's files are, and how the shipped ones are read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]

#: What is in the folder and not in the project: see .gitignore.
_NOT_OURS = re.compile(
    r"^(\.git|\.venv|\.demo|\.env|__pycache__|artifacts|\..*_cache|\.hypothesis)$"
)


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def files(folder: Path = ROOT) -> Iterator[Path]:
    """The project's own files."""
    for path in sorted(folder.iterdir()):
        if _NOT_OURS.match(path.name):
            continue
        if path.is_dir():
            yield from files(path)
        elif path.suffix not in {".pyc", ".db", ".db-shm", ".db-wal"}:
            yield path


def documents() -> list[Path]:
    return [path for path in files() if path.suffix == ".md"]


def example_settings() -> dict[str, str]:
    """The settings of .env.example as they stand there."""
    pairs = (line.split("=", 1) for line in text(".env.example").splitlines() if "=" in line)
    return {name: value for name, value in pairs if re.fullmatch(r"[A-Z_]+", name)}


def dockerfile() -> list[tuple[str, str, str]]:
    """(stage, instruction, the rest) of every instruction, line breaks joined."""
    joined = re.sub(r"\\\n", " ", re.sub(r"(?m)^#.*\n", "", text("Dockerfile")))
    stage = ""
    found = []
    for line in filter(None, joined.splitlines()):
        name, rest = line.split(maxsplit=1)
        if name == "FROM":
            stage = rest.split()[-1]
        found.append((stage, name, rest))
    return found
