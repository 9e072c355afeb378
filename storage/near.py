"""SQLite on the event loop: a statement takes microseconds, a thread's hop and back does not.

Measured: with a thread per connection three quarters of the bot's time went into the hops. Here a
statement runs where it is awaited.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, CursorResult, Dialect, ScalarResult

from storage.block import Block
from storage.documents import JSON_BY
from storage.prepared import Answer, Locking, Prepared
from storage.together import Change, Heard, all_found

T = TypeVar("T")

# Another process that writes (a backup, `doctor`) is waited for on the loop: not for long. Whoever
# wanted to write then tries again, as with any database that is away.
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=3000")


# A full disk or a failing one: SQLite may end the whole transaction, not the statement alone.
_TAKEN_BACK = "SQLite has taken the transaction back"


class Linked(Protocol):
    """A connection inside a transaction: a Near one (SQLite), or a Far one (PostgreSQL)."""

    @property
    def dialect(self) -> Dialect:
        """Tells the engine by its name."""

    async def run(self, prepared: Prepared, given: Mapping[str, Any], /) -> Answer:
        """Run a statement of every round on the driver itself."""

    async def run_locking(self, locking: Locking, given: Mapping[str, Any], /) -> Answer:
        """Read with locks, which hold until the transaction ends."""

    async def run_all(self, changes: Sequence[Change], /) -> list[Answer]:
        """Make changes of different rows: one round trip."""

    async def put(self, changes: Mapping[Hashable, Change], heard: Heard | None = None, /) -> None:
        """Make changes before the transaction ends, and before anything else is asked in it.

        Many go together. `heard` is told what they gave, in their order; on PostgreSQL all may be
        committed by then, so that what nobody found to change is the statement's own to refuse
        (`Prepared.must`). The keys say what is changed: of one key nothing goes together.
        """

    async def settle(self) -> None:
        """Make the changes that were put, now."""

    async def execute(
        self, statement: Any, parameters: Any = None, /
    ) -> CursorResult[*tuple[Any, ...]]:
        """Run a statement; its rows are there at once."""

    async def scalar(self, statement: Any, parameters: Any = None, /) -> Any:
        """The first column of the first row, or None."""

    async def scalars(self, statement: Any, parameters: Any = None, /) -> ScalarResult[Any]:
        """The first column of all rows."""

    async def run_sync(self, work: Callable[[Connection], T]) -> T:
        """Hand the synchronous connection to somebody who needs one (Alembic)."""


class Near:
    """A synchronous connection in the clothes of an asynchronous one.

    The driver begins no transactions by itself (its "autocommit"): what SQLAlchemy runs takes part
    in those that are begun here.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.driver: Any = connection.connection.driver_connection

    @property
    def dialect(self) -> Dialect:
        """SQLite's."""
        return self._connection.dialect

    async def run(self, prepared: Prepared, given: Mapping[str, Any], /) -> Answer:
        """Run a statement of every round."""
        compiled = prepared.on(self._connection.dialect)
        cursor = self.driver.execute(compiled.sql, compiled.arguments(given))
        if compiled.returns:
            found = cursor.fetchall()
            return Answer(compiled.rows(found), len(found))
        return Answer((), cursor.rowcount)

    async def run_locking(self, locking: Locking, given: Mapping[str, Any], /) -> Answer:
        """Read: there is one writer."""
        return await self.run(locking.plain, given)

    async def run_all(self, changes: Sequence[Change], /) -> list[Answer]:
        """Make the changes, one after the other: there is no way to go."""
        answers = [await self.run(*change) for change in changes]
        all_found(changes, answers)
        return answers

    async def put(self, changes: Mapping[Hashable, Change], heard: Heard | None = None, /) -> None:
        """Make the changes now."""
        answers = await self.run_all(tuple(changes.values()))
        if heard is not None:
            heard(answers)

    async def settle(self) -> None:
        """Nothing waits."""

    async def execute(
        self, statement: Any, parameters: Any = None, /
    ) -> CursorResult[*tuple[Any, ...]]:
        """Run a statement."""
        return self._connection.execute(statement, parameters)

    async def scalar(self, statement: Any, parameters: Any = None, /) -> Any:
        """The first column of the first row, or None."""
        return self._connection.scalar(statement, parameters)

    async def scalars(self, statement: Any, parameters: Any = None, /) -> ScalarResult[Any]:
        """The first column of all rows."""
        return self._connection.scalars(statement, parameters)

    async def run_sync(self, work: Callable[[Connection], T]) -> T:
        """Hand the synchronous connection to somebody who needs one (Alembic)."""
        if not self._connection.in_transaction():
            # To SQLAlchemy it is in none: then Alembic would commit by itself.
            self._connection.begin()
        return work(self._connection)

    def close(self) -> None:
        """Give it back to the pool; what is not committed is not."""
        self._connection.close()


