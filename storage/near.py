"""SQLite on the event loop: a statement takes microseconds, a thread's hop and back does not.

Measured: with a thread per connection three quarters of the bot's time went into the hops. Here a
statement runs where it is awaited.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, CursorResult, Dialect, ScalarResult

from storage.documents import JSON_BY
from storage.prepared import Answer, Locking, Prepared
from storage.together import Change, Heard, all_found

T = TypeVar("T")

# Another process that writes (a backup, `doctor`) is waited for on the loop: not for long. Whoever
# wanted to write then tries again, as with any database that is away.
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=3000")


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
        # An error's words reach the log.
        hide_parameters=True,
        **JSON_BY,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        # The driver would open transactions by its own rules; `NearWriter` does it by ours.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in _PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine
