"""One transaction over everything that a decision changes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from types import TracebackType
from typing import Generic, TypeVar

from sqlalchemy import select

from storage import tables as t
from storage.aside import Aside
from storage.block import Block
from storage.cases import Cases
from storage.chats import Chats
from storage.db import Database
from storage.deadlines import Deadlines
from storage.deliveries import Deliveries
from storage.digests import Digests
from storage.errors import StorageDown
from storage.history import History
from storage.lanes import Lanes
from storage.linked import Linked
from storage.messages import Messages
from storage.open_cases import OpenCases
from storage.outbox import Outbox
from storage.people import People
from storage.posts import Posts
from storage.presses import Presses
from storage.reports import Reports
from storage.sweeping import Sweeping
from storage.upsert import insert_for
from storage.wanted import Taker

R = TypeVar("R")


class _Room(Generic[R]):
    """A room of a transaction, made when somebody first asks for it: most need two of sixteen.

    (`functools.cached_property` takes longer than it takes to make a room.)
    """

    def __init__(self, make: Callable[[UnitOfWork], R]) -> None:
        self._make = make

    def __set_name__(self, _owner: type, name: str) -> None:
        self._name = name

    def __get__(self, uow: UnitOfWork, _owner: type) -> R:
        made = uow.__dict__[self._name] = self._make(uow)
        return made


class UnitOfWork:
    """The rooms of the database, all inside the same transaction."""

    def __init__(self, connection: Linked, takers: Mapping[str, Taker] | None = None) -> None:
        self.connection = connection
        self.takers = takers

    cases = _Room(lambda uow: Cases(uow.connection))
    open_cases = _Room(lambda uow: OpenCases(uow.connection))
    posts = _Room(lambda uow: Posts(uow.connection, uow.cases))
    messages = _Room(lambda uow: Messages(uow.connection, changed=uow.cases.look_again))
    history = _Room(lambda uow: History(uow.connection))
    outbox = _Room(lambda uow: Outbox(uow.connection, uow.takers))
    lanes = _Room(lambda uow: Lanes(uow.connection))
    deliveries = _Room(lambda uow: Deliveries(uow.connection, uow.cases, uow.messages, uow.outbox))
    deadlines = _Room(lambda uow: Deadlines(uow.connection))
    digests = _Room(lambda uow: Digests(uow.connection))
    people = _Room(lambda uow: People(uow.connection))
    presses = _Room(lambda uow: Presses(uow.connection, uow.cases, uow.people))
    chats = _Room(lambda uow: Chats(uow.connection))
    aside = _Room(lambda uow: Aside(uow.connection))
    reports = _Room(lambda uow: Reports(uow.connection))
    sweeping = _Room(lambda uow: Sweeping(uow.connection))

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

    def change(self, chat: int | None = None) -> Block[UnitOfWork]:
        """A transaction that commits when the block ends well, and not at all when it raises.

        `chat`: nobody else decides in that chat until it ends.
        """
        return _Changing(self, self._database.transaction(chat))

    def begun(self, connection: Linked) -> UnitOfWork:
        """The rooms of a transaction that changes something."""
        return UnitOfWork(connection, self._takers)

    async def call(self, outbox: Outbox) -> set[str]:
        """Before the commit: other processes will hear of it. Returns of what."""
        called = {*self._called(outbox)}
        for destination in called:
            await outbox.call(destination)
        return called

    async def hear(self, uow: UnitOfWork, called: Collection[str]) -> None:
        """Behind the commit: whoever delivers hears of it. `called`: has been, for these."""
        outbox = uow.outbox
        for row in outbox.wanted.taken:
            seen = None if row.case_id is None else uow.cases.seen(row.case_id)
            # Where no card was seen it may have been looked for before its note was committed
            # (PostgreSQL): whoever believed it would send a second one, and leave the first as is.
            is_sure = seen is not None and seen.card is not None
            self._takers[row.destination].deliver(row._replace(seen=seen) if is_sure else row)
        if outbox.wanted.due:
            self._committed(outbox.wanted.due)
        await self._call_late({*self._called(outbox)}.difference(called))

    async def _call_late(self, destinations: Collection[str]) -> None:
        """Only the commit has shown that others have to deliver: whoever is not told looks."""
        for destination in destinations:
            with contextlib.suppress(StorageDown):
                async with self.note() as uow:
                    await uow.outbox.call(destination)

    def _called(self, outbox: Outbox) -> Iterable[str]:
        """Destinations that other processes must hear of."""
        yield from filter(self._is_elsewhere, outbox.wanted.due)
        if outbox.wanted.waits_behind and not self._database.is_sqlite:
            # Whoever has the row before it knows of no other one, and would not look when it ends.
            yield "crm"

    def note(self) -> Block[UnitOfWork]:
        """For one statement that changes something and wants nothing delivered."""
        return _Rooms(self._database.single())

    def look(self) -> Block[UnitOfWork]:
        """Only reads, each of its own moment (`Database.reading`)."""
        return _Rooms(self._database.reading())

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


class _Rooms:
    """The rooms, for as long as a block of the database lasts."""

    __slots__ = ("_block",)

    def __init__(self, block: Block[Linked]) -> None:
        self._block = block

    async def __aenter__(self) -> UnitOfWork:
        return UnitOfWork(await self._block.__aenter__())

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None:
        await self._block.__aexit__(kind, error, trace)


class _Changing:
    """The same for a transaction, whose rows go to whoever delivers them once it is committed."""

    __slots__ = ("_block", "_storage", "_uow")

    def __init__(self, storage: Storage, block: Block[Linked]) -> None:
        self._storage = storage
        self._block = block

    async def __aenter__(self) -> UnitOfWork:
        self._uow = self._storage.begun(await self._block.__aenter__())
        return self._uow

    async def __aexit__(self, _kind: object, error: BaseException | None, _at: object, /) -> None:
        outbox, called = self._uow.outbox, set[str]()
        try:
            if error is None:
                called = await self._storage.call(outbox)
        except BaseException as failed:  # noqa: BLE001 -- it is raised again below
            error = failed
        try:
            if error is None:
                await self._block.__aexit__(None, None, None)
            else:
                await self._block.__aexit__(type(error), error, error.__traceback__)
                raise error  # noqa: TRY301 -- as if it came from here
        except BaseException:
            outbox.wanted.free_all()
            raise
        await self._storage.hear(self._uow, called)
