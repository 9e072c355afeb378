"""A folder that lives in memory: commits of tests need not wait for a disk."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MEMORY = Path("/dev/shm")  # noqa: S108 -- the folder in it has a name that nobody guesses
#: A database of a test has some hundred kilobytes, and seldom there are two at once.
_ENOUGH = 32 * 2**20


@contextmanager
def folder_in_memory() -> Iterator[Path]:
    """It is removed at the end. Where there is no such memory it is an ordinary one."""
    there = os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ENOUGH
    with tempfile.TemporaryDirectory(prefix="workchats-", dir=_MEMORY if there else None) as made:
        yield Path(made)
