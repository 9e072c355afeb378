"""One database, two engines: SQLite (embedded, one process), PostgreSQL (many replicas)."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.types import TypeDecorator

from storage.errors import StorageDown
from storage.near import Near, NearWriter, near_engine, near_reading

#: SQLite gives a rowid alias only to INTEGER; PostgreSQL wants the room of a bigint.
BigId = BigInteger().with_variant(Integer(), "sqlite")

# `aiosqlite` is understood as what people write; the statements run in `storage.near`.
_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, kept in UTC. A naive one is refused: nobody would know what it means."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Into the database, in UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive time cannot be stored")
        value = value.astimezone(UTC)
        # SQLite has no zones; what it keeps is UTC by this type's word.
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Out of it, aware."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def understand_url(text: str) -> URL:
    """The address with its async driver: plain `sqlite:///` and `postgresql://` are understood.

    Raises:
        ValueError: no address of an engine that we know.
    """
    try:
        url = make_url(text)
    except Exception as error:
        raise ValueError("it is not a database address") from error
    if url.drivername in _DRIVERS:
        url = url.set(drivername=_DRIVERS[url.drivername])
    if url.drivername not in _DRIVERS.values():
        raise ValueError("it must begin with sqlite:/// or postgresql://")
    return url


class Database:
    """The engine and its transactions."""

    def __init__(self, url: str | URL) -> None:
        self.url = understand_url(url) if isinstance(url, str) else url
        self.is_sqlite = self.url.drivername.startswith("sqlite")
        self._near = near_engine(self.url) if self.is_sqlite else None
        self._far = None if self.is_sqlite else _far_engine(self.url)
        self._writer = None if self._near is None else NearWriter(self._near)

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[Near | AsyncConnection]:
        """A transaction that commits when the block ends well.

        Raises:
            StorageDown: the database was not reachable or broke off; nothing was committed, or,
                if the answer to the commit itself was lost, all of it was: callers are idempotent.
        """
        if self._writer is not None:
            with as_storage_errors():
                async with self._writer.unit() as near:
                    yield near
        elif self._far is not None:
            with as_storage_errors():
                async with self._far.begin() as far:
                    yield far

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[Near | AsyncConnection]:
        """Only reads, and never waits for a writer.

        On SQLite all reads see one moment; on PostgreSQL each sees its own, as they would in a
        transaction there (READ COMMITTED), which is then spared.
        """
        if self._near is not None:
            with as_storage_errors(), near_reading(self._near) as near:
                yield near
        elif self._far is not None:
            with as_storage_errors():
                async with self._far.connect() as far:
                    yield await far.execution_options(isolation_level="AUTOCOMMIT")

    @contextlib.asynccontextmanager
    async def alone(self) -> AsyncIterator[AsyncConnection]:
        """A connection of PostgreSQL outside any transaction, for locks of a session."""
        if self._far is None:
            raise RuntimeError("SQLite has one process: it needs no locks between several")
        with as_storage_errors():
            async with self._far.connect() as far:
                yield await far.execution_options(isolation_level="AUTOCOMMIT")

    async def close(self) -> None:
        """Give the connections back."""
        if self._near is not None and self._writer is not None:
            await self._writer.settle()
            self._near.dispose()
        if self._far is not None:
            await self._far.dispose()


def _far_engine(url: URL) -> AsyncEngine:
    """PostgreSQL's engine. A connection that broke is found out by using it: everybody retries."""
    return create_async_engine(
        url,
        # What the workers and the updates of a busy minute need; opening one costs a fork there.
        pool_size=20,
        max_overflow=10,
        pool_timeout=10,
        connect_args={"timeout": 5, "command_timeout": 30},
    )


@contextlib.contextmanager
def as_storage_errors() -> Any:
    """Name the driver's many ways of being down with one word."""
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeout, ConnectionError, OSError) as error:
        raise StorageDown(type(error).__name__) from error
    except DBAPIError as error:
        # asyncpg's "the database is starting up / shutting down" come as plain DBAPIError.
        if error.connection_invalidated or _is_shutdown(error):
            raise StorageDown(type(error).__name__) from error
        raise


def _is_shutdown(error: DBAPIError) -> bool:
    # SQLSTATE class 57P: operator intervention (admin or crash shutdown, cannot connect now);
    # class 53: no more connections, memory or disk; class 08: connection;
    # 40P01: a deadlock, out of which PostgreSQL has picked us to try again.
    state = str(getattr(error.orig, "sqlstate", "") or "")
    return state.startswith(("57P", "53", "08", "40P01"))
