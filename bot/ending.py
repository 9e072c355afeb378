"""How a delivery ended, noted in its row and counted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Literal

import structlog

from bot.enqueue import Enqueue, chat_of_lane
from bot.errors import OtherRelease
from bot.metrics import Metrics
from bot.outbox import backoff, chance
from storage.errors import Stale, StorageError
from storage.outbox import OutboxRow
from storage.uow import Storage, UnitOfWork

log = structlog.get_logger(__name__)

Outcome = Literal["done", "later", "dead"]

#: So often, some ten minutes, a row that we do not know is left to a replica of another release.
_TRIES_FOR_ANOTHER = 10
# What the log calls a fault of ours, by the row's destination.
_FAULTS = {"telegram": "not_said", "crm": "answer_not_taken"}


class Ending:
    """Notes it. Of deliveries to the CRM only those that a fault of ours has ended.

    Each try is counted once, where its end is noted: a row that was put off is not done.
    """

    def __init__(
        self,
        *,
        storage: Storage,
        enqueue: Enqueue,
        clock: Callable[[], datetime],
        metrics: Metrics,
    ) -> None:
        self._storage = storage
        self._enqueue = enqueue
        self._clock = clock
        self._metrics = metrics

    def count(self, row: OutboxRow, outcome: Outcome = "done") -> None:
        """Its end is noted already, together with something else: count it."""
        self._metrics.delivered(row.destination, outcome)

    async def done(self, row: OutboxRow) -> None:
        """It was said, or nothing was left to say."""
        async with self._storage.note() as uow:
            await uow.outbox.done(row, now=self._clock())
        self.count(row)

    async def later(self, row: OutboxRow, due_at: datetime, error: str) -> None:
        """It comes again then; without an `error` it only waits for its turn."""
        async with self._storage.change() as uow:
            await uow.outbox.later(row, due_at=due_at, error=error)
        self.count(row, "later")

    async def dead(self, row: OutboxRow, error: str) -> None:
        """It comes no more, unless an owner revives it."""
        log.error("telegram_refused", row=row.id, kind=row.kind, case=row.case_id, why=error)
        async with self._storage.change() as uow:
            await uow.outbox.dead(row, now=self._clock(), error=error)
        self.count(row, "dead")

    async def unreached(self, row: OutboxRow, error: str, tried_at: datetime) -> None:
        """Who was to hear it cannot be told: it comes no more, but where it is passed on."""
        chat_id, now = chat_of_lane(row.lane), self._clock()
        if chat_id > 0:
            async with self._storage.change() as uow:
                if row.case_id is not None:
                    # Another of its role may be found out of reach at the same moment.
                    await uow.cases.locked(row.case_id)
                is_back = await uow.people.is_heard_since(chat_id, tried_at)
                is_passed_on = not is_back and await self._out_of_reach(uow, row, now)
                if is_back:
                    # He has started the bot meanwhile.
                    again = backoff(row.attempts, chance())
                    await uow.outbox.later(row, due_at=now + again, error=error)
            if is_back:
                self.count(row, "later")
                return
            if is_passed_on:
                log.info("passed_on", row=row.id, kind=row.kind, case=row.case_id, why=error)
                self.count(row)
                return
        await self.dead(row, error)

    async def _out_of_reach(self, uow: UnitOfWork, row: OutboxRow, now: datetime) -> bool:
        """Note that he cannot be told. Returns whether somebody else is, in his stead."""
        await uow.people.set_reachable(chat_of_lane(row.lane), reachable=False)
        is_passed_on = await self._enqueue.pass_on(uow, row, now)
        if is_passed_on and not await uow.outbox.done(row, now=now):
            raise Stale("somebody else has taken it up")
        return is_passed_on

    async def deliver(
        self,
        row: OutboxRow,
        by: Callable[[OutboxRow], Awaitable[None]],
        *,
        refuse: Callable[[OutboxRow, str], Awaitable[None]] | None = None,
        after: Callable[[], OutboxRow] | None = None,
    ) -> None:
        """Deliver a row, which must not come again and again where it meets a fault of ours.

        A template that does not fit its case; what was said and can never be noted; an answer that
        can never be taken in.

        Args:
            row: as it was leased.
            by: delivers it.
            refuse: tells people to go on without, and ends the row.
            after: the row as whoever tries again must know it, where the delivery has changed that.
        """
        known = after or (lambda: row)
        try:
            await by(row)
        except StorageError:
            # The database is away, and with it every way to note an end.
            raise
        except OtherRelease as error:
            await self._left_to_another(known(), error)
        except Exception as error:
            log.exception(_FAULTS[row.destination], row=row.id, kind=row.kind, case=row.case_id)
            if refuse is None:
                await self._fault(known(), error)
            else:
                await self._refused(known(), error, refuse)

    async def _refused(
        self,
        row: OutboxRow,
        error: Exception,
        refuse: Callable[[OutboxRow, str], Awaitable[None]],
    ) -> None:
        """The owners hear whose fault it is; at least they do."""
        try:
            await refuse(row, _says(error))
            async with self._storage.change() as uow:
                await self._warn(uow, row, error)
        except StorageError:
            raise
        except Exception as worse:
            log.exception("refusal_not_taken", row=row.id, kind=row.kind, case=row.case_id)
            await self._fault(row, worse)

    async def _fault(self, row: OutboxRow, error: Exception) -> None:
        """A fault of ours, the same the next time: it comes no more, and the owners hear of it."""
        async with self._storage.change() as uow:
            is_ours = await uow.outbox.dead(row, now=self._clock(), error=_says(error))
            if is_ours:
                await self._warn(uow, row, error)
        if is_ours:
            self.count(row, "dead")

    async def _warn(self, uow: UnitOfWork, row: OutboxRow, error: Exception) -> None:
        now, what = self._clock(), type(error).__name__
        await self._enqueue.warn_owners(
            uow, "owner_fault", now=now, about="fault", error=what, of=row.destination,
            case=row.case_id,
        )  # fmt: skip

    async def _left_to_another(self, row: OutboxRow, error: OtherRelease) -> None:
        """While two releases are at work, each has rows that only it knows.

        One that nobody has taken after a while is a fault.
        """
        if row.attempts >= _TRIES_FOR_ANOTHER:
            await self._fault(row, error)
            return
        log.warning("of_another_release", row=row.id, kind=row.kind, case=row.case_id)
        await self.later(row, self._clock() + backoff(row.attempts, chance()), str(error))


def _says(error: Exception) -> str:
    """What stands in the row that a fault of ours has ended."""
    return f"{type(error).__name__}: a fault of the bot"
