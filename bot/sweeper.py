"""Keeps the database from growing without end: what was delivered, and cases long closed, go."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from storage.errors import StorageError
from storage.uow import Storage, UnitOfWork

log = structlog.get_logger(__name__)

#: Rows that one look goes through: a few milliseconds' work.
_AT_ONCE = 500
#: Having seen all that is old, it looks again after so long.
_REST = timedelta(hours=1)


class _Walk(Protocol):
    def __call__(
        self, uow: UnitOfWork, /, *, before: datetime, after: int, limit: int
    ) -> Awaitable[int | None]: ...


@dataclass(slots=True)
class _Path:
    """Where a walk through a table has come to."""

    name: str
    walk: _Walk
    keep: timedelta
    after: int = 0
    rests_until: datetime | None = None


class Sweeper:
    """One process's walks; several replicas may walk at once.

    Args:
        storage: opens the transactions.
        clock: the time.
        outbox_days: delivered rows are kept so long; a repeated update is told by them.
        history_days: closed cases are kept so long; 0: for ever.
    """

    def __init__(
        self,
        *,
        storage: Storage,
        clock: Callable[[], datetime],
        outbox_days: int,
        history_days: int,
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._paths = [_Path("outbox", _delivered, timedelta(days=outbox_days))]
        if history_days:
            self._paths.append(_Path("cases", _closed, timedelta(days=history_days)))

    async def sweep(self) -> None:
        """Go a step further on each path."""
        now = self._clock()
        for path in self._paths:
            if path.rests_until is not None and now < path.rests_until <= now + _REST:
                # Later than that: the clock was ahead, and is put back.
                continue
            try:
                await self._step(path, now)
            except StorageError:
                raise
            except Exception:
                # A fault of ours, and the same the next time: the other path goes on.
                log.exception("sweeping_failed", path=path.name)

    async def _step(self, path: _Path, now: datetime) -> None:
        async with self._storage.change() as uow:
            came_to = await path.walk(uow, before=now - path.keep, after=path.after, limit=_AT_ONCE)
        path.after = came_to or 0
        path.rests_until = now + _REST if came_to is None else None


async def _delivered(uow: UnitOfWork, *, before: datetime, after: int, limit: int) -> int | None:
    return await uow.sweeping.outbox(before=before, after=after, limit=limit)


async def _closed(uow: UnitOfWork, *, before: datetime, after: int, limit: int) -> int | None:
    return await uow.sweeping.cases(before=before, after=after, limit=limit)
