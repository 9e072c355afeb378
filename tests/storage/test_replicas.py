"""Two replicas at one lead: what one has not committed yet, the other waits for."""

from __future__ import annotations

import asyncio
from datetime import datetime

import pytest
from sqlalchemy import text

from storage.db import Database
from storage.outbox import OutboxRow
from storage.uow import Storage
from storage.wanted import Lease
from tests.harness.time import eventually
from tests.storage.conftest import LEASE, a_case, a_row, leased


class Replica:
    """Takes all that it may; what it would deliver to the CRM now."""

    def __init__(self, database: Database) -> None:
        self.storage = Storage(database)
        self.storage.taking({"crm": self}, is_elsewhere=lambda _destination: False)
        self.delivers: list[str] = []
        self.wrote = asyncio.Event()

    def lease(self, now: datetime) -> Lease:
        return Lease(until=now + LEASE, by=str(id(self)))

    def take(self, _lane: str, _now: datetime) -> bool:
        return True

    def deliver(self, row: OutboxRow) -> None:
        self.delivers.append(row.kind)

    def free(self, lane: str) -> None:
        """Nothing to count."""

    async def decides(self, case: int, kind: str, *, press: str, until: asyncio.Event) -> None:
        async with self.storage.change() as uow:
            if press:
                row, _ = await uow.presses.read(case, press, by=3)
            else:
                row = await uow.cases.locked(case)
            assert row is not None
            await a_row(uow, destination="crm", lane="lead:f5086aeebb", kind=kind, case_id=case)
            # It asks something more: by now the row is inserted.
            await uow.cases.get(case)
            self.wrote.set()
            await until.wait()


@pytest.mark.parametrize("press", ["", "a press"])
async def test_two_chats_that_decide_about_one_lead_at_once_write_one_after_the_other(
    database: Database, storage: Storage, press: str
) -> None:
    """Each on a replica of its own: neither sees what the other has not committed yet."""
    if database.is_sqlite:
        # One process.
        return
    async with storage.change() as uow:
        cases = [await a_case(uow, chat_id=chat, lead="f5086aeebb") for chat in (-1, -2)]
    first, second, commit = Replica(database), Replica(database), asyncio.Event()
    async with asyncio.TaskGroup() as deciding:
        deciding.create_task(first.decides(cases[0].id, "first", press=press, until=commit))
        await first.wrote.wait()
        deciding.create_task(second.decides(cases[1].id, "second", press=press, until=commit))

        async def waits() -> bool:
            async with database.reading() as connection:
                waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
                return second.wrote.is_set() or bool(await connection.scalar(waiting))

        await eventually(waits, "the second waits for the first, or does not")
        commit.set()
    assert (first.delivers, second.delivers) == (["first"], [])
    assert await leased(storage, "crm") == []
