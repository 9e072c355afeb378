"""What falls due: it stands in the database, so it is forgotten by no death."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from bot.apart import apart
from bot.enqueue import Enqueue
from bot.errors import OtherRelease
from bot.facts import Facts
from bot.metrics import Metrics
from bot.outbox import backoff, chance
from bot.telegram import link_to_message
from storage.deadlines import DeadlineRow
from storage.errors import StorageError
from storage.uow import Storage, UnitOfWork

log = structlog.get_logger(__name__)

_LEASE = timedelta(seconds=30)
_AT_ONCE = 50
#: So long a deadline of a case that we do not know is left to a replica of another release.
_FOR_ANOTHER = timedelta(minutes=10)


class Deadlines:
    """Turns due rows into TimeUp; replicas share the rows by leasing them."""

    def __init__(
        self,
        *,
        storage: Storage,
        facts: Facts,
        enqueue: Enqueue,
        clock: Callable[[], datetime],
        metrics: Metrics,
    ) -> None:
        self._storage = storage
        self._facts = facts
        self._enqueue = enqueue
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
            await self._facts.time_up(deadline)
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
        # /aside names the others of that hour.
        await self._enqueue.warn_owners(
            uow, "owner_deadline", now=now, about="deadline", error=type(error).__name__,
            case=case_id, link=link,
        )  # fmt: skip
