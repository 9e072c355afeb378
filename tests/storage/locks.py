"""PostgreSQL's locks of chats and leads, of this database alone: the server has others."""

from __future__ import annotations

from sqlalchemy import text

from storage.db import Database

_LOCKS = text("""
    SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted = :granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
""")


async def locks(database: Database, *, granted: bool = True) -> int:
    """So many are held, or waited for."""
    async with database.reading() as connection:
        found: int = await connection.scalar(_LOCKS, {"granted": granted})
    return found


async def is_free(database: Database) -> bool:
    """Nothing is locked."""
    return not await locks(database)
