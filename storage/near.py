"""SQLite on the event loop: a statement takes microseconds, a thread's hop and back does not.

Measured: with a thread per connection three quarters of the bot's time went into the hops. Here a
statement runs where it is awaited.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine, RootTransaction, create_engine, event
from sqlalchemy.engine import URL, CursorResult, Dialect, ScalarResult

from storage.prepared import Answer, Prepared

T = TypeVar("T")

# Another process that writes (a backup, `doctor`) is waited for on the loop: not for long. Whoever
# wanted to write then tries again, as with any database that is away.
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=3000")


class Linked(Protocol):
    """A connection inside a transaction: a Near one (SQLite), or a Far one (PostgreSQL)."""

    @property
    def dialect(self) -> Dialect:
        """Tells the engine by its name."""

    async def run(self, prepared: Prepared, given: Mapping[str, Any], /) -> Answer:
        """Run a statement of every round on the driver itself."""

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
    """A synchronous connection in the clothes of an asynchronous one."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._driver: Any = connection.connection.driver_connection

    @property
    def dialect(self) -> Dialect:
        """SQLite's."""
        return self._connection.dialect

    async def run(self, prepared: Prepared, given: Mapping[str, Any], /) -> Answer:
        """Run a statement of every round."""
        compiled = prepared.on(self._connection.dialect)
        cursor = self._driver.execute(compiled.sql, compiled.arguments(given))
        if compiled.returns:
            found = cursor.fetchall()
            return Answer(compiled.rows(found), len(found))
        return Answer((), cursor.rowcount)

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
        return work(self._connection)


def near_engine(url: URL) -> Engine:
    """SQLite's engine for one process: WAL, foreign keys, every commit on the disk.

    Its pool never makes anybody wait: that would stop the loop that gives connections back.
    """
    engine = create_engine(
        url.set(drivername="sqlite+pysqlite"),
        connect_args={"timeout": 3, "check_same_thread": False},
        max_overflow=-1,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        # The driver would open transactions by its own rules; "begin" below does it by ours.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in _PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A reader that writes later would meet SQLITE_BUSY at once: writers say at once that they
        # write. Who only reads needs no BEGIN: nothing else runs between two of his statements.
        if not connection.get_execution_options().get("workchats_reads", False):
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


@dataclass(slots=True)
class _Group:
    """Units that are committed together. `committed`: all of them are, or none."""

    begun: RootTransaction
    committed: asyncio.Future[None]
    units: int = 0


class NearWriter:
    """The one writer: its units run one after another, and those that are ready share a commit.

    A commit waits for the disk, many times longer than the statements take. It does so in a thread;
    whoever wants to write meanwhile waits, and all of them go into the next commit together. A unit
    that fails takes back only what is its own (a savepoint).
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None
        self._group: _Group | None = None
        # First come, first served: a commit gets its turn behind the units that wait already.
        self._turn = asyncio.Lock()
        self._commits: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def unit(self) -> AsyncIterator[Near]:
        """Everything within is committed when the block ends well, and nothing when it raises."""
        async with self._turn:
            group = self._group or self._begin()
            connection = group.begun.connection
            undo = connection.begin_nested() if group.units else group.begun
            try:
                yield Near(connection)
            except BaseException:
                undo.rollback()
                if undo is group.begun:
                    self._group = None
                raise
            if undo is not group.begun:
                undo.commit()
            group.units += 1
            if group.units == 1:
                commit = asyncio.create_task(self._commit(group))
                self._commits.add(commit)
                commit.add_done_callback(self._commits.discard)
        # Whoever is cancelled here has been committed with the others, or will be.
        await asyncio.shield(group.committed)

    def _begin(self) -> _Group:
        if self._connection is None:
            self._connection = self._engine.connect()
        committed = asyncio.get_running_loop().create_future()
        # Somebody who does not wait any more shall not leave an error that nobody has heard.
        committed.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._group = _Group(self._connection.begin(), committed)
        return self._group

    async def _commit(self, group: _Group) -> None:
        async with self._turn:
            self._group = None
            try:
                await asyncio.get_running_loop().run_in_executor(None, group.begun.commit)
            except Exception as error:  # noqa: BLE001 -- every unit that waits is told
                self.close()
                group.committed.set_exception(error)
            else:
                group.committed.set_result(None)

    async def settle(self) -> None:
        """Wait for the commits that are under way, and give the connection back."""
        await asyncio.gather(*self._commits)
        self.close()

    def close(self) -> None:
        """Give the connection back; what is not committed is not."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


@contextlib.contextmanager
def near_reading(engine: Engine) -> Iterator[Near]:
    """Only reads: it never waits for the writer."""
    with engine.connect() as connection:
        yield Near(connection.execution_options(workchats_reads=True))
