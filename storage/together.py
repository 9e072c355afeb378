"""Two changes in one round trip."""

from __future__ import annotations

from functools import cache
from typing import Any

from storage.near import Linked

#: A statement that was built once, and its parameters.
Change = tuple[Any, dict[str, Any]]


async def together(connection: Linked, change: Change, also: Change) -> Any:
    """Make two changes of different tables; returns the result of the first.

    PostgreSQL is sent both as one (a data-modifying WITH): neither sees what the other changes.
    SQLite, which has no such thing and no way to go, takes one after the other.

    Args:
        connection: inside a transaction.
        change: an INSERT or an UPDATE.
        also: another one; all of its parameters have names that the first one has not.
    """
    if connection.dialect.name == "postgresql":
        return await connection.execute(_one(change[0], also[0]), change[1] | also[1])
    result = await connection.execute(*change)
    await connection.execute(*also)
    return result


@cache
def _one(change: Any, also: Any) -> Any:
    return change.add_cte(also.cte("also"))