def near_engine(url: URL) -> Engine:
    """SQLite's engine for one process: WAL, foreign keys, every commit on the disk.

    Its pool never makes anybody wait: that would stop the loop that gives connections back.
    """
    engine = create_engine(
        url.set(drivername="sqlite+pysqlite"),
        connect_args={"timeout": 3, "check_same_thread": False},
        max_overflow=-1,
        **JSON_BY,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        # The driver would open transactions by its own rules; "begin" below does it by ours.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in _PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine


@dataclass(slots=True)
class _Group:
    """Units that are committed together: all of them are, or none.

    Each waits for a future of its own: who is cancelled meanwhile takes no other along.
    """

    near: Near
    waiting: list[asyncio.Future[None]] = field(default_factory=list)
    is_over: bool = False

    def tell(self, error: Exception | None = None) -> None:
        """Tell all how it ended. Whoever is cancelled was committed with the others, or was not."""
        self.is_over = True
        for one in self.waiting:
            if one.done():
                continue
            if error is None:
                one.set_result(None)
            else:
                one.set_exception(error)


class NearWriter:
    """The one writer: its units run one after another, and those that are ready share a commit.

    A commit waits for the disk, many times longer than the statements take. It does so in a thread;
    whoever wants to write meanwhile waits, and all of them go into the next commit together. A unit
    that fails takes back only what is its own (a savepoint).
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._near: Near | None = None
        self._group: _Group | None = None
        # First come, first served: a commit gets its turn behind the units that wait already.
        self._turn = asyncio.Lock()
        self._commits: set[asyncio.Task[None]] = set()

    def unit(self) -> Block[Near]:
        """Everything within is committed when the block ends well, and nothing when it raises."""
        return _Unit(self)

    async def begin(self) -> _Group:
        """A unit's turn: the group that it belongs to."""
        await self._turn.acquire()
        try:
            group = self._group or self._begin()
            self._within(group, "SAVEPOINT unit")
        except BaseException:
            self._turn.release()
            raise
        return group

    def end(self, group: _Group) -> asyncio.Future[None]:
        """The unit has ended well; returns what is done when it is committed."""
        try:
            self._within(group, "RELEASE unit")
            if not group.waiting:
                commit = asyncio.create_task(self._commit(group))
                self._commits.add(commit)
                commit.add_done_callback(self._commits.discard)
            committed = asyncio.get_running_loop().create_future()
            group.waiting.append(committed)
        finally:
            self._turn.release()
        return committed

    def undo(self, group: _Group) -> None:
        """The unit has failed."""
        try:
            self._undo(group)
        finally:
            self._turn.release()

    def _within(self, group: _Group, words: str) -> None:
        """Only a unit that others wait with needs its own part of the transaction."""
        try:
            if not group.near.driver.in_transaction:
                raise sqlite3.OperationalError(_TAKEN_BACK)  # noqa: TRY301 -- as if it came from there
            if group.waiting:
                group.near.driver.execute(words)
        except BaseException:
            self._undo(group)
            raise

    def _begin(self) -> _Group:
        if self._near is None:
            self._near = Near(self._engine.connect())
        # A reader that writes later would meet SQLITE_BUSY at once: we say at once that we write.
        self._near.driver.execute("BEGIN IMMEDIATE")
        self._group = _Group(self._near)
        return self._group

    def _undo(self, group: _Group) -> None:
        """Take back the unit that runs; or all of the group, where that alone cannot be done."""
        if group.waiting and _undone(group.near.driver):
            return
        self._group = None
        self.close()
        group.tell(sqlite3.OperationalError(_TAKEN_BACK))

    async def _commit(self, group: _Group) -> None:
        await self._turn.acquire()
        if group.is_over:
            # SQLite has taken it back, and all have been told.
            self._turn.release()
            return
        self._group = None
        loop = asyncio.get_running_loop()

        def commit() -> None:
            # All who wait hear of it a turn of the loop before the thread's own future is done.
            if group.is_over:
                # It was queued for a thread that could not be started.
                return
            try:
                group.near.driver.commit()
            except Exception as error:  # noqa: BLE001 -- every unit that waits is told
                loop.call_soon_threadsafe(self._committed, group, error)
            else:
                loop.call_soon_threadsafe(self._committed, group, None)

        try:
            committing = loop.run_in_executor(None, commit)
        except Exception as error:  # noqa: BLE001 -- no thread is to be had: they are told as well
            self._committed(group, error)
        else:
            await committing

    def _committed(self, group: _Group, error: Exception | None) -> None:
        """Tell all who wait, and give the turn on."""
        if group.is_over:
            return
        group.tell(error)
        try:
            if error is not None:
                self.close()
        finally:
            self._turn.release()

    async def settle(self) -> None:
        """Wait for the commits that are under way, and give the connection back."""
        while self._commits:
            # Who has waited for one may begin another.
            await asyncio.wait(self._commits)
        self.close()

    def close(self) -> None:
        """Give the connection back; what is not committed is not."""
        if self._near is not None:
            self._near.close()
            self._near = None


def _undone(driver: Any) -> bool:
    """Take back what was done since the savepoint. False: there is none, or SQLite cannot."""
    try:
        driver.execute("ROLLBACK TO unit")
        driver.execute("RELEASE unit")
    except sqlite3.Error:
        return False
    return True


class _Unit:
    """A unit of the one writer's, for as long as a block lasts."""

    __slots__ = ("_group", "_writer")

    def __init__(self, writer: NearWriter) -> None:
        self._writer = writer

    async def __aenter__(self) -> Near:
        self._group = await self._writer.begin()
        return self._group.near

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
        /,
    ) -> None:
        if error is None:
            await self._writer.end(self._group)
        else:
            self._writer.undo(self._group)


