"""One transaction over everything that a decision changes."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.cases import Cases
from storage.db import Database
from storage.deadlines import Deadlines
from storage.digests import Digests
from storage.outbox import Outbox
from storage.people import People


class UnitOfWork:
    """The rooms of the database, all inside the same transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.cases = Cases(connection)
        self.outbox = Outbox(connection)
        self.deadlines = Deadlines(connection)
        self.digests = Digests(connection)
        self.people = People(connection)


class Storage:
    """Opens transactions.

    Every method may raise StorageDown: then nothing was committed that the caller knows of.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextlib.asynccontextmanager
    async def change(self) -> AsyncIterator[UnitOfWork]:
        """A transaction that commits when the block ends well, and not at all when it raises."""
        async with self._database.transaction() as connection:
            yield UnitOfWork(connection)

    @contextlib.asynccontextmanager
    async def look(self) -> AsyncIterator[UnitOfWork]:
        """A transaction that only reads."""
        async with self._database.reading() as connection:
            yield UnitOfWork(connection)

    async def ping(self) -> None:
        """Reach the database, or raise StorageDown."""
        async with self._database.reading() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Give the connections back."""
        await self._database.close()
