"""An event loop whose time is not the wall's: minutes of waiting take no time at all.

Sockets, threads and everything else are real. Only when nothing is left to do now, the time jumps
to the next thing that somebody waits for. So a burst of minutes runs in seconds, and what it
measures is waiting (for Telegram's limits, for people), not this machine.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, TypeVarTuple

from tests.harness.time import MovableClock

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

#: Real seconds in which a socket's other end, which is in this process, has surely been heard.
_STILL = 0.001
#: Real seconds between two looks at threads that work.
_THREADS = 0.05


class _Selector(selectors.DefaultSelector):
    """Waits for what is real; puts the time forward when nothing is."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.threads = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is not None and timeout <= 0:
            return super().select(0)
        ready = super().select(_STILL)
        while not ready and (self.threads or timeout is None):
            ready = super().select(_THREADS)
        if not ready and timeout is not None:
            self.now += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """asyncio's own loop on such a time, in seconds from 0."""

    def __init__(self) -> None:
        self._real = _Selector()
        super().__init__(self._real)

    def time(self) -> float:
        """Seconds since the loop was made."""
        return self._real.now

    def run_in_executor(
        self,
        executor: Executor | None,
        func: Callable[[*Ts], T],
        *args: *Ts,
    ) -> asyncio.Future[T]:
        """Time stands still while a thread works."""
        self._real.threads += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._came_back)
        return future

    def _came_back(self, _: asyncio.Future[Any]) -> None:
        self._real.threads -= 1


class VirtualClock(MovableClock):
    """The running loop's time as a date, the same one in every run; threads may ask, too."""

    def __init__(self, start: datetime = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)) -> None:
        super().__init__()
        self._start = start
        self._loop = asyncio.get_running_loop()

    def __call__(self) -> datetime:
        return self._start + self._ahead + timedelta(seconds=self._loop.time())


def run_virtually(main: Coroutine[Any, Any, T]) -> T:
    """As `asyncio.run`, on virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
