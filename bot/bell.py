"""Wakes the workers when something was committed for them; polling is only the safety net."""

from __future__ import annotations

import asyncio
import contextlib


class Bell:
    """Rung after a commit. Each worker listens with an ear of its own, so that no ring is lost."""

    def __init__(self) -> None:
        self._ears: list[asyncio.Event] = []

    def ear(self) -> asyncio.Event:
        """A new listener."""
        event = asyncio.Event()
        self._ears.append(event)
        return event

    def ring(self) -> None:
        """Wake all listeners."""
        for event in self._ears:
            event.set()


async def heard(ear: asyncio.Event, timeout: float) -> None:  # noqa: ASYNC109 -- a wait that may end
    """Wait until the bell rings, `timeout` seconds at most."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(timeout):
            await ear.wait()
    ear.clear()
