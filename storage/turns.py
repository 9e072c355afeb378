"""What one of several processes does alone: it has the turn for as long as its session lives."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from storage.db import Database
from storage.errors import StorageDown

if TYPE_CHECKING:
    from storage.far import Far

#: Where a process says that it has committed something that others deliver, or may.
CHANNEL = "workchats"


class Turn:
    """A lock of a PostgreSQL session, which the server frees when the session ends.

    With SQLite there is one process, and it is always its turn.

    Args:
        database: whose processes take turns.
        key: the lock's number, of this turn alone.
        every: seconds between two tries, and between two looks whether the session still lives.
    """

    def __init__(self, database: Database, key: int, *, every: float = 1.0) -> None:
        self._database = database
        self._key = key
        self._every = every
        self.is_ours = database.is_sqlite

    async def keep(
        self, *, took: Callable[[], Awaitable[None]], told: Callable[[str], None]
    ) -> None:
        """Have the turn as often and as long as possible, until cancelled.

        Args:
            took: the turn is ours now; whoever had it does nothing any more.
            told: another process says something on the channel.
        """
        while True:
            try:
                if self._database.is_sqlite:
                    await took()
                    await asyncio.Event().wait()
                async with self._database.alone() as far:
                    await self._session(far, took, told)
            except StorageDown:
                # Of SQLite too: its disk is full, or a backup holds it for longer than we wait.
                await asyncio.sleep(self._every)

    async def _session(
        self, far: Far, took: Callable[[], Awaitable[None]], told: Callable[[str], None]
    ) -> None:
        driver = far.driver

        def hear(_connection: object, _process: int, _channel: str, words: str) -> None:
            told(words)

        try:
            await driver.add_listener(CHANNEL, hear)
            while True:
                if self.is_ours:
                    await driver.execute("SELECT 1")
                elif await driver.fetchval("SELECT pg_try_advisory_lock($1)", self._key):
                    await took()
                    self.is_ours = True
                await asyncio.sleep(self._every)
        finally:
            self.is_ours = False
            # The lock goes with the session.
            driver.terminate()
