"""SQLite on the event loop: a statement takes microseconds, a thread's hop and back does not.

Measured: with a thread per connection three quarters of the bot's time went into the hops. Here a
statement runs where it is awaited.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, CursorResult, Dialect, ScalarResult

T = TypeVar("T")

# Another process that writes (a backup, `doctor`) is waited for on the loop: not for long. Whoever
# wanted to write then tries again, as with any database that is away.
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=3000")


class Linked(Protocol):
    """A connection inside a transaction: SQLAlchemy's AsyncConnection, or a Near one."""

    @property
    def dialect(self) -> Dialect:
        """Tells the engine by its name."""

    async def execute(
        self, statement: Any, parameters: Any = None, /
    ) -> CursorResult[*tuple[Any, ...]]:
        """Run a statement; its rows are there at once."""

    async def scalar(self, statement: Any, parameters: Any = None, /) -> Any:
        """The first column of the first row, or None."""

    async def scalars(self, statement: Any, parameters: Any = None, /) -> ScalarResult[Any]:
        """The first column of all rows."""


class Near:
    """A synchronous connection in the clothes of an asynchronous one."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def dialect(self) -> Dialect:
        """SQLite's."""
        return self._connection.dialect

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


@contextlib.contextmanager
def near_transaction(engine: Engine) -> Iterator[Near]:
    """A transaction that commits when the block ends well.

    The commit happens on the loop, too: its fsync takes a fraction of a millisecond, and a thread
    would keep the one writer's place until a busy loop hears that it has ended.
    """
    with engine.connect() as connection, connection.begin():
        yield Near(connection)


@contextlib.contextmanager
def near_reading(engine: Engine) -> Iterator[Near]:
    """Only reads: it never waits for the writer."""
    with engine.connect() as connection:
        yield Near(connection.execution_options(workchats_reads=True))
