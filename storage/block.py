"""What `async with` takes: a block that something holds for.

Every round opens a dozen of the database's blocks, some within others. As generators
(`contextlib.asynccontextmanager`) they took longer than the statements of SQLite in them; so they
are classes.
"""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, TypeVar

T_co = TypeVar("T_co", covariant=True)


class Block(Protocol[T_co]):
    """Gives its thing for as long as it lasts; an error leaves it, by its own name or another."""

    async def __aenter__(self) -> T_co: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> bool | None: ...
