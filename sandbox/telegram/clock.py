"""The sandbox's one clock: real time, or a test's own, that can be put forward."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable


class Clock:
    """Seconds since the epoch, with a hand that only moves forward.

    `base` is where the time comes from; a test gives a function that stands still and moves
    the clock by `advance`, so that a minute's flood limit takes no minute to test.
    """

    def __init__(self, base: Callable[[], float] = time.time, *, offset: float = 0.0) -> None:
        self._base = base
        self.offset = offset

    def now(self) -> float:
        """Give the sandbox's time in seconds since the epoch."""
        return self._base() + self.offset

    def date(self) -> int:
        """Give the sandbox's time as Telegram writes it: whole seconds."""
        return int(self.now())

    def advance(self, seconds: float) -> None:
        """Put the clock forward."""
        self.offset += seconds


class Signal:
    """Wakes everybody who waits for something to happen."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def fire(self) -> None:
        """Wake all who wait now; who comes later waits for the next time."""
        self._event.set()
        self._event = asyncio.Event()

    async def wait_for(self, happened: Callable[[], bool], seconds: float) -> bool:
        """Wait until `happened()`, at most `seconds` of real time; give what it said last."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while not happened():
            left = until - loop.time()
            if left <= 0:
                return False
            try:
                # Not `wait_for`: on Python 3.11 that loses a cancellation that comes together
                # with the event, and the waiter would never end.
                async with asyncio.timeout(left):
                    await self._event.wait()
            except TimeoutError:
                return happened()
        return True
