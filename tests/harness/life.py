"""One life of the bot in this process: from `wired` to its end, good or bad."""

from __future__ import annotations

import asyncio
import contextlib

from aiogram.client.session.aiohttp import AiohttpSession

from bot.budget import Budget
from bot.config import Settings
from bot.serving import serve
from bot.wiring import Workchats, make_database, wired
from tests.harness.crash import Crash, CrashAt
from tests.harness.time import PATIENCE, MovableClock

#: Looks of a worker that nobody rang, seconds: a test does not wait a second for it.
IDLE = 0.05


class Life:
    """A bot that runs as `python -m bot run` does."""

    def __init__(
        self,
        settings: Settings,
        clock: MovableClock,
        *,
        budget: Budget | None = None,
        crash: CrashAt | None = None,
        idle: float = IDLE,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._budget = budget
        self._crash = crash
        self._idle = idle
        self._stop = asyncio.Event()
        self._ready = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._workchats: Workchats | None = None

    @property
    def parts(self) -> Workchats:
        """What it is made of."""
        assert self._workchats is not None, "the bot has not started"
        return self._workchats

    @property
    def runs(self) -> bool:
        """Whether it lives."""
        return self._ready.is_set() and self._task is not None and not self._task.done()

    async def start(self) -> None:
        """Start it, and wait until it works.

        Raises:
            Exception: whatever kept it from that.
        """
        self._task = asyncio.create_task(self._live(), name="bot")
        ready = asyncio.create_task(self._ready.wait())
        await asyncio.wait([ready, self._task], return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        if not self._ready.is_set():
            self._task.result()

    async def _live(self) -> None:
        database = make_database(self._settings)
        try:
            async with wired(
                self._settings, database, clock=self._clock, budget=self._budget
            ) as workchats:
                self._workchats = workchats
                for worker in (workchats.telegram_worker, workchats.crm_worker):
                    worker._idle = self._idle
                if self._crash is not None:
                    self._crash.install(workchats)
                try:
                    await serve(workchats, self._stop, on_ready=self._ready.set)
                finally:
                    await _close_quickly(workchats)
        finally:
            await database.close()

    async def stop(self) -> None:
        """Stop it as a signal does; may be called twice."""
        self._stop.set()
        await self._ended()

    async def crashed(self) -> None:
        """Wait until it has died where it was told to."""
        assert self._crash is not None
        async with asyncio.timeout(PATIENCE):
            await self._crash.fired.wait()
            # Whoever sleeps shall find that he is dead.
            self.parts.bell.ring(dict.fromkeys(("telegram", "crm"), self._clock()))
            await self._ended()

    async def _ended(self) -> None:
        if self._task is not None:
            with contextlib.suppress(Crash):
                await self._task

    @property
    def is_busy(self) -> bool:
        """Whether a delivery or an answer is under way."""
        parts = self.parts
        return bool(
            parts.telegram_worker._under_way
            or parts.crm_worker._under_way
            or parts.answers._under_way
        )

    async def look_around(self) -> None:
        """The clock has been moved: do now what has fallen due."""
        await self.parts.deadlines.tick()
        self.parts.bell.ring(dict.fromkeys(("telegram", "crm"), self._clock()))


async def _close_quickly(workchats: Workchats) -> None:
    """Close aiogram's connections ourselves: it would wait a quarter of a second for TLS."""
    session = workchats.bot.session
    assert isinstance(session, AiohttpSession)
    if session._session is not None:
        await session._session.close()
