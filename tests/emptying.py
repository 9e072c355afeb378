"""PostgreSQL's one database for all tests of a process, made empty again after each of them."""

from __future__ import annotations

import asyncio

import asyncpg

from storage.tables import metadata

_ALL_ROWS = [
    f'DELETE FROM "{table.name}"'  # noqa: S608 -- our own names
    for table in reversed(metadata.sorted_tables)
]
_ALL_COUNTERS = [
    f"SELECT setval('{table.name}_id_seq', 1, false)"
    for table in metadata.sorted_tables
    if table.autoincrement_column is not None
]


class Emptying:
    """Empties it by a connection that stays open: to open one takes twenty times as long.

    A connection belongs to a loop, and each test has its own; so this has one as well.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._loop = asyncio.new_event_loop()
        self._connection: asyncpg.Connection | None = None

    def empty(self) -> None:
        """Remove all rows, and let every table count from 1 again."""
        self._loop.run_until_complete(self._empty())

    async def _empty(self) -> None:
        if self._connection is None:
            self._connection = await asyncpg.connect(self.url.replace("+asyncpg", ""), ssl=False)
        await self._connection.execute("; ".join([*_ALL_ROWS, *_ALL_COUNTERS]))

    def close(self) -> None:
        """Let go of the server."""
        if self._connection is not None:
            self._loop.run_until_complete(self._connection.close())
        self._loop.close()
