"""Several processes on one PostgreSQL: one of them has the turn, and whoever is next takes it."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from sqlalchemy import text

from storage.db import Database
from storage.errors import StorageDown
from storage.outbox import Outbox
from storage.turns import Turn
from tests.harness.time import eventually

_KEY = 77
_END_THE_SESSION = text(
    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = 77"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


class Process:
    """One that keeps its turn until it ends."""

    def __init__(self, url: str, *, down: int = 0) -> None:
        self.database = Database(url)
        self.turn = Turn(self.database, _KEY, every=0.02)
        self.taken = 0
        # So often the database is away when the turn is taken.
        self.down = down
        self.heard: list[str] = []
        self._keeping = asyncio.create_task(self.turn.keep(took=self._took, told=self.heard.append))

    async def _took(self) -> None:
        if self.down:
            self.down -= 1
            raise StorageDown("OperationalError")
        self.taken += 1

    async def has_it(self) -> bool:
        return self.turn.is_ours and self.taken > 0

    async def end(self) -> None:
        self._keeping.cancel()
        with suppress(asyncio.CancelledError):
            await self._keeping
        await self.database.close()


async def test_the_turn_goes_to_the_next_when_its_process_ends(database_url: str) -> None:
    first = Process(database_url)
    await eventually(first.has_it, "the first has the turn")
    if first.database.is_sqlite:
        await first.end()
        return
    second = Process(database_url)
    try:

        async def heard() -> bool:
            async with first.database.transaction() as connection:
                await Outbox(connection).call("telegram")
            return bool(first.heard and second.heard)

        await eventually(heard, "all hear what one says")
        assert not second.turn.is_ours
        await first.end()
        await eventually(second.has_it, "the second has the turn")
    finally:
        await second.end()


async def test_a_session_that_breaks_off_costs_the_turn(database_url: str) -> None:
    process = Process(database_url)
    try:
        await eventually(process.has_it, "it has the turn")
        if process.database.is_sqlite:
            return
        async with process.database.transaction() as connection:
            await connection.execute(_END_THE_SESSION)

        async def again() -> bool:
            return process.turn.is_ours and process.taken == 2

        await eventually(again, "it has the turn anew")
    finally:
        await process.end()


async def test_the_server_soon_notices_a_machine_that_has_vanished(database: Database) -> None:
    """Else it would keep all that was locked there for hours: the turn, a migration, a chat."""
    if database.is_sqlite:
        return
    async with database.transaction() as connection:
        signs = {
            name: await connection.scalar(text(f"SHOW tcp_{name}"))
            for name in (
                *("keepalives_idle", "keepalives_interval", "keepalives_count"),
                # It may have something to say to whoever is not there.
                "user_timeout",
            )
        }
    assert list(signs.values()) == ["10", "5", "3", "25000"]


async def test_a_database_that_is_away_as_the_turn_is_taken_is_waited_for(
    database_url: str,
) -> None:
    process = Process(database_url, down=2)
    try:
        await eventually(process.has_it, "it has the turn when the database is back")
        assert (process.down, process.taken) == (0, 1)
    finally:
        await process.end()
