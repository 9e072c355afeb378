"""The whole world in one file, so that the demo keeps its chats."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from pydantic import TypeAdapter

from sandbox.telegram.model import World

_WORLD = TypeAdapter(World)
#: Changes within so many seconds are written together.
DEBOUNCE = 0.3


def load(path: Path) -> World | None:
    """Read a world, or None where there is no file.

    Raises:
        ValueError: the file is not a world.
    """
    return _WORLD.validate_json(path.read_bytes()) if path.exists() else None


def save(world: World, path: Path) -> None:
    """Write a world so that a crash leaves either the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    with fresh.open("wb") as out:
        out.write(_WORLD.dump_json(world))
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(path)


class StateFile:
    """Writes the world a moment after each change, and at the end."""

    def __init__(self, world: World, path: Path) -> None:
        self._world = world
        self._path = path
        self._timer: asyncio.TimerHandle | None = None
        #: Set once the file holds something of this run.
        self.written = asyncio.Event()

    def touch(self) -> None:
        """Note a change."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(DEBOUNCE, self.write)

    def write(self) -> None:
        """Write now."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        save(self._world, self._path)
        self.written.set()
