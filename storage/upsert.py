"""What several rooms of the database need."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite

from storage.near import Linked


def insert_of(connection: Linked) -> Any:
    """The dialect that knows `on_conflict`: both engines do, each under its own name."""
    return postgresql if connection.dialect.name == "postgresql" else sqlite


async def upsert(
    connection: Linked, table: Any, keys: Collection[str], values: dict[str, Any]
) -> None:
    """Insert the row, or give the one with these keys the other values."""
    fresh = {name: value for name, value in values.items() if name not in keys}
    await connection.execute(
        insert_of(connection)
        .insert(table)
        .values(values)
        .on_conflict_do_update(index_elements=list(keys), set_=fresh)
    )
