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


#: For a row, too, that another one has changed or holds.
_HELD_UP = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


async def transactions_that_wait(world: World) -> int:
    """So many transactions wait for another one, whatever for."""
    return await world.count(_HELD_UP)
