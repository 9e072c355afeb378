"""PostgreSQL: a decision sees with locks, then changes in one statement that takes them over."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import pytest

from storage import cases_sql
from storage.cases import CaseRow
from storage.db import Database
from storage.errors import SchemaError, Stale, StorageError
from storage.far import Far
from storage.history import HistoryRow
from storage.prepared import Prepared
from storage.uow import Storage, UnitOfWork
from tests.harness.time import eventually
from tests.storage.conftest import NOW, a_row, leased
from tests.storage.locks import is_free, locks


async def decide(uow: UnitOfWork, case: CaseRow, *, state: str = "allowed") -> None:
    row = await uow.cases.locked(case.id)
    assert row is not None
    await uow.cases.save(row, state=state)
    await a_row(uow, case_id=case.id)


async def test_a_decision_is_two_round_trips(
    storage: Storage, case: CaseRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    run, change = Far._run, Far._change

    async def one(self: Far, *statement: Any) -> Any:
        asked.append("sees")
        return await run(self, *statement)

    async def together(self: Far, changes: Any) -> Any:
        asked.append(f"changes {len(changes)}")
        return await change(self, changes)

    monkeypatch.setattr(Far, "_run", one)
    monkeypatch.setattr(Far, "_change", together)
    monkeypatch.setattr(Far, "_begin", lambda _self: pytest.fail("it has begun"))
    async with storage.change() as uow:
        await decide(uow, case)
    assert asked == ["sees", "changes 2"]


@pytest.mark.parametrize("closed", [False, True], ids=["open", "closed"])
async def test_the_number_of_a_case_is_drawn_where_one_opens_and_comes_along(
    storage: Storage, case: CaseRow, monkeypatch: pytest.MonkeyPatch, *, closed: bool
) -> None:
    if closed:
        async with storage.change() as uow:
            await uow.cases.save(case, state="allowed", closed_at=NOW)
    asked: list[Prepared] = []
    run = Far._run

    async def one(self: Far, prepared: Prepared, given: Any) -> Any:
        asked.append(prepared)
        return await run(self, prepared, given)

    monkeypatch.setattr(Far, "_run", one)
    for lead, number in ((case.lead, 1 if closed else None), ("12ad97526e", 1 + closed)):
        async with storage.change() as uow:
            latest = await uow.cases.latest_of_lead(-1, 0, "duplicates", lead, opens=True)
            if number is not None:
                opened = await _open(uow, lead, number)
                assert opened.id == case.id + number
            else:
                assert latest == case
    assert cases_sql.NEXT_ID not in asked


async def _open(uow: UnitOfWork, lead: str, message_id: int) -> CaseRow:
    then = HistoryRow(
        case_id=0, at=NOW, actor_id=7, actor_name="Оля Демо", action="open", round=1,
        from_state="", to_state="reading", text="", answer="",
    )  # fmt: skip
    return await uow.cases.open(
        flow="duplicates", chat_id=-1, topic_id=0, message_id=message_id, ref=lead, lead=lead,
        about="", state="reading", data={}, poster_id=7, poster_name="Оля Демо", posted_at=NOW,
        opened_at=NOW, closed_at=None, post_ref=lead, then=then,
    )  # fmt: skip


async def test_nobody_sees_the_case_until_the_decision_is_committed(
    storage: Storage, database: Database, case: CaseRow
) -> None:
    async def another() -> str:
        async with storage.change() as uow:
            row = await uow.cases.locked(case.id)
            assert row is not None
            return row.state

    async with storage.change() as uow:
        await decide(uow, case)
        meanwhile = asyncio.create_task(another())
        await eventually(lambda: locks(database, granted=False), "the other one waits")
    assert await meanwhile == "allowed"
    assert await locks(database) == 0


async def ends_in_one_statement(uow: UnitOfWork, case: CaseRow) -> None:
    await decide(uow, case)


async def has_begun(uow: UnitOfWork, case: CaseRow) -> None:
    await decide(uow, case)
    assert await uow.chats.chat(-1) is None


async def changes_nothing(uow: UnitOfWork, case: CaseRow) -> None:
    await uow.cases.locked(case.id)


async def finds_no_case(uow: UnitOfWork, case: CaseRow) -> None:
    await uow.cases.locked(case.id + 1)


async def fails(uow: UnitOfWork, case: CaseRow) -> None:
    await uow.cases.locked(case.id)
    raise ZeroDivisionError


async def fails_begun(uow: UnitOfWork, case: CaseRow) -> None:
    await has_begun(uow, case)
    raise ZeroDivisionError


async def breaks_a_rule(uow: UnitOfWork, case: CaseRow) -> None:
    await uow.cases.locked(case.id)
    await a_row(uow, case_id=case.id + 1)


async def is_overtaken(uow: UnitOfWork, case: CaseRow) -> None:
    await uow.cases.locked(case.id)
    await uow.cases.save(case._replace(version=7), state="allowed")
    await a_row(uow, case_id=case.id)


@pytest.mark.parametrize("chat", [None, -1])
@pytest.mark.parametrize(
    "what",
    [
        ends_in_one_statement,
        has_begun,
        changes_nothing,
        finds_no_case,
        fails,
        fails_begun,
        breaks_a_rule,
        is_overtaken,
    ],
)
async def test_however_a_decision_ends_it_leaves_no_lock(
    storage: Storage, database: Database, case: CaseRow, what: Any, chat: int | None
) -> None:
    with suppress(ZeroDivisionError, SchemaError, StorageError):
        async with storage.change(chat) as uow:
            await what(uow, case)
    assert await locks(database) == 0
    # The same connection serves the next one.
    async with storage.change(-1) as uow:
        await decide(uow, case, state="denied")


async def test_a_decision_that_is_cut_off_leaves_no_lock(
    storage: Storage, database: Database, case: CaseRow
) -> None:
    sees = asyncio.Event()

    async def cut_off() -> None:
        async with storage.change() as uow:
            await uow.cases.locked(case.id)
            sees.set()
            await asyncio.Event().wait()

    deciding = asyncio.create_task(cut_off())
    await sees.wait()
    assert await locks(database) == 2
    deciding.cancel()
    await asyncio.gather(deciding, return_exceptions=True)
    await eventually(lambda: is_free(database), "the server has noticed")


async def test_of_a_decision_that_is_overtaken_nothing_happens(
    storage: Storage, case: CaseRow
) -> None:
    with pytest.raises(Stale):
        async with storage.change() as uow:
            await is_overtaken(uow, case)
    assert await leased(storage) == []
    async with storage.look() as uow:
        row = await uow.cases.get(case.id)
    assert row is not None
    assert (row.state, row.version) == ("waiting", 1)


async def test_what_waited_for_a_decision_sees_it_and_lets_go_of_every_lock(
    storage: Storage, database: Database, case: CaseRow
) -> None:
    """Its row is looked at, and locked, once more: the session holds the locks twice."""
    async with storage.change() as uow:
        # The row alone: whoever waits has the chat's lock by then.
        await uow.cases.let_go(case.id)
        waits = asyncio.create_task(_read(storage, case.id))
        await eventually(lambda: locks(database), "it has the chat's lock")
    assert await waits == ""
    assert await locks(database) == 0
    async with storage.change(-1) as uow:
        await a_row(uow, now=NOW)


async def _read(storage: Storage, case_id: int) -> str:
    async with storage.change() as uow:
        row = await uow.cases.locked(case_id)
        assert row is not None
        await uow.cases.save(row, state="allowed")
        return row.lead
