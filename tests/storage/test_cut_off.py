"""Whatever becomes of a change, nobody else is held up, and it is committed whole or not at all."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Coroutine, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Event
from typing import Any

import pytest
from sqlalchemy import text

from storage.db import Database
from storage.errors import SchemaError
from storage.uow import Storage
from tests.harness.time import eventually
from tests.storage.conftest import NOW
from tests.storage.locks import is_free

#: Seconds after which nobody comes any more.
_LONG = 10.0


class CutOff:
    """Runs something that is cancelled as it waits for the `at`th time."""

    def __init__(self, what: Coroutine[Any, Any, None], *, at: int) -> None:
        self._what = what
        self._left = at

    def __await__(self) -> Generator[Any, Any, None]:
        """Hand over what it waits for; the task is cancelled at one of these."""
        waits = self._what.__await__()
        failed: BaseException | None = None
        with suppress(StopIteration):
            while True:
                wanted = waits.send(None) if failed is None else waits.throw(failed)
                self._left -= 1
                task = asyncio.current_task()
                if self._left == 0 and task is not None:
                    task.cancel()
                failed = None
                try:
                    yield wanted
                except BaseException as error:  # noqa: BLE001 -- it is thrown in
                    failed = error


async def change(storage: Storage, person: int, *, fails: bool = False) -> None:
    async with storage.change(-1) as uow:
        await uow.people.met(person, "Оля Демо", "", now=NOW)
        await asyncio.sleep(0)
        await uow.people.set_reachable(person, reachable=True)
        if fails:
            raise ZeroDivisionError


async def was_made(storage: Storage, person: int) -> bool:
    async with storage.look() as uow:
        return await uow.people.person(person) is not None


async def test_a_change_that_is_cut_off_wherever_it_waits_holds_nobody_up(
    storage: Storage, database: Database
) -> None:
    was_cut_off, at = True, 0
    while was_cut_off:
        at += 1
        first = at * 10

        async def cut_off(person: int = first, at: int = at) -> None:
            await CutOff(change(storage, person), at=at)

        changes = [
            change(storage, first + 1),
            cut_off(),
            change(storage, first + 2, fails=True),
            change(storage, first + 3),
        ]
        async with asyncio.timeout(_LONG):
            ends = await asyncio.gather(*changes, return_exceptions=True)
            await change(storage, first + 4)
        was_cut_off = isinstance(ends[1], asyncio.CancelledError)
        assert was_cut_off or ends[1] is None
        assert (ends[0], type(ends[2]), ends[3]) == (None, ZeroDivisionError, None)
        made = [await was_made(storage, person) for person in range(first + 1, first + 5)]
        assert made == [True, False, True, True]
        assert was_cut_off or await was_made(storage, first)
        if not database.is_sqlite:
            await eventually(lambda: is_free(database), "nothing is locked any more")
    assert at > 3


async def test_a_commit_that_fails_is_told_to_all_and_the_next_one_is_made(
    storage: Storage, database: Database
) -> None:
    if not database.is_sqlite:
        # Its changes are committed for one alone.
        return

    async def breaks_a_rule() -> None:
        async with database.transaction() as connection:
            await connection.execute(text("PRAGMA defer_foreign_keys = ON"))
            await connection.execute(text("INSERT INTO digest_places VALUES (999, -1, 1, 1)"))

    ends = await asyncio.gather(
        change(storage, 1), breaks_a_rule(), change(storage, 2), return_exceptions=True
    )
    assert [type(end) for end in ends] == [SchemaError] * 3
    await change(storage, 3)
    assert [await was_made(storage, person) for person in (1, 2, 3)] == [False, False, True]


async def test_a_commit_that_no_thread_takes_is_told_to_all_and_the_next_one_is_made(
    storage: Storage, database: Database
) -> None:
    if not database.is_sqlite:
        # It commits without a thread.
        return
    loop = asyncio.get_running_loop()
    ended = ThreadPoolExecutor(1)
    ended.shutdown()
    loop.set_default_executor(ended)
    both = [change(storage, person) for person in (1, 2)]
    async with asyncio.timeout(_LONG):
        ends = await asyncio.gather(*both, return_exceptions=True)
    assert [type(end) for end in ends] == [RuntimeError, RuntimeError]
    loop.set_default_executor(ThreadPoolExecutor(1))
    async with asyncio.timeout(_LONG):
        await change(storage, 3)
    assert [await was_made(storage, person) for person in (1, 2, 3)] == [False, False, True]


class Threadless(ThreadPoolExecutor):
    """A machine that has no more threads: it says so when the work is in the queue already."""

    def _adjust_thread_count(self) -> None:
        raise RuntimeError("can't start new thread")

    def run_what_was_left(self) -> None:
        """A thread has come after all."""
        self._work_queue.get_nowait().run()


async def test_a_commit_whose_thread_comes_too_late_commits_nothing_of_others(
    storage: Storage, database: Database
) -> None:
    if not database.is_sqlite:
        return
    loop, threadless = asyncio.get_running_loop(), Threadless(1)
    loop.set_default_executor(threadless)
    with pytest.raises(RuntimeError):
        await change(storage, 1)
    loop.set_default_executor(ThreadPoolExecutor(1))
    with pytest.raises(ZeroDivisionError):
        async with storage.change() as uow:
            await uow.people.met(2, "Оля Демо", "", now=NOW)
            threadless.run_what_was_left()
            raise ZeroDivisionError
    await change(storage, 3)
    assert [await was_made(storage, person) for person in (1, 2, 3)] == [False, False, True]


async def test_the_database_is_closed_behind_all_that_is_committed_meanwhile(
    storage: Storage, database: Database, database_url: str
) -> None:
    if not database.is_sqlite:
        # Each change has a connection of its own.
        return
    thread, gates = ThreadPoolExecutor(1), [Event(), Event()]
    asyncio.get_running_loop().set_default_executor(thread)
    begun = list[int]()

    async def one_after_the_other() -> None:
        for person in (1, 2):
            begun.append(person)
            async with storage.change() as uow:
                await uow.people.met(person, "Оля Демо", "", now=NOW)

    async def is_second() -> bool:
        return begun == [1, 2]

    thread.submit(gates[0].wait)
    changing = asyncio.create_task(one_after_the_other())
    await turns_of_the_loop()
    # The first commit waits for its gate; the second will wait for another.
    thread.submit(gates[1].wait)
    closing = asyncio.create_task(database.close())
    gates[0].set()
    await eventually(is_second, "the first is committed")
    await turns_of_the_loop()
    gates[1].set()
    await asyncio.gather(changing, closing)
    again = Database(database_url)
    assert [await was_made(Storage(again), person) for person in (1, 2)] == [True, True]
    await again.close()


async def test_a_closing_that_is_cut_off_takes_no_commit_along(
    storage: Storage, database: Database
) -> None:
    if not database.is_sqlite:
        return
    thread, gate = ThreadPoolExecutor(1), Event()
    asyncio.get_running_loop().set_default_executor(thread)
    thread.submit(gate.wait)
    changing = asyncio.create_task(change(storage, 1))
    await turns_of_the_loop()
    closing = asyncio.create_task(database.close())
    await turns_of_the_loop()
    closing.cancel()
    await asyncio.gather(closing, return_exceptions=True)
    gate.set()
    async with asyncio.timeout(_LONG):
        await changing
    assert await was_made(storage, 1)


async def test_a_change_that_the_database_is_closed_under_fails_alone(
    storage: Storage, database: Database
) -> None:
    if not database.is_sqlite:
        return
    with pytest.raises(sqlite3.ProgrammingError):
        async with storage.change() as uow:
            await uow.people.met(1, "Оля Демо", "", now=NOW)
            await database.close()
    await change(storage, 2)
    assert [await was_made(storage, person) for person in (1, 2)] == [False, True]


async def turns_of_the_loop() -> None:
    """Whatever can go on without waiting has done so."""
    for _ in range(20):
        await asyncio.sleep(0)
