"""A clock that tests put forward, and waiting with a deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

T = TypeVar("T")

#: A test that waits so long has failed. Seconds. A wait ends as soon as it may; on a loaded machine
#: the start of a process alone takes many.
PATIENCE = 60.0
_LOOK_EVERY = 0.01


class MovableClock:
    """The time runs on, and is put forward by `advance`: minutes cost nothing.

    It begins at the same time of each day: some is told once an hour, some in the evening.
    """

    def __init__(self) -> None:
        now = datetime.now(UTC)
        begins = now.replace(hour=11, minute=2, second=0, microsecond=0)
        # Nothing that has happened may lie ahead.
        self._ahead = (begins if begins > now else begins + timedelta(days=1)) - now

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def advance(self, seconds: float) -> None:
        """Put it forward."""
        self._ahead += timedelta(seconds=seconds)

    def begin_an_hour(self) -> None:
        """Put it forward to the next full hour: some warnings come once in each."""
        now = self()
        self.advance(3600 - now.minute * 60 - now.second)


async def eventually(
    look: Callable[[], Awaitable[T]], what: str = "", *, within: float = PATIENCE
) -> T:
    """Look again and again until what is seen counts as true, and give it.

    Raises:
        AssertionError: `within` seconds were not enough; it says what was seen last.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + within
    while True:
        seen = await look()
        if seen:
            return seen
        if loop.time() > until:
            raise AssertionError(f"not within {within:g} s: {what or look}; last seen: {seen!r}")
        await asyncio.sleep(_LOOK_EVERY)
