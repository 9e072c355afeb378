"""PostgreSQL through asyncpg: transactions of our own on connections of SQLAlchemy's pool."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Hashable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import asyncpg
from sqlalchemy import Connection
from sqlalchemy.engine import URL, CursorResult, Dialect, ScalarResult
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from storage.errors import SchemaError, StorageDown, is_down
from storage.prepared import Answer, Prepared
from storage.together import Change, Heard, as_one

T = TypeVar("T")

#: What the workers and the updates of a busy minute need; opening one costs a fork there.
_KEPT = 20
_SETTINGS = {
    # Our statements find rows by keys: their plans are the same whatever the values are. PostgreSQL
    # would plan each of them five times on each connection before it believes that.
    "plan_cache_mode": "force_generic_plan",
    "jit": "off",
    # A machine that has vanished is noticed in 25 s, and all that it had locked is free; a process
    # that has died, at once. The last one: while the server has something to say to it.
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "25000",
}
#: Seconds that a rollback may take before the connection is given up.
_UNDOING = 5.0


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

    async def run(self, prepared: Prepared, given: Mapping[str, Any], /) -> Answer:
        """Run a statement of every round: one round trip."""
        await self.settle()
        return await self._run(prepared, given)

    async def _run(self, prepared: Prepared, given: Mapping[str, Any]) -> Answer:
        compiled = prepared.on(self.dialect)
        arguments = compiled.arguments(given)
        if compiled.returns:
            found = await self.driver.fetch(compiled.sql, *arguments)
            return Answer(compiled.rows(found), len(found))
        # "UPDATE 1", "INSERT 0 1"
        status = await self.driver.execute(compiled.sql, *arguments)
        return Answer((), int(status.rpartition(" ")[2]))

    async def run_all(self, changes: Sequence[Change], /) -> list[Answer]:
        """Make changes of different rows: one round trip."""
        await self.settle()
        if len(changes) == 1:
            return [await self._run(*changes[0])]
        one = as_one(tuple(prepared for prepared, _ in changes), self.dialect)
        arguments = one.arguments([given for _, given in changes])
        return one.answers(await self.driver.fetch(one.sql, *arguments))

    async def put(self, changes: Mapping[Hashable, Change], heard: Heard | None = None, /) -> None:
        """Make changes before the transaction ends, and before anything else is asked in it."""
        if not self._put.keys().isdisjoint(changes):
            await self.settle()
        self._put |= changes
        self._heard.append((len(changes), heard))

    async def settle(self) -> None:
        """Make the changes that were put: one round trip for all."""
        if not self._put:
            return
        changes, told = tuple(self._put.values()), tuple(self._heard)
        self.forget()
        answers = await self.run_all(changes)
        for count, heard in told:
            its, answers = answers[:count], answers[count:]
            if heard is not None:
                heard(its)

    def forget(self) -> None:
        """What was put and not made is not wanted any more: the transaction has failed."""
        self._put, self._heard = {}, []

    async def execute(
        self, statement: Any, parameters: Any = None, /
    ) -> CursorResult[*tuple[Any, ...]]:
        """Run a statement."""
        await self.settle()
        return await self._connection.execute(statement, parameters)

    async def scalar(self, statement: Any, parameters: Any = None, /) -> Any:
        """The first column of the first row, or None."""
        await self.settle()
        return await self._connection.scalar(statement, parameters)

    async def scalars(self, statement: Any, parameters: Any = None, /) -> ScalarResult[Any]:
        """The first column of all rows."""
        await self.settle()
        return await self._connection.scalars(statement, parameters)

    async def run_sync(self, work: Callable[[Connection], T]) -> T:
        """Hand the synchronous connection to somebody who needs one (Alembic)."""
        await self.settle()
        if not self._connection.in_transaction():
            # To SQLAlchemy it is in none: then Alembic would commit by itself.
            await self._connection.begin()
        return await self._connection.run_sync(work)

    async def discard(self) -> None:
        """The connection is of no use any more."""
        self.driver.terminate()
        await self._connection.invalidate()
        await self._connection.close()

    async def close(self) -> None:
        """Give it back to SQLAlchemy's pool."""
        await self._connection.close()


class FarConnections:
    """Connections that are kept open, and what may be done with one at a time.

    `command_timeout`: seconds that a statement may take; None is no limit.
    """

    def __init__(self, url: URL, *, command_timeout: float | None) -> None:
        self.engine: AsyncEngine = create_async_engine(
            url,
            pool_size=_KEPT,
            max_overflow=10,
            pool_timeout=10,
            isolation_level="AUTOCOMMIT",
            connect_args={
                "timeout": 5,
                "command_timeout": command_timeout,
                "server_settings": _SETTINGS,
            },
        )
        # Taking one out of SQLAlchemy's pool and giving it back costs as much as a statement.
        self._idle: list[Far] = []

    @contextlib.asynccontextmanager
    async def transaction(self, chat: int | None = None) -> AsyncIterator[Far]:
        """All within is committed when the block ends well, and nothing when it raises.

        `chat`: locked from the beginning, in the same round trip.
        """
        async with self.alone() as far:
            lock = "" if chat is None else f"; SELECT pg_advisory_xact_lock({chat:d})"
            await far.driver.execute(f"BEGIN{lock}")
            yield far
            await far.settle()
            # PostgreSQL takes back what an error has broken, and says so only in passing.
            if await far.driver.execute("COMMIT") != "COMMIT":
                raise SchemaError("an error within was passed over: nothing was committed")

    @contextlib.asynccontextmanager
    async def alone(self) -> AsyncIterator[Far]:
        """A connection outside any transaction: each statement commits by itself."""
        far = await self._take()
        is_well = False
        try:
            with _our_words():
                yield far
                await far.settle()
            is_well = True
        except Exception:
            is_well = await _undone(far)
            raise
        finally:
            if not is_well or far.driver.is_closed():
                await far.discard()
            elif len(self._idle) < _KEPT:
                self._idle.append(far)
            else:
                await far.close()

    async def _take(self) -> Far:
        # A connection that broke since is found out by using it: everybody tries again.
        while self._idle:
            far = self._idle.pop()
            if not far.driver.is_closed():
                return far
            await far.discard()
        with _our_words():
            connection = await self.engine.connect()
            raw = await connection.get_raw_connection()
        return Far(connection, raw.driver_connection)

    async def close(self) -> None:
        """Give all of them back."""
        while self._idle:
            await self._idle.pop().close()
        await self.engine.dispose()


async def _undone(far: Far) -> bool:
    """Take back what the transaction did, if there is one. False: the connection is broken."""
    far.forget()
    if far.driver.is_closed():
        return False
    try:
        if far.driver.is_in_transaction():
            async with asyncio.timeout(_UNDOING):
                await far.driver.execute("ROLLBACK")
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return False
    return not far.driver.is_closed()


@contextlib.contextmanager
def _our_words() -> Iterator[None]:
    """Name the driver's own errors with our words, which quote no values."""
    try:
        yield
    except asyncpg.PostgresError as error:
        what = type(error).__name__
        # A statement that was prepared before a migration is prepared anew at the next try.
        is_outdated = isinstance(error, asyncpg.InvalidCachedStatementError)
        if is_outdated or is_down(str(error.sqlstate or "")):
            raise StorageDown(what) from None
        raise SchemaError(f"{what} {error.constraint_name or error.column_name or ''}") from None
    except (asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
        raise StorageDown(type(error).__name__) from None
