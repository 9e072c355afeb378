"""Who presses, and who asked, come along with the case: they are as a look at them would tell."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest
from sqlalchemy import text

from storage.db import Database
from storage.far import Far
from storage.people import PersonRow
from storage.prepared import Answer, Prepared
from storage.presses import _PRESSED
from storage.uow import Storage, UnitOfWork
from tests.harness.time import eventually
from tests.storage.conftest import NOW, a_case

#: Who has waited for a lock for so long that what he has seen may have changed.
_HELD_UP = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    " AND clock_timestamp() > query_start + interval '20 ms'"
)
_GROWN = (
    """
    INSERT INTO people (user_id, name, username, reachable, seen_at)
    SELECT no, '', '', true, now() FROM generate_series(1, 20000) no
    """,
    """
    INSERT INTO roles (user_id, role, given_by, given_at)
    SELECT no, 'operator', 1, now() FROM generate_series(1, 20000) no
    """,
    "ANALYZE people, roles",
)
#: More than a number of JavaScript's can hold.
MARAT, OLYA = 2**53 + 1, 7


async def told(uow: UnitOfWork, *people: int) -> dict[int, tuple[PersonRow | None, frozenset[str]]]:
    return {one: (await uow.people.person(one), await uow.people.roles(one)) for one in people}


async def nothing(_storage: Storage) -> None:
    """The bot has met neither."""


async def roles_alone(storage: Storage) -> None:
    async with storage.change() as uow:
        await uow.people.give(MARAT, "admin", by=1, now=NOW)


async def met(storage: Storage) -> None:
    async with storage.change() as uow:
        await uow.people.met(MARAT, 'Марат «\\" <b>\n\u2028😀', "marat", now=NOW)
        await uow.people.met(OLYA, "", "", now=NOW)


async def all_kinds(storage: Storage) -> None:
    await met(storage)
    async with storage.change() as uow:
        for role in ("admin", "it", "supervisor"):
            await uow.people.give(MARAT, role, by=1, now=NOW)
        await uow.people.set_duty(MARAT, on=False)
        await uow.people.set_reachable(OLYA, reachable=True)
        await uow.people.set_duty(OLYA, on=True)


@pytest.mark.parametrize("before", [nothing, roles_alone, met, all_kinds])
@pytest.mark.parametrize("poster", [MARAT, OLYA])
async def test_who_comes_along_with_a_press_is_as_a_look_at_him_tells(
    storage: Storage, before: Callable[[Storage], Awaitable[None]], poster: int
) -> None:
    await before(storage)
    async with storage.change() as uow:
        case = await a_case(uow, poster_id=poster)
    async with storage.look() as uow:
        looked = await told(uow, MARAT, OLYA)
    for has_begun in (False, True):
        async with storage.change() as uow:
            if has_begun:
                await uow.people.met(3, "Анна", "", now=NOW)
            assert await uow.presses.read(case.id, "44", by=MARAT) == (case, False)
            assert await told(uow, MARAT, OLYA) == looked


async def test_who_presses_is_not_asked_for_where_he_came_along(
    storage: Storage, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    if database.is_sqlite:
        # There is no way to go.
        return
    await all_kinds(storage)
    async with storage.change() as uow:
        case = await a_case(uow)
    asked, run = list[Prepared](), Far._run

    async def one(far: Far, prepared: Prepared, given: Mapping[str, Any]) -> Answer:
        asked.append(prepared)
        return await run(far, prepared, given)

    monkeypatch.setattr(Far, "_run", one)

    async def press() -> bool:
        asked.clear()
        async with storage.change() as uow:
            await uow.presses.read(case.id, "44", by=MARAT)
            await told(uow, MARAT, OLYA)
        return len(asked) == 1

    # On a busy machine it may take so long that they are looked at anew.
    await eventually(press, "one question has told it all")


async def test_whoever_has_lost_his_role_while_his_press_waited_has_it_no_more(
    storage: Storage, database: Database
) -> None:
    await all_kinds(storage)
    async with storage.change() as uow:
        case = await a_case(uow, chat_id=-1)

    async def press() -> frozenset[str]:
        async with storage.change() as uow:
            await uow.presses.read(case.id, "44", by=MARAT)
            return await uow.people.roles(MARAT)

    async def waits() -> bool:
        if database.is_sqlite:
            return True
        async with database.reading() as connection:
            return bool(await connection.scalar(_HELD_UP))

    async with storage.change(-1) as uow:
        await uow.cases.locked(case.id)
        pressing = asyncio.create_task(press())
        await eventually(waits, "the press waits for the chat")
        if database.is_sqlite:
            await uow.people.take_all(MARAT)
        else:
            async with storage.change() as owner:
                await owner.people.take_all(MARAT)
    assert await pressing == frozenset()


async def test_who_presses_is_found_by_an_index_however_many_people_there_are(
    database: Database,
) -> None:
    if database.is_sqlite:
        # There they do not come along.
        return
    async with database.transaction() as connection:
        assert isinstance(connection, Far)
        for words in _GROWN:
            await connection.execute(text(words))
    async with database.alone() as alone:
        for prepared in (_PRESSED.within, _PRESSED.before):
            compiled = prepared.on(alone.dialect)
            await alone.driver.execute(f"PREPARE planned AS {compiled.sql}")
            values = ", ".join("NULL" for _ in range(compiled.width))
            rows = await alone.driver.fetch(f"EXPLAIN EXECUTE planned({values})")
            await alone.driver.execute("DEALLOCATE planned")
            assert "Seq Scan on people" not in "".join(row[0] for row in rows)
            assert "Seq Scan on roles" not in "".join(row[0] for row in rows)
