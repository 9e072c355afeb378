"""Keeps the database from growing without end: what is over, and cases long closed, go."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

from storage.uow import Storage, UnitOfWork

#: Rows that one look goes through: a few milliseconds' work.
_AT_ONCE = 500
#: Having seen all that is old, it looks again after so long.
_REST = timedelta(hours=1)


class _Walk(Protocol):
    def __call__(
        self, uow: UnitOfWork, /, *, before: datetime, after: Any, limit: int
    ) -> Awaitable[Any | None]: ...


@dataclass(slots=True)
class _Path:
    """Where a walk through a table has come to; `after` 0: it begins."""

    name: str
    walk: _Walk
    keep: timedelta
    after: Any = 0
    rests_until: datetime | None = None


class Sweeper:
    """One process's walks; several replicas may walk at once.

    Args:
        storage: opens the transactions.
        clock: the time.
        outbox_days: what was delivered or is over is kept so long; a repeated update is told by it.
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
        self._paths = [
            _Path("outbox", _delivered, timedelta(days=outbox_days)),
            _Path("deadlines", _over, timedelta(days=outbox_days)),
            _Path("aside", _replayed, timedelta(days=outbox_days)),
            _Path("digests", _empty, timedelta()),
        ]
        if history_days:
            self._paths.append(_Path("cases", _closed, timedelta(days=history_days)))

    @property
    def walks(self) -> tuple[Callable[[], Awaitable[None]], ...]:
        """One for each path: it goes a step further."""
        return tuple(partial(self._go_on, path) for path in self._paths)

    async def _go_on(self, path: _Path) -> None:
        now = self._clock()
        if path.rests_until is not None and now < path.rests_until <= now + _REST:
            # Later than that: the clock was ahead, and is put back.
            return
        await self._step(path, now)

    async def _step(self, path: _Path, now: datetime) -> None:
        async with self._storage.change() as uow:
            came_to = await path.walk(uow, before=now - path.keep, after=path.after, limit=_AT_ONCE)
        path.after = came_to or 0
        path.rests_until = now + _REST if came_to is None else None


async def _delivered(uow: UnitOfWork, *, before: datetime, after: int, limit: int) -> int | None:
    return await uow.sweeping.outbox(before=before, after=after, limit=limit)


async def _over(uow: UnitOfWork, *, before: datetime, after: int, limit: int) -> int | None:
    return await uow.sweeping.deadlines(before=before, after=after, limit=limit)


async def _replayed(uow: UnitOfWork, *, before: datetime, after: int, limit: int) -> int | None:
    return await uow.sweeping.aside(before=before, after=after, limit=limit)


async def _empty(
    uow: UnitOfWork, *, before: datetime, after: Any, limit: int
) -> tuple[int, int] | None:
    del before
    return await uow.sweeping.digests(after=after, limit=limit)


async def _closed(uow: UnitOfWork, *, before: datetime, after: int, limit: int) -> int | None:
    return await uow.sweeping.cases(before=before, after=after, limit=limit)
