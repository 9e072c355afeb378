"""Keeps the database from growing without end: what is over, and cases long closed, go."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

from storage.sweeping import Sweeping
from storage.uow import Storage

#: Rows that one look goes through: a few milliseconds' work.
_AT_ONCE = 500
#: Having seen all that is old, it looks again after so long.
_REST = timedelta(hours=1)


class _Walk(Protocol):
    def __call__(
        self, sweeping: Sweeping, /, *, before: datetime, after: Any, limit: int
    ) -> Awaitable[Any | None]: ...


@dataclass(slots=True)
class _Path:
    """Where a walk through a table has come to; `after` 0: it begins."""

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
            _Path(Sweeping.outbox, timedelta(days=outbox_days)),
            _Path(Sweeping.deadlines, timedelta(days=outbox_days)),
            _Path(Sweeping.aside, timedelta(days=outbox_days)),
            _Path(_without_cases, timedelta()),
        ]
        if history_days:
            self._paths.append(_Path(Sweeping.cases, timedelta(days=history_days)))

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
            came_to = await path.walk(
                uow.sweeping, before=now - path.keep, after=path.after, limit=_AT_ONCE
            )
        path.after = came_to or 0
        path.rests_until = now + _REST if came_to is None else None


async def _without_cases(
    sweeping: Sweeping, /, *, before: datetime, after: Any, limit: int
) -> tuple[int, int] | None:
    # They tell no time: whatever has no case is left over.
    del before
    return await sweeping.digests(after=after, limit=limit)
