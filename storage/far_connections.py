"""Connections to PostgreSQL that are kept open, and what one is used for."""

from __future__ import annotations

import asyncpg
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from storage.block import Block
from storage.documents import JSON_BY
from storage.errors import SchemaError, Stale, StorageDown, is_down
from storage.far import Far
from storage.naming import Naming
from storage.together import FOUND_NOTHING

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
            # An error's words reach the log.
            hide_parameters=True,
            connect_args={
                "timeout": 5,
                "command_timeout": command_timeout,
                # Ours are the same few for ever: no reason to prepare each anew every five minutes.
                "max_cached_statement_lifetime": 0,
                "server_settings": _SETTINGS,
            },
            **JSON_BY,
        )
        # Taking one out of SQLAlchemy's pool and giving it back costs as much as a statement.
        self._idle: list[Far] = []

    def transaction(self, chat: int | None = None) -> Block[Far]:
        """All within is committed when the block ends well, and nothing when it raises.

        `chat`: locked from the beginning.
        """
        return _Use(self, is_transaction=True, chat=chat)

    def alone(self) -> Block[Far]:
        """A connection outside any transaction: each statement commits by itself."""
        return _Use(self)

    def single(self) -> Block[Far]:
        """One statement that changes something."""
        return _Use(self)

    def reading(self) -> Block[Far]:
        """Each statement sees its own moment."""
        return _Use(self)

    async def take(self) -> Far:
        """One that nobody uses."""
        # A connection that broke since is found out by using it: everybody tries again.
        while self._idle:
            far = self._idle.pop()
            if not far.driver.is_closed():
                return far
            await far.discard()
        with _OUR_WORDS:
            connection = await self.engine.connect()
            raw = await connection.get_raw_connection()
        return Far(connection, raw.driver_connection)

    async def give_back(self, far: Far, *, is_well: bool) -> None:
        """It may be used again; one that is not well is given up."""
        if not is_well or far.driver.is_closed():
            await far.discard()
        elif len(self._idle) < _KEPT:
            self._idle.append(far)
        else:
            await far.close()

    async def close(self) -> None:
        """Give all of them back."""
        while self._idle:
            await self._idle.pop().close()
        await self.engine.dispose()


class _Use:
    """A connection for as long as a block lasts."""

    __slots__ = ("_chat", "_connections", "_far", "_is_transaction")

    def __init__(
        self,
        connections: FarConnections,
        *,
        is_transaction: bool = False,
        chat: int | None = None,
    ) -> None:
        self._connections = connections
        self._is_transaction = is_transaction
        self._chat = chat

    async def __aenter__(self) -> Far:
        self._far = far = await self._connections.take()
        if self._is_transaction:
            try:
                await far.look(self._chat)
            except BaseException as error:
                await self.__aexit__(type(error), error, error.__traceback__)
                raise
        return far

    async def __aexit__(self, _kind: object, error: BaseException | None, _at: object, /) -> None:
        far, is_well = self._far, False
        try:
            with _OUR_WORDS:
                if error is not None:
                    raise error  # noqa: TRY301 -- as if it came from here
                await far.end()
            is_well = True
        except Exception:
            is_well = await _undone(far)
            raise
        finally:
            await self._connections.give_back(far, is_well=is_well)


async def _undone(far: Far) -> bool:
    """Take back what the transaction did, if there is one. False: the connection is broken."""
    if far.driver.is_closed():
        return False
    try:
        await far.undo()
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return False
    return not far.driver.is_closed()


def _in_our_words(error: BaseException) -> None:
    if isinstance(error, asyncpg.DivisionByZeroError):
        # The only division of ours (`storage.together`).
        raise Stale(FOUND_NOTHING) from None
    if isinstance(error, asyncpg.PostgresError):
        what = type(error).__name__
        # A statement that was prepared before a migration is prepared anew at the next try.
        is_outdated = isinstance(error, asyncpg.InvalidCachedStatementError)
        if is_outdated or is_down(str(error.sqlstate or "")):
            raise StorageDown(what) from None
        where = error.constraint_name or error.column_name or ""
        raise SchemaError(f"{what} {where}") from None
    if isinstance(error, (asyncpg.InterfaceError, asyncpg.InternalClientError)):
        raise StorageDown(type(error).__name__) from None


# The driver's own errors leave it by our names, which quote no values.
_OUR_WORDS = Naming(_in_our_words)
