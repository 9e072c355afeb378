"""Changes of different tables in one round trip."""

from __future__ import annotations

from functools import cache
from typing import Any

from storage.near import Linked
from storage.prepared import Answer, Prepared

#: A statement and its parameters.
Change = tuple[Prepared, dict[str, Any]]


async def together(connection: Linked, change: Change, *also: Change) -> Answer:
    """Make changes of different tables; returns what the first gave.

    PostgreSQL is sent all as one (data-modifying WITHs): none sees what the others change. SQLite,
    which has no such thing and no way to go, takes one after the other.

    Args:
        connection: inside a transaction.
        change: an INSERT or an UPDATE.
        also: others; what parameters of one name mean, they mean in all.
    """
    if connection.dialect.name == "postgresql" and also:
        given = dict(change[1])
        for _, more in also:
            given |= more
        return await connection.run(_one(change[0], *(one for one, _ in also)), given)
    answer = await connection.run(*change)
    for one in also:
        await connection.run(*one)
    return answer


@cache
def _one(change: Prepared, *also: Prepared) -> Prepared:
    parts = [one.statement.cte(f"also_{no}") for no, one in enumerate(also)]
    return Prepared(change.statement.add_cte(*parts))
