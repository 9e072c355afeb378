"""One transaction over everything that a decision changes."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping
from datetime import datetime

from sqlalchemy import select, text

from storage import tables as t
from storage.aside import Aside
from storage.cases import Cases
from storage.chats import Chats
from storage.db import Database
from storage.deadlines import Deadlines
from storage.deliveries import Deliveries
from storage.digests import Digests
from storage.errors import StorageDown
from storage.history import History
from storage.lanes import Lanes
from storage.messages import Messages
from storage.near import Linked
from storage.outbox import Outbox, Taker
from storage.people import People
from storage.posts import Posts
from storage.reports import Reports
from storage.sweeping import Sweeping
from storage.upsert import insert_for


class UnitOfWork:
    """The rooms of the database, all inside the same transaction."""

    def __init__(self, connection: Linked, takers: Mapping[str, Taker] | None = None) -> None:
        self.cases = Cases(connection)
        self.posts = Posts(connection, self.cases)
        self.messages = Messages(connection, changed=self.cases.look_again)
        self.history = History(connection)
        self.outbox = Outbox(connection, takers)
        self.lanes = Lanes(connection)
        self.deliveries = Deliveries(connection, self.cases, self.messages, self.outbox)
        self.deadlines = Deadlines(connection)
        self.digests = Digests(connection)
        self.people = People(connection)
        self.chats = Chats(connection)
        self.aside = Aside(connection)
        self.reports = Reports(connection)
        self.sweeping = Sweeping(connection)

    async def moved_to(self, chat_id: int) -> int | None:
        """The supergroup that a locked group became, which is locked too; None: it became none.

        It may have told of the move before what was said in the old group is taken.
        """
        chat = await self.chats.chat(chat_id)
        if chat is None or chat.migrated_to is None:
            return None
        await self.cases.lock_chat(chat.migrated_to)
        return chat.migrated_to


class Storage:
    """Opens transactions.

    `committed` hears after a commit which destinations have rows to deliver, and from when; rows
    that a taker (by destination, see `taking`) could lease as they were inserted go to it at once.

    Every method may raise StorageDown: then nothing was committed that the caller knows of.
    """

    def __init__(
        self,
        database: Database,
        *,
        committed: Callable[[Mapping[str, datetime]], None] = lambda _due: None,
    ) -> None:
        self._database = database
        self._committed = committed
        self._takers: dict[str, Taker] = {}
        self._is_elsewhere: Callable[[str], bool] = lambda _destination: False

    def taking(self, takers: Mapping[str, Taker], *, is_elsewhere: Callable[[str], bool]) -> None:
        """Let these take rows when they are inserted.

        `is_elsewhere`: whether another process delivers to that destination: then it is told.
        """
        self._takers.update(takers)
        self._is_elsewhere = is_elsewhere

    @contextlib.asynccontextmanager
    async def change(self, chat: int | None = None) -> AsyncIterator[UnitOfWork]:
        """A transaction that commits when the block ends well, and not at all when it raises.

        `chat`: nobody else decides in that chat until it ends.
        """
        outbox: Outbox | None = None
        called: set[str] = set()
        try:
            async with self._database.transaction(chat) as connection:
                uow = UnitOfWork(connection, self._takers)
                outbox = uow.outbox
                yield uow
                called.update(self._called(outbox))
                for destination in called:
                    await outbox.call(destination)
        except BaseException:
            if outbox is not None:
                outbox.free_all()
            raise
        for row in outbox.taken:
            seen = None if row.case_id is None else uow.cases.seen(row.case_id)
            # Where no card was seen it may have been looked for before its note was committed
            # (PostgreSQL): whoever believed it would send a second one, and leave the first as is.
            is_sure = seen is not None and seen.card is not None
            self._takers[row.destination].deliver(row._replace(seen=seen) if is_sure else row)
        if outbox.due:
            self._committed(outbox.due)
        await self._call_late({*self._called(outbox)} - called)

    async def _call_late(self, destinations: Collection[str]) -> None:
        """Only the commit has shown that others have to deliver: whoever is not told looks."""
        for destination in destinations:
            with contextlib.suppress(StorageDown):
                async with self.note() as uow:
                    await uow.outbox.call(destination)

    def _called(self, outbox: Outbox) -> Iterable[str]:
        """Destinations that other processes must hear of."""
        yield from filter(self._is_elsewhere, outbox.due)
        if outbox.waits_behind and not self._database.is_sqlite:
            # Whoever has the row before it knows of no other one, and would not look when it ends.
            yield "crm"

    @contextlib.asynccontextmanager
    async def note(self) -> AsyncIterator[UnitOfWork]:
        """For one statement that changes something and wants nothing delivered."""
        async with self._database.single() as connection:
            yield UnitOfWork(connection)

    @contextlib.asynccontextmanager
    async def look(self) -> AsyncIterator[UnitOfWork]:
        """A transaction that only reads."""
        async with self._database.reading() as connection:
            yield UnitOfWork(connection)

    async def installation_tag(self, fresh: str) -> str:
        """The tag of this installation; `fresh` becomes it if there is none yet."""
        async with self._database.transaction() as connection:
            # Replicas that start at once on a new database must agree.
            await connection.execute(
                insert_for(connection.dialect.name)(t.installation)
                .values(id=1, tag=fresh)
                .on_conflict_do_nothing()
            )
            tag: str = await connection.scalar(select(t.installation.c.tag))
        return tag

    async def ping(self) -> None:
        """Reach the database, or raise StorageDown."""
        async with self._database.reading() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Give the connections back."""
        await self._database.close()
