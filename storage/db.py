"""One database, two engines: SQLite (embedded, one process), PostgreSQL (many replicas)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer
from sqlalchemy.engine import URL, make_url
from sqlalchemy.types import TypeDecorator

from storage.block import Block
from storage.linked import Linked
from storage.naming import Named
from storage.near_connections import NearConnections

if TYPE_CHECKING:
    from storage.far import Far
    from storage.far_connections import FarConnections

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

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """Straight into SQLite's text: SQLAlchemy gets there by three calls for each time."""
        return _text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Dialect, coltype: Any) -> Callable[[Any], Any] | None:
        """Straight out of it."""
        if dialect.name == "sqlite":
            return _time
        return super().result_processor(dialect, coltype)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Into PostgreSQL, in UTC."""
        del dialect
        return None if value is None else _utc(value)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Out of it, aware."""
        del dialect
        return None if value is None else value.astimezone(UTC)


def _utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("a naive time cannot be stored")
    return value.astimezone(UTC)


def _text(value: datetime | None) -> str | None:
    """As SQLAlchemy writes it. SQLite has no zones; what it keeps is UTC by this type's word."""
    if value is None:
        return None
    at = value if value.tzinfo is UTC else _utc(value)
    return at.isoformat(" ", "microseconds").removesuffix("+00:00")


def _time(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value).replace(tzinfo=UTC)


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
    """The engine and its transactions.

    `command_timeout`: seconds after which PostgreSQL's answer to a statement is given up; None is
    no limit.
    """

    def __init__(self, url: str | URL, *, command_timeout: float | None = 30.0) -> None:
        self.url = understand_url(url) if isinstance(url, str) else url
        self.is_sqlite = self.url.drivername.startswith("sqlite")
        self._connections: NearConnections | FarConnections = (
            NearConnections(self.url)
            if self.is_sqlite
            else _far_connections(self.url, command_timeout)
        )

    def transaction(self, chat: int | None = None) -> Block[Linked]:
        """A transaction that commits when the block ends well.

        `chat`: nobody else decides in that chat until it ends. SQLite's writers queue up anyway.

        Raises:
            StorageDown: the database was not reachable or broke off; nothing was committed, or,
                if the answer to the commit itself was lost, all of it was: callers are idempotent.
            SchemaError: a rule of the schema forbids it; nothing was committed.
        """
        return Named(self._connections.transaction(chat))

    def single(self) -> Block[Linked]:
        """One statement that changes something: by itself it is a transaction on PostgreSQL.

        Raises:
            StorageDown, SchemaError: as `transaction`.
        """
        return Named(self._connections.single())

    def reading(self) -> Block[Linked]:
        """Only reads, and never waits for a writer.

        Each read sees its own moment: somebody's commit may come between two of them, on SQLite
        too. In a transaction of PostgreSQL's it would be so as well (READ COMMITTED): it is spared.
        """
        return Named(self._connections.reading())

    def alone(self) -> Block[Far]:
        """A connection of PostgreSQL outside any transaction: each statement commits by itself."""
        if isinstance(self._connections, NearConnections):
            raise RuntimeError(  # noqa: TRY004 -- no argument is wrong
                "SQLite has one process: it has no use for that"
            )
        return Named(self._connections.alone())

    async def close(self) -> None:
        """Give the connections back."""
        await self._connections.close()


def _far_connections(url: URL, command_timeout: float | None) -> FarConnections:
    # Who has SQLite needs no driver of PostgreSQL in his memory.
    from storage.far_connections import FarConnections  # noqa: PLC0415 -- see above

    return FarConnections(url, command_timeout=command_timeout)
