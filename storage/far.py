"""PostgreSQL through asyncpg: transactions of our own on connections of SQLAlchemy's pool.

A decision is: see, with the locks of its chat and its lead; then change. As long as it only sees,
no transaction is begun: the locks are the session's, and each reading would have seen its own
moment anyway (READ COMMITTED). If all its changes can wait for the end they are one statement,
which is a transaction by itself and takes the locks over: they end with it. So BEGIN and COMMIT are
spared, each a round trip for which a press waits. Whatever does not fit into that begins the
transaction first, which takes the locks over then.
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from typing import Any, TypeVar

import asyncpg
from sqlalchemy import Connection
from sqlalchemy.engine import CursorResult, Dialect, ScalarResult
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.errors import SchemaError
from storage.prepared import Answer, Locking, Prepared
from storage.together import LOCKS, Change, Heard, all_found, as_one

T = TypeVar("T")

#: So a statement ends that PostgreSQL takes back for what others do; one that is a transaction by
#: itself is made again, at most so often.
_TAKEN_BACK = (asyncpg.DeadlockDetectedError, asyncpg.InvalidCachedStatementError)
_TRIES_MORE = 3
#: Seconds that a rollback may take before the connection is given up.
_UNDOING = 5.0


class _Stage(enum.Enum):
    """Of a connection."""

    #: Each statement is a transaction by itself.
    ALONE = enum.auto()
    #: In a transaction that has only read so far: it has not begun.
    LOOKS = enum.auto()
    BEGUN = enum.auto()


class Far:
    """A connection that runs prepared statements on the driver, and others through SQLAlchemy.

    SQLAlchemy leaves transactions alone (its "autocommit"): they are begun and ended here, and its
    statements take part in them.
    """

    def __init__(self, connection: AsyncConnection, driver: Any) -> None:
        self._connection = connection
        self.driver = driver
        self.dialect: Dialect = connection.dialect
        self._put: dict[Hashable, Change] = {}
        self._heard: list[tuple[int, Heard | None]] = []
        self._stage = _Stage.ALONE
        # What the session has locked for a transaction that has not begun: which, and its key.
        self._locks: dict[tuple[str, int], None] = {}

    async def run(self, prepared: Prepared, given: Mapping[str, Any], /) -> Answer:
        """Run a statement of every round: one round trip."""
        await self.settle()
        if not prepared.reads:
            await self._begin()
        return await self._run(prepared, given)

    async def run_locking(self, locking: Locking, given: Mapping[str, Any], /) -> Answer:
        """Read with locks: one round trip."""
        await self.settle()
        if self._stage is not _Stage.LOOKS:
            return await self._run(locking.within, given)
        answer = await self._run(locking.before, given)
        if not answer.rows:
            # One that has vanished while its locks were waited for does not say which they are.
            await self._begin(knows_locks=False)
        for row in answer.rows[:1]:
            keys = zip(("chat", "lead"), row[-2:], strict=True)
            self._locks |= {(lock, key): None for lock, key in keys if key is not None}
        return answer

    async def _run(self, prepared: Prepared, given: Mapping[str, Any]) -> Answer:
        compiled = prepared.on(self.dialect)
        arguments = compiled.arguments(given)
        if compiled.returns:
            found = await self._asked(self.driver.fetch, compiled.sql, arguments)
            return Answer(compiled.rows(found), len(found))
        # "UPDATE 1", "INSERT 0 1"
        status = await self._asked(self.driver.execute, compiled.sql, arguments)
        return Answer((), int(status.rpartition(" ")[2]))

    async def _asked(
        self, ask: Callable[..., Awaitable[Any]], words: str, arguments: Sequence[Any]
    ) -> Any:
        """A migration may make PostgreSQL take back what notes that a message was sent.

        It holds several tables, and so does the note. Nothing of it was done: what was said must
        not be said again for that.
        """
        for _ in range(_TRIES_MORE if self._stage is _Stage.ALONE else 0):
            with contextlib.suppress(*_TAKEN_BACK):
                return await ask(words, *arguments)
        return await ask(words, *arguments)

    async def run_all(self, changes: Sequence[Change], /) -> list[Answer]:
        """Make changes of different rows: one round trip."""
        await self.settle()
        await self._begin()
        return await self._change(changes)

    async def _change(self, changes: Sequence[Change]) -> list[Answer]:
        if len(changes) == 1 and not self._locks:
            alone = [await self._run(*changes[0])]
            all_found(changes, alone)
            return alone
        kinds, keys = tuple(lock for lock, _ in self._locks), [key for _, key in self._locks]
        one = as_one(tuple(prepared for prepared, _ in changes), self.dialect, kinds)
        arguments = one.arguments([given for _, given in changes], keys)
        answers = one.answers(await self._asked(self.driver.fetch, one.sql, arguments))
        self._locks = {}
        return answers

    async def put(self, changes: Mapping[Hashable, Change], heard: Heard | None = None, /) -> None:
        """Make changes before the transaction ends, and before anything else is asked in it."""
        if not self._put.keys().isdisjoint(changes):
            await self.settle()
        self._put |= changes
        self._heard.append((len(changes), heard))

    async def settle(self) -> None:
        """Make the changes that were put: one round trip for all."""
        if self._put:
            await self._begin()
            await self._settle()

    async def _settle(self) -> None:
        changes, told = tuple(self._put.values()), tuple(self._heard)
        self.forget()
        answers = await self._change(changes)
        for count, heard in told:
            its, answers = answers[:count], answers[count:]
            if heard is not None:
                heard(its)

    def forget(self) -> None:
        """What was put and not made is not wanted any more: the transaction has failed."""
        self._put, self._heard = {}, []

    # --- the transaction --------------------------------------------------------------------------

    async def look(self, chat: int | None) -> None:
        """A transaction, which only reads for now. `chat` is locked."""
        self._stage = _Stage.LOOKS
        if chat is not None:
            await self.driver.execute(
                f"SELECT pg_advisory_lock({LOCKS['chat'].format(f'{chat:d}')})"
            )
            self._locks["chat", chat] = None

    async def _begin(self, *, knows_locks: bool = True) -> None:
        """Begin the transaction, if there is one that has not begun; it takes the locks over.

        `knows_locks` False: the session may have others, and lets them go.
        """
        if self._stage is not _Stage.LOOKS:
            return
        taken = [f"pg_advisory_xact_lock({LOCKS[lock].format(key)})" for lock, key in self._locks]
        words = ["BEGIN", *([f"SELECT {', '.join(taken)}"] if taken else [])]
        if taken or not knows_locks:
            words.append("SELECT pg_advisory_unlock_all()")
        await self.driver.execute("; ".join(words))
        self._stage, self._locks = _Stage.BEGUN, {}

    async def end(self) -> None:
        """End it well: everything is committed, and nothing is locked any more."""
        if self._stage is _Stage.BEGUN:
            await self.settle()
            # PostgreSQL takes back what an error has broken, and says so only in passing.
            if await self.driver.execute("COMMIT") != "COMMIT":
                raise SchemaError("an error within was passed over: nothing was committed")
        elif self._put:
            await self._settle()
        elif self._locks:
            await self.driver.execute("SELECT pg_advisory_unlock_all()")
        self._stage, self._locks = _Stage.ALONE, {}

    async def undo(self) -> None:
        """Take back what it has done, and let go what it has locked."""
        self.forget()
        words = ["ROLLBACK"] if self.driver.is_in_transaction() else []
        # Of what has failed nobody knows what it had locked by then.
        words.append("SELECT pg_advisory_unlock_all()")
        async with asyncio.timeout(_UNDOING):
            await self.driver.execute("; ".join(words))
        self._stage, self._locks = _Stage.ALONE, {}

    # --- through SQLAlchemy -----------------------------------------------------------------------

    async def execute(
        self, statement: Any, parameters: Any = None, /
    ) -> CursorResult[*tuple[Any, ...]]:
        """Run a statement."""
        await self._ready()
        return await self._connection.execute(statement, parameters)

    async def scalar(self, statement: Any, parameters: Any = None, /) -> Any:
        """The first column of the first row, or None."""
        await self._ready()
        return await self._connection.scalar(statement, parameters)

    async def scalars(self, statement: Any, parameters: Any = None, /) -> ScalarResult[Any]:
        """The first column of all rows."""
        await self._ready()
        return await self._connection.scalars(statement, parameters)

    async def run_sync(self, work: Callable[[Connection], T]) -> T:
        """Hand the synchronous connection to somebody who needs one (Alembic)."""
        await self._ready()
        if not self._connection.in_transaction():
            # To SQLAlchemy it is in none: then Alembic would commit by itself.
            await self._connection.begin()
        return await self._connection.run_sync(work)

    async def _ready(self) -> None:
        await self.settle()
        await self._begin()

    async def discard(self) -> None:
        """The connection is of no use any more."""
        self.driver.terminate()
        await self._connection.invalidate()
        await self._connection.close()

    async def close(self) -> None:
        """Give it back to SQLAlchemy's pool."""
        await self._connection.close()
