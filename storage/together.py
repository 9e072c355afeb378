"""Two changes in one round trip."""

from __future__ import annotations

from functools import cache
from typing import Any

from storage.near import Linked
from storage.prepared import Answer, Prepared

#: A statement and its parameters.
Change = tuple[Prepared, dict[str, Any]]


async def together(connection: Linked, change: Change, also: Change) -> Answer:
    """Make two changes of different tables; returns what the first gave.

    PostgreSQL is sent both as one (a data-modifying WITH): neither sees what the other changes.
    SQLite, which has no such thing and no way to go, takes one after the other.

    Args:
        connection: inside a transaction.
        change: an INSERT or an UPDATE.
        also: another one; all of its parameters have names that the first one has not.
    """
    if connection.dialect.name == "postgresql":
        return await connection.run(_one(change[0], also[0]), change[1] | also[1])
    answer = await connection.run(*change)
    await connection.run(*also)
    return answer


@cache
def _one(change: Prepared, also: Prepared) -> Prepared:
    return Prepared(change.statement.add_cte(also.statement.cte("also")))
