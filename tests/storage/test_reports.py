"""What reports read, on both engines: the right rows, and by an index."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, event, text
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.cases import CaseRow
from storage.db import Database
from storage.history import HistoryRow
from storage.reports import EventRow, Wanted
from storage.uow import Storage, UnitOfWork
from tests.storage.conftest import NOW, a_case

_DAY = timedelta(days=1)
_OPEN_ONES = "USING INDEX ix_cases_open_flow"
_GROWING = ("cases", "history", "posts", "messages", "outbox")


async def opened(uow: UnitOfWork, at: datetime = NOW, **values: Any) -> CaseRow:
    return await a_case(uow, posted_at=at, opened_at=at, **values)


async def happened(uow: UnitOfWork, case: CaseRow, at: datetime, text: str = "") -> CaseRow:
    then = HistoryRow(
        case_id=case.id, at=at, actor_id=7, actor_name="Оля Демо", action="allow", round=1,
        from_state="waiting", to_state=case.state, text=text, answer="",
    )  # fmt: skip
    return await uow.cases.save(case, state=case.state, then=then)


async def found(storage: Storage, wanted: Wanted) -> list[int]:
    async with storage.look() as uow:
        rows = await uow.reports.find(wanted, limit=10)
        assert len(rows) == await uow.reports.count(wanted, most=10)
        return [row.id for row in rows]


async def test_a_lead_is_found_by_its_id_by_what_was_pasted_and_by_both(storage: Storage) -> None:
    async with storage.change() as uow:
        await uow.chats.entered(-1, "РФ Админы", by=None, now=NOW)
        by_number = await opened(uow, ref="36973", lead="f5086aeebb", closed_at=NOW)
        by_key = await opened(uow, ref="f5086aeebb", lead="f5086aeebb")
        await opened(uow, ref="1", lead="other")
    for lead in ("36973", "f5086aeebb"):
        assert await found(storage, Wanted(leads=(lead,))) == [by_key.id, by_number.id]
    assert await found(storage, Wanted(leads=("f5086",))) == []


async def test_a_lead_that_was_read_is_found_by_its_number_that_nobody_pasted(
    storage: Storage,
) -> None:
    async with storage.change() as uow:
        case = await opened(uow, ref="f5086aeebb", lead="f5086aeebb")
        for number, lead in (("36973", "f5086aeebb"), ("36973", "f5086aeebb"), ("36974", "other")):
            await uow.cases.number(number, lead)
    assert await found(storage, Wanted(leads=("36973",))) == [case.id]


async def test_cases_are_found_by_poster_time_and_state(storage: Storage) -> None:
    async with storage.change() as uow:
        old = await opened(uow, NOW - _DAY, closed_at=NOW, state="denied")
        new = await opened(uow)
        other = await opened(uow, poster_id=8)
    assert await found(storage, Wanted(posters=frozenset({7}))) == [new.id, old.id]
    assert await found(storage, Wanted(posters=frozenset())) == []
    assert await found(storage, Wanted(since=NOW - _DAY, until=NOW)) == [old.id]
    assert await found(storage, Wanted(is_open=True)) == [other.id, new.id]
    denied = frozenset({("duplicates", "denied")})
    assert await found(storage, Wanted(is_open=False, states=denied)) == [old.id]
    assert await found(storage, Wanted(states=frozenset())) == []
    both = Wanted(posters=frozenset({7}), since=NOW, until=NOW + _DAY)
    assert await found(storage, both) == [new.id]
    assert await found(storage, Wanted(case=other.id)) == [other.id]


async def test_pages_of_events_leave_nothing_out_and_repeat_nothing(storage: Storage) -> None:
    async with storage.change() as uow:
        case = await opened(uow, NOW - _DAY)
        for no in range(7):
            # Several at the same moment.
            case = await happened(uow, case, NOW + timedelta(seconds=no // 3), text=str(no))
        await happened(uow, case, NOW + _DAY, text="after")
    seen: list[str] = []
    after: EventRow | None = None
    while True:
        async with storage.look() as uow:
            page = await uow.reports.events(NOW, NOW + _DAY, after=after, limit=2)
        if not page:
            break
        seen += [row.event.text for row in page]
        after = page[-1]
    assert seen == [str(no) for no in range(7)]


async def test_pages_of_opened_cases(storage: Storage) -> None:
    async with storage.change() as uow:
        await opened(uow, NOW - _DAY)
        cases = [await opened(uow) for _ in range(3)]
        await happened(uow, cases[0], NOW)
    async with storage.look() as uow:
        first, after = await uow.reports.opened(NOW, NOW + _DAY, after=None, limit=2)
        rest, after = await uow.reports.opened(NOW, NOW + _DAY, after=after, limit=2)
        none, _ = await uow.reports.opened(NOW, NOW + _DAY, after=after, limit=2)
    assert [case.id for case in (*first, *rest)] == [case.id for case in cases]
    assert none == []


@pytest.fixture
async def grown(database: Database, storage: Storage) -> Database:
    """So many rows that reading them all is what nobody would choose."""
    async with storage.change() as uow:
        await uow.chats.entered(-1, "РФ Админы", by=None, now=NOW)
        for no in range(30):
            await opened(
                uow,
                NOW + timedelta(hours=no),
                poster_id=no,
                lead=f"lead{no}",
                ref=str(no),
                closed_at=None if no == 5 else NOW,
            )
    async with database.transaction() as connection:
        await connection.execute(text("ANALYZE"))
    return database


QUESTIONS: dict[str, Any] = {
    "a lead": lambda uow: uow.reports.find(Wanted(leads=("lead3", "4")), limit=10),
    "how many of a lead": lambda uow: uow.reports.count(Wanted(leads=("lead3",)), most=100),
    "a poster": lambda uow: uow.reports.find(Wanted(posters=frozenset({3})), limit=10),
    "a day": lambda uow: uow.reports.find(Wanted(since=NOW, until=NOW + _DAY), limit=10),
    "open ones": lambda uow: uow.reports.find(Wanted(is_open=True), limit=10),
    "a number": lambda uow: uow.reports.find(Wanted(case=3), limit=10),
    "cards": lambda uow: uow.reports.cards([3, 4]),
    "histories": lambda uow: uow.reports.history([3, 4]),
    "events": lambda uow: uow.reports.events(NOW, NOW + _DAY, after=None, limit=10),
    "opened": lambda uow: uow.reports.opened(NOW, NOW + _DAY, after=(NOW, 3), limit=10),
    "all open": lambda uow: uow.reports.open_cases(),
    "a chat's open ones": lambda uow: uow.open_cases.of_flows(-1, ["duplicates", "anomalies"]),
}


@pytest.mark.parametrize("question", QUESTIONS)
async def test_no_question_reads_the_whole_of_a_table_that_grows(
    grown: Database, question: str
) -> None:
    asked: list[tuple[str, Any]] = []
    made = grown._connections.engine
    engine = made.sync_engine if isinstance(made, AsyncEngine) else made

    def note(_connection: Any, _cursor: Any, sql: str, given: Any, *_: Any) -> None:
        if sql.startswith("SELECT"):
            asked.append((sql, given))

    async with grown.transaction() as connection:
        if not grown.is_sqlite:
            # A small table is read as a whole by choice: here it may be only where nothing else is
            # possible.
            await connection.execute(text("SET LOCAL enable_seqscan = off"))
        event.listen(engine, "before_cursor_execute", note)
        await QUESTIONS[question](UnitOfWork(connection))
        event.remove(engine, "before_cursor_execute", note)
        assert asked
        explain = "EXPLAIN QUERY PLAN " if grown.is_sqlite else "EXPLAIN "
        for sql, given in asked:
            raw = await connection.run_sync(partial(_driven, sql=explain + sql, given=given))
            plan = "\n".join(str(row) for row in raw)
            for table in _GROWING:
                assert f"Seq Scan on {table}" not in plan, plan
                # An index of open cases alone is as long as what waits.
                assert f"SCAN {table}" not in plan.replace(f"SCAN {table} {_OPEN_ONES}", ""), plan


def _driven(connection: Connection, *, sql: str, given: Any) -> list[Any]:
    return list(connection.exec_driver_sql(sql, given))
