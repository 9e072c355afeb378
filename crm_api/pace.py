"""How fast we may call a CRM: RetailCRM allows 10 requests a second, Bitrix24 2 (50 in a burst)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable


class Pace:
    """A bucket of `burst` calls that refills with `per_second`; callers wait in order.

    Args:
        per_second: calls a second in the long run.
        burst: calls that may go out at once after a rest.
        clock: seconds, monotonic.
        sleep: waits so many seconds.
    """

    def __init__(
        self,
        per_second: float,
        *,
        burst: int = 1,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._every = 1 / per_second
        self._slack = (burst - 1) * self._every
        self._clock = clock
        self._sleep = sleep
        #: When the next call would be due if nobody had ever rested.
        self._due = clock() - self._slack

    async def turn(self) -> None:
        """Return when the caller may send his request."""
        now = self._clock()
        due = max(self._due, now - self._slack)
        # Taken before the wait, so that those who come meanwhile stand behind us.
        self._due = due + self._every
        if due > now:
            await self._sleep(due - now)
