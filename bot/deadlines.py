"""The clock: APScheduler only ticks; what is due stands in the database."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.apart import apart
from bot.budget import Budget
from bot.chats import Chats
from bot.enqueue import Enqueue
from bot.errors import OtherRelease
from bot.metrics import Metrics
from bot.outbox import backoff, chance
from bot.perform import Perform
from bot.summary import Summaries
from bot.sweeper import Sweeper
from bot.telegram import link_to_message
from storage.deadlines import DeadlineRow
from storage.errors import StorageError
from storage.uow import Storage, UnitOfWork

log = structlog.get_logger(__name__)

_LEASE = timedelta(seconds=30)
_AT_ONCE = 50
#: So long a deadline of a case that we do not know is left to a replica of another release.
_FOR_ANOTHER = timedelta(minutes=10)
#: Seconds that a tick gets to end when the bot stops.
_GRACE = 4.0


class Deadlines:
    """Turns due rows into TimeUp; replicas share the rows by leasing them."""

    def __init__(
        self,
        *,
        storage: Storage,
        perform: Perform,
        enqueue: Enqueue,
        chats: Chats,
        budget: Budget,
        summaries: Summaries,
        sweeper: Sweeper,
        clock: Callable[[], datetime],
        metrics: Metrics,
    ) -> None:
        self._storage = storage
        self._perform = perform
        self._enqueue = enqueue
        self._chats = chats
        self._budget = budget
        self._summaries = summaries
        self._sweeper = sweeper
        self._clock = clock
        self._metrics = metrics

    async def tick(self) -> int:
        """Deal with what is due now. Returns how many deadlines."""
        now = self._clock()
        async with self._storage.look() as uow:
            if not await uow.deadlines.any_due(now):
                return 0
        async with self._storage.change() as uow:
            due = await uow.deadlines.lease(now=now, lease=_LEASE, limit=_AT_ONCE)
        for deadline in due:
            with apart("deadline_failed", deadline=deadline.id, case=deadline.case_id):
                await self._time_up(deadline)
        return len(due)

    async def _time_up(self, deadline: DeadlineRow) -> None:
        try:
            await self._perform.time_up(deadline)
        except StorageError:
            # The database is away: all of them come again when their leases have run out.
            raise
        except Exception as error:
            is_late = self._clock() - deadline.due_at >= _FOR_ANOTHER
            if isinstance(error, OtherRelease) and not is_late:
                log.warning("of_another_release", deadline=deadline.id, case=deadline.case_id)
                return
            await self._put_off(deadline, error)
            raise

    async def _put_off(self, deadline: DeadlineRow, error: Exception) -> None:
        """It comes again, more and more rarely; an owner hears of it, and how to hurry it."""
        now = self._clock()
        async with self._storage.change() as uow:
            until = now + backoff(deadline.faults + 1, chance())
            is_ours = await uow.deadlines.put_off(deadline, until=until)
            if is_ours and not deadline.faults:
                await self._warn(uow, deadline.case_id, error, now)
        self._metrics.deadline_failed()

    async def _warn(self, uow: UnitOfWork, case_id: int, error: Exception, now: datetime) -> None:
        case = await uow.cases.get(case_id)
        card, digest = await uow.cases.shown_in(case_id)
        link = ""
        if case is not None:
            message = (digest or 0) if card is None else card.message_id
            link = link_to_message(case.chat_id, message, case.topic_id)
        await self._enqueue.tell_owners(
            uow, "owner_deadline", now=now, error=type(error).__name__, case=case_id, link=link,
            # One warning an hour is enough for a fault that repeats: /aside names the others.
            once=f"deadline:{now:%Y%m%d%H}",
        )  # fmt: skip

    async def tidy(self) -> None:
        """What need not be done every second: unbound groups, summaries, figures, old rows."""
        parts = (self._chats.leave_unbound, self.measure, self._summaries.look, self._sweeper.sweep)
        for part in parts:
            with apart("tidying_failed", part=part.__qualname__):
                await part()

    async def measure(self) -> None:
        """How much waits, and for how long; what is left of the budget."""
        now = self._clock()
        async with self._storage.look() as uow:
            depth = {
                destination: (count, max(0.0, (now - oldest).total_seconds()))
                for destination, count, oldest in await uow.lanes.depth()
            }
            groups = {binding.chat_id for binding in await uow.chats.bindings()}
        self._metrics.outbox(depth)
        self._metrics.budget(
            min((self._budget.left(chat, now) for chat in groups), default=self._budget.full)
        )


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

    def __init__(self, deadlines: Deadlines, *, every: float = 1.0) -> None:
        self._scheduler = _Clockwork(longest=10 * every)
        self._under_way: set[asyncio.Task[Any]] = set()
        options = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        for job, seconds in ((deadlines.tick, every), (deadlines.tidy, 10 * every)):
            self._scheduler.add_job(self._quietly(job), "interval", seconds=seconds, **options)
        # Whoever watches the figures must not see nothing, and take it for a fault.
        self._scheduler.add_job(self._quietly(deadlines.measure), misfire_grace_time=None)

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
