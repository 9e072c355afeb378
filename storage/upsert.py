"""What several rooms of the database need."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Table, bindparam
from sqlalchemy.dialects import postgresql, sqlite

from storage.linked import Linked
from storage.prepared import Prepared


def insert_for(dialect: str) -> Any:
    """The `insert` that knows `on_conflict`: both engines do, each under its own name."""
    return (postgresql if dialect == "postgresql" else sqlite).insert


async def upsert(
    connection: Linked, table: Table, keys: Sequence[str], values: dict[str, Any]
) -> None:
    """Insert the row, or give the one with these keys the other values."""
    statement = upserting(connection.dialect.name, table, tuple(keys), tuple(values))
    await connection.run(statement, values)


@cache
def upserting(
    dialect: str, table: Table, keys: Sequence[str], names: Sequence[str], prefix: str = ""
) -> Prepared:
    """The statement that `upsert` runs; its parameters are the columns' names behind `prefix`."""
    values = {name: bindparam(f"{prefix}{name}", type_=table.c[name].type) for name in names}
    fresh = insert_for(dialect)(table).values(values)
    given = {name: fresh.excluded[name] for name in names if name not in keys}
    return Prepared(fresh.on_conflict_do_update(index_elements=list(keys), set_=given))
