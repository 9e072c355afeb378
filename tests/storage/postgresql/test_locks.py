"""PostgreSQL: what a session has locked for a transaction that has not begun ends with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import delete, text

from storage import tables as t
from storage.cases import CaseRow
from storage.db import Database
from storage.errors import SchemaError, Stale, StorageDown
from storage.history import HistoryRow
from storage.together import LOCKS
from storage.uow import Storage, UnitOfWork
from tests.harness.time import eventually
from tests.storage.conftest import NOW, SECOND, a_row, kinds, leased
from tests.storage.locks import is_free, locks

_CHAT = -1


@asynccontextmanager
async def locked_by_another(url: str) -> AsyncIterator[None]:
    """The chat, by another process."""
    other = Database(url)
    try:
        async with other.transaction(_CHAT):
            yield
    finally:
        await other.close()


async def somebody_waits(database: Database) -> None:
    await eventually(lambda: locks(database, granted=False), "the lock is waited for")


def said(case: CaseRow, **values: object) -> HistoryRow:
    usual = {
        "case_id": case.id, "at": NOW, "actor_id": 7, "actor_name": "Оля Демо", "action": "add",
        "round": 1, "from_state": "waiting", "to_state": "waiting", "text": "", "answer": "",
    }  # fmt: skip
    return HistoryRow(**(usual | values))  # type: ignore[arg-type]


async def test_a_case_that_vanishes_while_its_chat_is_waited_for_leaves_nothing_locked(
    database: Database, database_url: str, storage: Storage, case: CaseRow
) -> None:
    async def look() -> CaseRow | None:
        async with storage.change() as uow:
            return await uow.cases.locked(case.id)

    async with locked_by_another(database_url):
        looking = asyncio.create_task(look())
        await somebody_waits(database)
        async with database.transaction() as connection:
            for table in (t.history, t.posts, t.cases):
                await connection.execute(delete(table))
    assert await looking is None
    assert await is_free(database)


async def test_what_was_locked_first_stays_locked_though_a_case_has_vanished(
    database: Database, storage: Storage, case: CaseRow
) -> None:
    async with storage.change(_CHAT) as uow:
        assert await uow.cases.locked(case.id + 1) is None
        assert not await is_free(database)
    assert await is_free(database)


async def test_a_decision_that_comes_too_late_leaves_nothing_locked(
    database: Database, storage: Storage, case: CaseRow
) -> None:
    async def decide() -> None:
        async with storage.change(_CHAT) as uow:
            row = await uow.cases.locked(case.id)
            assert row is not None
            await uow.cases.save(row, state="closed", then=said(case, press="the same"))

    await decide()
    with pytest.raises(Stale):
        await decide()
    assert await is_free(database)


async def test_what_the_schema_refuses_leaves_nothing_locked(
    database: Database, storage: Storage, case: CaseRow
) -> None:
    async def decide(uow: UnitOfWork) -> None:
        row = await uow.cases.locked(case.id)
        assert row is not None
        await uow.cases.save(row, state="closed")
        await a_row(uow, case_id=case.id + 100)

    with pytest.raises(SchemaError):
        async with storage.change(_CHAT) as uow:
            await decide(uow)
    assert await is_free(database)
    async with storage.look() as uow:
        assert (await uow.cases.get(case.id)) == case


async def test_whoever_waits_for_a_chat_for_too_long_leaves_nothing_locked(
    database: Database, database_url: str, case: CaseRow
) -> None:
    impatient = Database(database_url, command_timeout=0.05)
    try:
        async with locked_by_another(database_url):
            for chat in (_CHAT, None):
                with pytest.raises(StorageDown):
                    async with Storage(impatient).change(chat) as uow:
                        await uow.cases.locked(case.id)
        assert await is_free(database)
    finally:
        await impatient.close()


async def test_a_session_that_fails_outside_a_transaction_leaves_nothing_locked(
    database: Database,
) -> None:
    """A lock may be granted just as its waiting is given up: nobody knows of it then."""
    with pytest.raises(StorageDown):
        async with database.alone() as alone:
            await alone.execute(text("SELECT pg_advisory_lock(77)"))
            raise TimeoutError
    await eventually(lambda: is_free(database), "it has let go")


@pytest.mark.parametrize("key", [-(2**31), 2**31 - 1])
async def test_every_lead_can_be_locked(database: Database, key: int) -> None:
    async with database.alone() as alone:
        # As words, where a transaction begins; as a parameter elsewhere.
        await alone.driver.execute(f"SELECT pg_advisory_xact_lock({LOCKS['lead'].format(key)})")
        words = f"SELECT pg_advisory_xact_lock({LOCKS['lead'].format('$1')})"
        await alone.driver.execute(words, key)


async def test_to_lock_a_case_waits_for_no_disk(database: Database, case: CaseRow) -> None:
    """Its row is locked, which is written down; but a press waits for the disk once, as it ends."""
    ahead = text("SELECT pg_current_wal_insert_lsn() - pg_current_wal_flush_lsn()")
    unwritten = []
    async with database.alone() as other, database.alone() as alone:
        await alone.driver.execute("SET synchronous_commit = on")
        # The server may write it down of its own accord: not each time.
        for _ in range(20):
            await alone.look(None)
            assert await UnitOfWork(alone).cases.locked(case.id) is not None
            unwritten.append(await other.scalar(ahead))
            assert await alone.driver.fetchval("SHOW synchronous_commit") == "on"
            await alone.end()
        await alone.driver.execute("RESET synchronous_commit")
    assert any(unwritten)


async def test_what_is_held_back_while_an_answer_waits_for_the_chat_goes_out_with_it(
    database: Database, database_url: str, storage: Storage, case: CaseRow
) -> None:
    soon = NOW + SECOND
    async with storage.change() as uow:
        await a_row(uow, destination="crm", lane="lead:f5086aeebb", case_id=case.id)
    [row] = await leased(storage, "crm")

    async def answer() -> None:
        async with storage.change() as uow:
            assert (await uow.deliveries.answered(row, now=NOW))[0]
            assert await uow.outbox.settle_by(case.id, patience=SECOND) is None
            await uow.outbox.hurry(case.id, now=NOW)

    other = Database(database_url)
    try:
        async with Storage(other).change() as uow:
            seen = await uow.cases.locked(case.id)
            assert seen is not None
            answering = asyncio.create_task(answer())
            await somebody_waits(database)
            await uow.cases.save(seen, state="closed")
            await a_row(uow, case_id=case.id, kind="tell", due_at=soon)
        await answering
    finally:
        await other.close()
    assert kinds(await leased(storage, at=NOW)) == ["tell"]
