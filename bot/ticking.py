"""The clock: APScheduler only ticks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.deadlines import Deadlines
from bot.tidying import Tidying
from storage.errors import StorageError

log = structlog.get_logger(__name__)

#: Seconds that a tick gets to end when the bot stops.
_GRACE = 4.0


class _Clockwork(AsyncIOScheduler):  # type: ignore[misc]  # it has no types
    """Goes on though the machine's clock is put back: APScheduler would wait until it is as late.

    `longest`: seconds between two runs of a job, at most.
    """

    def __init__(self, *, longest: float) -> None:
        super().__init__(timezone="UTC")
        self._longest = timedelta(seconds=longest)

    def _process_jobs(self) -> float | None:
        now = datetime.now(UTC)
        for job in self.get_jobs():
            if job.next_run_time is not None and job.next_run_time - now > self._longest:
                job.modify(next_run_time=now)
        wait: float | None = super()._process_jobs()
        return wait


class Ticking:
    """Ticks until it is stopped; a tick that runs late is not made up for."""

    def __init__(self, deadlines: Deadlines, tidying: Tidying, *, every: float = 1.0) -> None:
        self._scheduler = _Clockwork(longest=10 * every)
        self._under_way: set[asyncio.Task[Any]] = set()
        options = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        for job, seconds in ((deadlines.tick, every), (tidying.tidy, 10 * every)):
            self._scheduler.add_job(self._quietly(job), "interval", seconds=seconds, **options)
        # Whoever watches the figures must not see nothing, and take it for a fault.
        self._scheduler.add_job(self._quietly(tidying.measure), misfire_grace_time=None)

    def start(self) -> None:
        """Begin."""
        self._scheduler.start()

    async def stop(self) -> None:
        """Begin no tick any more, and let the one under way end: what it has leased is its own."""
        self._scheduler.pause()
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=_GRACE)
        self._scheduler.shutdown(wait=False)

    def _quietly(self, job: Callable[[], Awaitable[object]]) -> Callable[[], Awaitable[None]]:
        async def run() -> None:
            task = cast("asyncio.Task[Any]", asyncio.current_task())
            self._under_way.add(task)
            try:
                await job()
            except StorageError as error:
                log.warning("tick_waits", why=str(error))
            except asyncio.CancelledError:
                # Whatever is still due is due again when its lease has run out.
                log.warning("tick_cut_off")
            except Exception:
                log.exception("tick_failed")
            finally:
                self._under_way.discard(task)

        return run