class NearReaders:
    """Only read, and never wait for the writer. Nothing else runs between two of their statements.

    A connection is kept for the next one: taking it out of the pool costs more than to read.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._idle: list[Near] = []

    def reading(self) -> Block[Near]:
        """A connection for as long as the block lasts."""
        return _Reading(self)

    def take(self) -> Near:
        """One that nobody uses."""
        return self._idle.pop() if self._idle else Near(self._engine.connect())

    def give_back(self, near: Near) -> None:
        """It may be used again."""
        self._idle.append(near)

    def close(self) -> None:
        """Give the connections back."""
        while self._idle:
            self._idle.pop().close()


class _Reading:
    """A reader's connection for as long as a block lasts."""

    __slots__ = ("_near", "_readers")

    def __init__(self, readers: NearReaders) -> None:
        self._readers = readers

    async def __aenter__(self) -> Near:
        self._near = self._readers.take()
        return self._near

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
        /,
    ) -> None:
        if error is None:
            self._readers.give_back(self._near)
        else:
            self._near.close()


class NearConnections:
    """The writer and the readers of one file."""

    def __init__(self, url: URL) -> None:
        self.engine = near_engine(url)
        self._writer = NearWriter(self.engine)
        self._readers = NearReaders(self.engine)

    def transaction(self, _chat: int | None = None) -> Block[Near]:
        """All within is committed when the block ends well. The chat needs no lock: see above."""
        return self._writer.unit()

    def single(self) -> Block[Near]:
        """The same, for one statement."""
        return self._writer.unit()

    def reading(self) -> Block[Near]:
        """Only reads."""
        return self._readers.reading()

    async def close(self) -> None:
        """Give the connections back, when what is under way is committed."""
        await self._writer.settle()
        self._readers.close()
        self.engine.dispose()
