"""The drivers' many ways of going wrong, named with our few words; no error quotes values."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from types import TracebackType
from typing import Generic, TypeVar

from sqlalchemy.exc import (
    DBAPIError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from storage.block import Block
from storage.errors import Busy, SchemaError, StorageDown, is_busy, is_down

T = TypeVar("T")

_FORBIDDEN = (IntegrityError, sqlite3.IntegrityError)
_DOWN = (OperationalError, InterfaceError, sqlite3.OperationalError, PoolTimeout, OSError)


class Naming:
    """Errors leave this block by the names that `name` raises; of others it raises nothing."""

    __slots__ = ("_name",)

    def __init__(self, name: Callable[[BaseException], None]) -> None:
        self._name = name

    def __enter__(self) -> None:
        """There is nothing to remember: one serves all."""

    def __exit__(self, _kind: object, error: BaseException | None, _at: object, /) -> None:
        """Name it."""
        if error is not None:
            self._name(error)


def _as_ours(error: BaseException) -> None:
    name = type(error).__name__
    if isinstance(error, _FORBIDDEN):
        raise SchemaError(name) from None
    if isinstance(error, _DOWN):
        raise StorageDown(name) from error
    if isinstance(error, DBAPIError):
        # asyncpg's "the database is starting up / shutting down" come as plain DBAPIError.
        state = str(getattr(error.orig, "sqlstate", "") or "")
        if is_busy(state):
            raise Busy(name) from error
        if error.connection_invalidated or is_down(state):
            raise StorageDown(name) from error
        if not isinstance(error, ProgrammingError):
            # Its own words quote what PostgreSQL cannot read: «syntax for type bigint: "…"».
            of_driver = None if error.orig is None else error.orig.__cause__
            raise SchemaError(type(of_driver or error).__name__) from None


#: Errors of the drivers leave it as those of `storage.errors`.
as_storage_errors = Naming(_as_ours)


class Named(Generic[T]):
    """The same block, whose errors are named."""

    __slots__ = ("_block",)

    def __init__(self, block: Block[T]) -> None:
        self._block = block

    async def __aenter__(self) -> T:
        with as_storage_errors:
            return await self._block.__aenter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None:
        with as_storage_errors:
            await self._block.__aexit__(kind, error, trace)
            if error is not None:
                raise error
