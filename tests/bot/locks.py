"""Who waits for whom in PostgreSQL."""

from __future__ import annotations

from tests.harness import World

#: Of this database: the server has others.
_WAITING = """
    SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


async def locks_waited_for(world: World) -> int:
    """So many transactions wait for the lock of a chat or a lead."""
    return await world.count(_WAITING)
