"""How a delivery to Telegram ended, noted in its row and counted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog

from bot.metrics import Metrics
from storage.outbox import OutboxRow
from storage.uow import Storage

log = structlog.get_logger(__name__)


class Ending:
    """Notes it."""

    def __init__(self, storage: Storage, clock: Callable[[], datetime], metrics: Metrics) -> None:
        self._storage = storage
        self._clock = clock
        self._metrics = metrics

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
