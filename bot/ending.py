"""How a delivery ended, noted in its row and counted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog

from bot.enqueue import Enqueue
from bot.metrics import Metrics
from storage.outbox import OutboxRow
from storage.uow import Storage

log = structlog.get_logger(__name__)


class Ending:
    """Notes it. Of deliveries to the CRM only those that a fault of ours has ended."""

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

    def well(self, row: OutboxRow) -> None:
        """It was delivered, and its end is noted: count it."""
        self._metrics.delivered(row.destination, "done")

    async def done(self, row: OutboxRow) -> None:
        """It was said, or nothing was left to say."""
        async with self._storage.note() as uow:
            await uow.outbox.done(row, now=self._clock())

    async def later(self, row: OutboxRow, due_at: datetime, error: str) -> None:
        """It comes again then; without an `error` it only waits for its turn."""
        self._metrics.delivered("telegram", "later")
        async with self._storage.change() as uow:
            await uow.outbox.later(row, due_at=due_at, error=error)

    async def dead(self, row: OutboxRow, error: str) -> None:
        """It comes no more, unless an owner revives it."""
        self._metrics.delivered("telegram", "dead")
        log.error("telegram_refused", row=row.id, kind=row.kind, case=row.case_id, why=error)
        async with self._storage.change() as uow:
            await uow.outbox.dead(row, now=self._clock(), error=error)

    async def fault(self, row: OutboxRow, error: Exception) -> None:
        """A fault of ours, the same the next time: it comes no more, and the owners hear of it."""
        now, what = self._clock(), type(error).__name__
        self._metrics.delivered(row.destination, "dead")
        async with self._storage.change() as uow:
            if await uow.outbox.dead(row, now=now, error=f"{what}: a fault of the bot"):
                await self._enqueue.tell_owners(
                    uow, "owner_fault", now=now, error=what, of=row.destination, case=row.case_id,
                    # One warning an hour is enough for a fault that repeats.
                    once=f"fault:{now:%Y%m%d%H}",
                )  # fmt: skip
