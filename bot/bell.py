"""Wakes the workers when something was committed for them; polling is only the safety net."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime


class Ear:
    """One worker's listener. `due`: when the earliest row that it was told of falls due."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._look = True
        self.due: datetime | None = None

    def tell(self, due: datetime | None = None) -> None:
        """Something is to be delivered at that time; without one: have a look."""
        if due is None:
            self._look = True
        elif self.due is None or due < self.due:
            self.due = due
        self._event.set()

    def takes(self, now: datetime) -> tuple[bool, bool]:
        """(whether to have a look, whether it was told of something due by now); each once."""
        look, self._look = self._look, False
        is_due = self.due is not None and self.due <= now
        if is_due:
            self.due = None
        return look, is_due

    async def heard(self, timeout: float) -> None:  # noqa: ASYNC109 -- a wait that may end
        """Wait until it is told something; after `timeout` seconds it is told to have a look."""
        try:
            async with asyncio.timeout(timeout):
                await self._event.wait()
        except TimeoutError:
            self._look = True
        self._event.clear()


class Bell:
    """Rung after every commit that left something to deliver; one ear per destination."""

    def __init__(self) -> None:
        self._ears: dict[str, Ear] = {}

    def ear(self, destination: str) -> Ear:
        """The listener of a destination's worker."""
        return self._ears.setdefault(destination, Ear())

    def ring(self, due: Mapping[str, datetime]) -> None:
        """Destinations for which something was committed, and when the first of it falls due."""
        for destination, at in due.items():
            self.ear(destination).tell(at)
